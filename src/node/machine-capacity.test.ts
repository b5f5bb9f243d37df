import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machineCapacity } from './machine-capacity.ts';

const gib = 2 ** 30;

/** Mounts and files as a kernel shows them. */
const found = (files: Readonly<Record<string, string>>) => {
  const { cpus, memoryBytes } = machineCapacity({
    cpus: 8,
    memoryBytes: 32 * gib,
    readText: (path) => files[path],
  });
  return [cpus, memoryBytes / gib];
};

const v2 = (root: string, point = '/sys/fs/cgroup'): string =>
  `31 23 0:28 ${root} ${point} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n`;
const v1 = (controllers: string, root = '/'): string =>
  `32 31 0:29 ${root} /sys/fs/cgroup/${controllers} rw shared:9 ` +
  `- cgroup cgroup rw,${controllers}\n`;

test('machine: without control groups it is what the machine has', () => {
  expect(found({})).toEqual([8, 32]);
  expect(found({ '/proc/self/cgroup': '0::/\n', '/proc/self/mountinfo': v2('/') })).toEqual([
    8, 32,
  ]);
  const text = 'not what\nwe:expect - of\nproc';
  expect(found({ '/proc/self/cgroup': text, '/proc/self/mountinfo': text })).toEqual([8, 32]);
});

test('machine: of version 2 the smallest limit of the group and all above it counts', () => {
  const at = '/sys/fs/cgroup';
  const files = {
    '/proc/self/cgroup': '0::/a.slice/b.service\n',
    '/proc/self/mountinfo': `25 1 8:1 / / rw - ext4 /dev/sda rw\n${v2('/')}`,
    [`${at}/a.slice/b.service/cpu.max`]: 'max 100000\n',
    [`${at}/a.slice/b.service/memory.max`]: `${4 * gib}\n`,
    [`${at}/a.slice/cpu.max`]: '150000 100000\n',
    [`${at}/a.slice/memory.max`]: `${6 * gib}\n`,
    [`${at}/cpu.max`]: '400000 100000\n',
  };
  expect(found(files)).toEqual([1.5, 4]);
});

test('machine: in a container the group is what is mounted, whatever its path', () => {
  const limits = {
    '/sys/fs/cgroup/cpu.max': '33333 100000\n',
    '/sys/fs/cgroup/memory.max': `${gib}\n`,
  };
  for (const [path, root] of [
    ['/', '/'],
    ['/../../elsewhere', '/'],
    ['/docker/abc', '/docker/abc'],
    ['/docker/abc', '/docker/other'],
  ] as const) {
    const files = { '/proc/self/cgroup': `0::${path}\n`, '/proc/self/mountinfo': v2(root) };
    expect(found({ ...files, ...limits })).toEqual([0.333, 1]);
  }
});

test('machine: version 1 has a hierarchy for each controller', () => {
  const files = {
    '/proc/self/cgroup': '9:name=systemd:/x\n4:memory:/pod/c\n3:cpu,cpuacct:/pod\n0::/\n',
    '/proc/self/mountinfo': v1('cpu,cpuacct') + v1('memory') + v2('/', '/sys/fs/cgroup/unified'),
    '/sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us': '250000\n',
    '/sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_period_us': '100000\n',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    '/sys/fs/cgroup/memory/pod/c/memory.limit_in_bytes': '9223372036854771712\n',
    '/sys/fs/cgroup/memory/pod/memory.limit_in_bytes': `${3 * gib}\n`,
  };
  expect(found(files)).toEqual([2.5, 3]);
  expect(found({ ...files, '/proc/self/cgroup': '4:memory:/\n' })).toEqual([8, 32]);
});

test('machine: a limit above what the machine has is none', () => {
  const files = {
    '/proc/self/cgroup': '0::/\n',
    '/proc/self/mountinfo': v2('/', '/mnt/control\\040groups'),
    '/mnt/control groups/cpu.max': '6400000 100000\n',
    '/mnt/control groups/memory.max': `${64 * gib}\n`,
  };
  expect(found(files)).toEqual([8, 32]);
  const small = { ...files, '/mnt/control groups/cpu.max': '1 100000\n' };
  expect(found(small)).toEqual([0.001, 32]);
});

test('machine: this one is no smaller than nothing, and knows its disk', () => {
  const { cpus, memoryBytes, memoryBytesMax, freeDiskBytes } = machineCapacity();
  expect(cpus).toBeGreaterThan(0);
  expect(memoryBytes).toBeGreaterThan(0);
  expect(memoryBytes).toBeLessThanOrEqual(memoryBytesMax);
  expect(memoryBytesMax).toBe(totalmem());
  const folder = mkdtempSync(join(tmpdir(), 'skein-machine-'));
  expect(freeDiskBytes(join(folder, 'not', 'yet', 'there'))).toBeGreaterThan(0);
  rmSync(folder, { recursive: true });
});

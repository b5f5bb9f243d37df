import { expect, test } from 'vitest';
import { groupFiles } from './group-files.ts';
import { groupBases } from './group-host.ts';

const viewOf = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

const unifiedMount = '30 29 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n';

test('control groups: version 2 is one directory, with what it offers', () => {
  const readText = viewOf({
    '/proc/self/mountinfo': unifiedMount,
    '/proc/self/cgroup': '0::/system.slice/skein.service\n',
    '/sys/fs/cgroup/system.slice/skein.service/cgroup.controllers': 'cpuset cpu io memory pids\n',
    '/elsewhere/cgroup.controllers': 'memory\n',
  });
  const own = '/sys/fs/cgroup/system.slice/skein.service';
  expect(groupBases(readText)).toEqual([
    {
      version: 2,
      directories: new Map([
        ['memory', own],
        ['cpu', own],
        ['pids', own],
        ['io', own],
      ]),
    },
  ]);
  expect(groupBases(readText, '/elsewhere')).toEqual([
    { version: 2, directories: new Map([['memory', '/elsewhere']]) },
  ]);
});

test('control groups: without its memory controller version 2 gives way to version 1', () => {
  const readText = viewOf({
    '/proc/self/mountinfo':
      '31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n' +
      '32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n' +
      '33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n' +
      '34 30 0:30 /docker/a1 /sys/fs/cgroup/pids\\040too rw - cgroup cgroup rw,pids\n',
    '/proc/self/cgroup': '4:pids:/docker/a1/x\n3:cpu,cpuacct:/\n2:memory:/own/group\n0::/\n',
    '/sys/fs/cgroup/unified/cgroup.controllers': 'hugetlb\n',
  });
  expect(groupBases(readText)).toEqual([
    {
      version: 1,
      directories: new Map([
        ['memory', '/sys/fs/cgroup/memory/own/group'],
        ['cpu', '/sys/fs/cgroup/cpu,cpuacct'],
        ['cpuacct', '/sys/fs/cgroup/cpu,cpuacct'],
        ['pids', '/sys/fs/cgroup/pids too/x'],
      ]),
    },
  ]);
});

test('control groups: where nothing is mounted there are none', () => {
  expect(groupBases(viewOf({}))).toEqual([]);
});

test('control groups: counts are read as each version writes them', () => {
  const { 1: first, 2: second } = groupFiles;
  expect(second.cpuMs.read('usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n')).toBe(1.5);
  expect(second.killed.read('low 0\nhigh 0\nmax 12\noom 1\noom_kill 2\n')).toBe(2);
  expect(second.refused.read('max 7\n')).toBe(7);
  expect(second.memoryMax.read('4096\n')).toBe(4096);
  expect(first.cpuMs.read('2500000\n')).toBe(2.5);
  expect(first.killed.read('oom_kill_disable 0\nunder_oom 0\noom_kill 3\n')).toBe(3);
  expect(first.memory.read('')).toBeUndefined();
});

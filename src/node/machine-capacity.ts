/**
 * What this process may use of the machine: what the machine has, or less where a control group
 * above it says so. A node in a container would otherwise promise tasks the whole machine, and the
 * kernel would kill them for taking it.
 */
import { readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Machine } from '../api/config-capacity.ts';

/** What is asked of the system; tests answer for it. */
export interface SystemView {
  /** Cores that this process may run on. */
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Undefined where there is no such file. */
  readonly readText: (path: string) => string | undefined;
}

export function machineCapacity(system: SystemView = thisSystem()): Machine {
  const groups = controlGroups(system.readText);
  return {
    cpus: Math.min(system.cpus, ...groups.flatMap((group) => coresOf(group, system.readText))),
    memoryBytes: Math.min(
      system.memoryBytes,
      ...groups.flatMap((group) => bytesOf(group, system.readText)),
    ),
    memoryBytesMax: system.memoryBytes,
    freeDiskBytes,
  };
}

type ReadText = SystemView['readText'];

/** A directory of a control group: that of this process, or of one above it. */
interface ControlGroup {
  readonly version: 1 | 2;
  readonly directory: string;
}

/**
 * The groups of this process and all above them that can be seen. A hierarchy of version 1 has
 * controllers of its own; where several are mounted, each file is looked for in each.
 */
function controlGroups(readText: ReadText): readonly ControlGroup[] {
  const mounts = mountsIn(readText('/proc/self/mountinfo') ?? '');
  return (readText('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers, ...rest] = line.split(':');
    const path = rest.join(':');
    if (controllers === undefined || path === '') return [];
    const version = controllers === '' ? 2 : 1;
    const isOf = (mount: Mount): boolean =>
      version === 2
        ? mount.type === 'cgroup2'
        : mount.type === 'cgroup' && controllers.split(',').every((it) => mount.options.has(it));
    return mounts
      .filter(isOf)
      .flatMap((mount) => directoriesOf(mount, path))
      .map((directory) => ({ version, directory }));
  });
}

interface Mount {
  readonly type: string;
  /** What of the hierarchy is mounted: in a container often its own group. */
  readonly root: string;
  readonly point: string;
  readonly options: ReadonlySet<string>;
}

/** proc(5): ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAGS…] - TYPE SOURCE SUPER-OPTIONS */
function mountsIn(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', behind = ''] = line.split(' - ');
    const [, , , root, point] = before.split(' ');
    const [type = '', , options = ''] = behind.split(' ');
    if (root === undefined || point === undefined || !type.startsWith('cgroup')) return [];
    return [{ type, root, point: unescaped(point), options: new Set(options.split(',')) }];
  });
}

/** The kernel writes blanks in paths as `\040`. */
const unescaped = (path: string): string =>
  path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );

/** From the group itself up to where the hierarchy is mounted. */
function directoriesOf({ root, point }: Mount, path: string): readonly string[] {
  const base = root === '/' ? '' : root;
  const isBelow = path === base || path.startsWith(`${base}/`);
  // A path outside of what is mounted belongs to another namespace: all we see is the mount.
  const steps = isBelow ? path.slice(base.length).split('/').filter(Boolean) : [];
  return steps.map((_, count) => join(point, ...steps.slice(0, count + 1))).concat(point);
}

function coresOf({ version, directory }: ControlGroup, readText: ReadText): readonly number[] {
  const [quota, period] =
    version === 2
      ? numbersIn(readText(join(directory, 'cpu.max')))
      : ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].flatMap((name) =>
          numbersIn(readText(join(directory, name))),
        );
  if (quota === undefined || period === undefined || quota <= 0 || period <= 0) return [];
  return [Math.max(1, Math.floor((quota / period) * 1000)) / 1000];
}

function bytesOf({ version, directory }: ControlGroup, readText: ReadText): readonly number[] {
  const name = version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
  return numbersIn(readText(join(directory, name))).filter((bytes) => bytes > 0);
}

/** `150000 100000` -> both; `max 100000` -> none, because the first says that there is no limit. */
function numbersIn(text: string | undefined): readonly number[] {
  const words = (text ?? '').trim().split(/\s+/);
  return words.every((word) => /^-?\d+$/.test(word)) ? words.map(Number) : [];
}

const thisSystem = (): SystemView => ({
  cpus: availableParallelism(),
  memoryBytes: totalmem(),
  readText: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
});

/** The directory may not be there yet: then the next one above it that is. */
function freeDiskBytes(directory: string): number | undefined {
  for (let at = resolve(directory); ; at = dirname(at)) {
    try {
      const { bavail, bsize } = statfsSync(at);
      return bavail * bsize;
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}

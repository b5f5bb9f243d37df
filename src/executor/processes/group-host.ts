/**
 * Where this process may make control groups (`cgroup(7)`): below its own group, so that whatever
 * limits the node also limits its tasks. Pure but for the eyes that it is given.
 */
import { join } from 'node:path';

/** What can be limited or counted. `cpuacct` has a hierarchy of its own in version 1. */
export const controllers = ['memory', 'cpu', 'cpuacct', 'pids', 'io'] as const;
export type Controller = (typeof controllers)[number];

/** A directory for each controller; in version 2 it is the same one. */
export interface GroupBase {
  readonly version: 1 | 2;
  readonly directories: ReadonlyMap<Controller, string>;
}

/** The file's text; undefined where there is none that we may read. */
export type ReadText = (path: string) => string | undefined;

/** The names that version 1 and 2 give to what we call a controller. */
const kernelNames: Readonly<Record<Controller, { readonly v1: string; readonly v2?: string }>> = {
  memory: { v1: 'memory', v2: 'memory' },
  cpu: { v1: 'cpu', v2: 'cpu' },
  cpuacct: { v1: 'cpuacct' },
  pids: { v1: 'pids', v2: 'pids' },
  io: { v1: 'blkio', v2: 'io' },
};

/**
 * Candidates, best first: version 2 where it has the memory controller, then version 1. `path`
 * names another group of version 2, as seen in the file system.
 */
export function groupBases(readText: ReadText, path?: string): readonly GroupBase[] {
  const mounts = mountsIn(readText('/proc/self/mountinfo') ?? '');
  const own = ownGroups(readText('/proc/self/cgroup') ?? '');
  const bases = [unified(readText, path ?? pointOf(mounts, own, undefined)), separate(mounts, own)];
  return bases.filter((base): base is GroupBase => base !== undefined);
}

function unified(readText: ReadText, directory: string | undefined): GroupBase | undefined {
  if (directory === undefined) return undefined;
  const offered = new Set(
    (readText(join(directory, 'cgroup.controllers')) ?? '').trim().split(' '),
  );
  if (!offered.has('memory')) return undefined;
  const found = controllers.filter((each) => offered.has(kernelNames[each].v2 ?? ''));
  return { version: 2, directories: new Map(found.map((each) => [each, directory])) };
}

function separate(mounts: readonly Mount[], own: readonly OwnGroup[]): GroupBase | undefined {
  const directories = new Map<Controller, string>();
  for (const each of controllers) {
    const directory = pointOf(mounts, own, kernelNames[each].v1);
    if (directory !== undefined) directories.set(each, directory);
  }
  return directories.size === 0 ? undefined : { version: 1, directories };
}

/** Where our own group of a hierarchy can be seen; `controller` is undefined for version 2. */
function pointOf(
  mounts: readonly Mount[],
  own: readonly OwnGroup[],
  controller: string | undefined,
): string | undefined {
  const group = own.find(({ names }) =>
    controller === undefined ? names.length === 0 : names.includes(controller),
  );
  const mount = mounts.find(({ type, options }) =>
    controller === undefined ? type === 'cgroup2' : type === 'cgroup' && options.has(controller),
  );
  if (group === undefined || mount === undefined) return undefined;
  const root = mount.root === '/' ? '' : mount.root;
  // Outside of what is mounted: it belongs to another namespace, and we see only the mount.
  const isBelow = group.path === root || group.path.startsWith(`${root}/`);
  const steps = isBelow ? group.path.slice(root.length).split('/').filter(Boolean) : [];
  return join(mount.point, ...steps);
}

interface OwnGroup {
  /** Controllers of version 1; none for version 2. */
  readonly names: readonly string[];
  readonly path: string;
}

const ownGroups = (text: string): readonly OwnGroup[] =>
  text.split('\n').flatMap((line) => {
    const [, names, ...path] = line.split(':');
    if (names === undefined || path.length === 0) return [];
    return [{ names: names === '' ? [] : names.split(','), path: path.join(':') }];
  });

interface Mount {
  readonly type: string;
  readonly root: string;
  readonly point: string;
  readonly options: ReadonlySet<string>;
}

/** proc(5): ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAGS…] - TYPE SOURCE SUPER-OPTIONS */
const mountsIn = (text: string): readonly Mount[] =>
  text.split('\n').flatMap((line) => {
    const [before = '', behind = ''] = line.split(' - ');
    const [, , , root, point] = before.split(' ');
    const [type = '', , options = ''] = behind.split(' ');
    if (root === undefined || point === undefined || !type.startsWith('cgroup')) return [];
    return [{ type, root, point: unescaped(point), options: new Set(options.split(',')) }];
  });

/** The kernel writes blanks in paths as `\040`. */
const unescaped = (path: string): string =>
  path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );

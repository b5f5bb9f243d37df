/**
 * The control groups of one life of an executor: a parent of its own, and below it one group for
 * each helper. Found out at the start by putting a process into a group; without groups, limits are
 * left to `prlimit`.
 *
 * Owns the parents and their keeper. Does not know who sits in a group.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { Trace } from '../../base/trace.ts';
import type { Containment } from './containment.ts';
import { Group } from './group.ts';
import { groupFiles } from './group-files.ts';
import { type Controller, type GroupBase, groupBases } from './group-host.ts';
import { GroupKeeper } from './group-keeper.ts';
import type { HelperClock } from './host-clock.ts';
import { joiningText } from './scripts.ts';

export interface GroupsOptions {
  /** Whose groups they are: never the same for two executors that may live at once. */
  readonly owner: string;
  /** A group of version 2 to use instead of our own; undefined: our own. */
  readonly path: string | undefined;
  readonly containment: Containment;
  readonly clock: HelperClock;
  readonly trace: Trace;
}

const trialMsMax = 5000;

export class Groups {
  readonly version: 1 | 2;
  readonly controllers: readonly Controller[];
  readonly #parent: GroupBase;
  readonly #keeper: GroupKeeper;
  readonly #clock: HelperClock;
  #made = 0;

  private constructor(parent: GroupBase, clock: HelperClock) {
    this.version = parent.version;
    this.controllers = [...parent.directories.keys()];
    this.#parent = parent;
    this.#clock = clock;
    this.#keeper = new GroupKeeper([...new Set(parent.directories.values())]);
  }

  /** Undefined where no process can be put into a group; holds the event loop for some 10 ms. */
  static open(options: GroupsOptions): Groups | undefined {
    for (const base of groupBases(readText, options.path)) {
      removeEarlier(base, options);
      const parent = makeParent(base, options);
      if (parent === undefined) continue;
      const groups = new Groups(parent, options.clock);
      const problem = groups.#tryOut(options.containment);
      if (problem === undefined) return groups;
      options.trace('warn', 'processes.no_groups', { version: base.version, problem });
      groups.close(() => {});
    }
    const { path, trace } = options;
    if (path !== undefined) trace('warn', 'processes.no_groups', { path });
    return undefined;
  }

  /** Undefined when the host gives us no more. */
  make(): Group | undefined {
    this.#made += 1;
    try {
      return new Group(this.#parent, String(this.#made));
    } catch {
      return undefined;
    }
  }

  remove(group: Group, done: () => void): void {
    group.remove(this.#clock, done);
  }

  /** Removes everything that is left; `done` when it is gone. */
  close(done: () => void): void {
    this.#keeper.close(done);
  }

  /** What is wrong, found by starting a helper in a group; undefined: nothing. */
  #tryOut({ command, prelude }: Containment): string | undefined {
    const group = this.make();
    if (group === undefined) return 'no group can be made';
    const limits = group.begin({ processes: trialProcesses, memoryBytes: trialBytes });
    if (!limits.ok) return limits.error;
    const [program, ...args] = command;
    const input = `${joiningText(group.doors)}${prelude}exit 0\n`;
    const options = { env: {}, cwd: '/', encoding: 'utf8', timeout: trialMsMax } as const;
    const answer = spawnSync(program, args, { ...options, input, killSignal: 'SIGKILL' });
    this.remove(group, () => {});
    const said = answer.error === undefined ? answer.stdout : answer.error.message;
    return said === 'h\n' ? undefined : said.trim().slice(0, 200);
  }
}

const trialProcesses = 64;
const trialBytes = 64 * 1024 * 1024;

const parentName = (owner: string): string => `skein.${owner}`;

/** A life is named so that no two are the same: the old one's keeper may still be at work. */
const thisLife = `${process.pid}-${Math.round(performance.timeOrigin)}`;
let parents = 0;

function makeParent(base: GroupBase, { owner, trace }: GroupsOptions): GroupBase | undefined {
  parents += 1;
  const name = `${parentName(owner)}.${thisLife}-${parents}`;
  const directories = new Map<Controller, string>();
  const made = new Map<string, boolean>();
  for (const [controller, directory] of base.directories) {
    const isNew = !made.has(directory);
    if (isNew) made.set(directory, makeDirectory(base, directory, name));
    if (made.get(directory)) directories.set(controller, join(directory, name));
  }
  trace('debug', 'processes.group_parent', { version: base.version, made: directories.size });
  if (directories.size === 0) return undefined;
  weigh({ version: base.version, directories });
  return { version: base.version, directories };
}

/** How much all tasks together weigh: without it, they weigh what the kernel thinks. */
function weigh({ version, directories }: GroupBase): void {
  for (const { controller, file, value } of groupFiles[version].whole(availableParallelism())) {
    const directory = directories.get(controller);
    try {
      if (directory !== undefined) writeFileSync(join(directory, file), value);
    } catch {
      // A group that is lent to us may be without it.
    }
  }
}

/** In version 2 the parent and the one above it must hand their controllers down. */
function makeDirectory(
  { version, directories }: GroupBase,
  directory: string,
  name: string,
): boolean {
  const wanted = [...directories.keys()].map((each) => `+${each}`).join(' ');
  try {
    if (version === 2) handDown(directory, wanted);
    mkdirSync(join(directory, name));
    if (version === 2) writeFileSync(join(directory, name, 'cgroup.subtree_control'), wanted);
    return true;
  } catch {
    return false;
  }
}

/**
 * A group of version 2 that hands controllers down has no processes of its own. Where those in it
 * are ours alone (a container, a service with `Delegate=yes`) they move one level down.
 */
function handDown(directory: string, wanted: string): void {
  const control = join(directory, 'cgroup.subtree_control');
  try {
    writeFileSync(control, wanted);
    return;
  } catch {
    const members = (readText(join(directory, 'cgroup.procs')) ?? '').trim().split('\n');
    const own = new Set([String(process.pid), String(process.ppid)]);
    if (!members.every((pid) => own.has(pid))) throw new Error('processes of others are in it');
    const leaf = join(directory, 'skein-node');
    mkdirSync(leaf, { recursive: true });
    for (const pid of members) writeFileSync(join(leaf, 'cgroup.procs'), pid);
    writeFileSync(control, wanted);
  }
}

/** Groups of earlier lives of the same executor, should nobody have removed them. */
function removeEarlier(base: GroupBase, { owner, trace }: GroupsOptions): void {
  const found = [...new Set(base.directories.values())].flatMap((directory) =>
    namesIn(directory)
      .filter((name) => name.startsWith(`${parentName(owner)}.`) && !name.includes(thisLife))
      .map((name) => join(directory, name)),
  );
  if (found.length === 0) return;
  trace('info', 'processes.earlier_groups', {
    count: found.length,
    first: basename(found[0] ?? ''),
  });
  new GroupKeeper(found).close(() => {});
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

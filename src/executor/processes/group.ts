/**
 * One control group: the seat of one helper, in which one attempt at a time lives. Its limits are
 * rewritten for each attempt and its counters are read before and after; making a group for every
 * attempt and moving a process into it would cost a short task more than it takes itself.
 *
 * Owns the directories and the open counters. Does not know helpers or attempts.
 *
 * U1 Limits are written before the attempt that they are for is launched.
 * U2 What is counted for an attempt was counted between two ends: a helper without one takes
 *    nothing.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmdir,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { ProcessLimits } from '../../base/ports.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { type GroupCount, type GroupFiles, type GroupWrite, groupFiles } from './group-files.ts';
import type { Controller, GroupBase } from './group-host.ts';
import type { HelperClock } from './host-clock.ts';

/** What an attempt left in the counters of its group. */
export interface GroupSpent {
  readonly cpuMs: number | undefined;
  readonly memoryBytesMax: number | undefined;
  /** Another helper should take the next attempt: see `residueBytesMax`. */
  readonly isSoiled: boolean;
  readonly met: 'memory' | 'processes' | undefined;
}

/**
 * A group that still holds more than this is not lent again: a memory limit of the next attempt
 * would have to make room for what the last one left in there. The kernel charges memory in
 * advance, 64 pages for each core.
 */
const residueBytesMax = 4 * 1024 * 1024 + cpus().length * 256 * 1024;

/**
 * Kernels before 6.12 do not set a peak back, and it hides every smaller one that comes later. So
 * much is put up with: a new helper for every attempt would cost more than it tells.
 */
const stalePeakBytesMax = 64 * 1024 * 1024;

/** A group is removed when its last process is reaped, which may take the kernel a moment. */
const removeTriesMax = 100;
const removeAgainMs = 20;

export class Group {
  readonly #files: GroupFiles;
  readonly #directories: ReadonlyMap<Controller, string>;
  readonly #cpu: Counter;
  readonly #memory: Counter;
  readonly #memoryMax: Counter;
  readonly #killed: Counter;
  readonly #refused: Counter;
  /** The limits that hold now, as a text; empty: nobody knows. */
  #limited = '';
  /** What was written last, by controller. */
  readonly #written = new Map<Controller, string>();
  /** The counts as they were read last. */
  #seen = { cpuMs: 0, memoryMax: 0, killed: 0, refused: 0 };
  #peakBegins = false;
  #cpuMilli: number | undefined;
  #pace: number | undefined;

  /** Makes the directories; throws when the host does not let us. */
  constructor(base: GroupBase, name: string) {
    this.#files = groupFiles[base.version];
    this.#directories = new Map(
      [...base.directories].map(([key, path]) => [key, join(path, name)]),
    );
    for (const directory of this.#unique()) mkdirSync(directory);
    this.#write(this.#files.first);
    const counter = (count: GroupCount, flags = 'r'): Counter =>
      new Counter(this.#pathOf(count), count.read, flags);
    this.#cpu = counter(this.#files.cpuMs);
    this.#memory = counter(this.#files.memory);
    this.#memoryMax = counter(this.#files.memoryMax, 'r+');
    this.#killed = counter(this.#files.killed);
    this.#refused = counter(this.#files.refused);
  }

  /** A process that writes 0 into each of these is in the group, and so are all that it starts. */
  get doors(): readonly string[] {
    return this.#unique().map((directory) => join(directory, 'cgroup.procs'));
  }

  /** Sets what the next attempt may take and starts to count (U1, U2). */
  begin(limits: ProcessLimits): Result<void, string> {
    const set = this.#limit(limits);
    if (!set.ok) return set;
    this.#cpuMilli = limits.cpuMilli;
    this.#peakBegins = this.#memoryMax.reset();
    return ok(undefined);
  }

  /** Of a core in thousandths, until the end of the attempt; undefined: as its limits say. */
  pace(cpuMilli: number | undefined): void {
    if (this.#pace === cpuMilli) return;
    this.#pace = cpuMilli;
    this.#write(this.#files.pace(cpuMilli, this.#cpuMilli));
  }

  /** What was taken since the last end (U2). */
  end(): GroupSpent {
    this.pace(undefined);
    const before = this.#seen;
    const now = {
      cpuMs: this.#cpu.read() ?? 0,
      memoryMax: this.#memoryMax.read() ?? 0,
      killed: this.#killed.read() ?? 0,
      refused: this.#refused.read() ?? 0,
    };
    this.#seen = now;
    // On older kernels the peak cannot be set back: it says something only where it has grown.
    const isPeak = this.#peakBegins || now.memoryMax > before.memoryMax;
    const isOver = now.killed > before.killed;
    const isFull = now.refused > before.refused;
    return {
      cpuMs: this.#cpu.isThere ? now.cpuMs - before.cpuMs : undefined,
      memoryBytesMax: this.#memoryMax.isThere && isPeak ? now.memoryMax : undefined,
      isSoiled: this.#isSoiled(now.memoryMax),
      met: isOver ? 'memory' : isFull ? 'processes' : undefined,
    };
  }

  #isSoiled(memoryMax: number): boolean {
    if (!this.#peakBegins && memoryMax > stalePeakBytesMax) return true;
    // What was never held is not held now: as a rule that saves the look.
    if (this.#memoryMax.isThere && memoryMax <= residueBytesMax) return false;
    return (this.#memory.read() ?? 0) > residueBytesMax;
  }

  /**
   * Everything that is in the group, as this process sees it. One hierarchy speaks for all: whoever
   * came in came into each of them.
   */
  members(): readonly number[] {
    const [door = ''] = this.doors;
    // 0 is a process of a namespace that we do not see, and to kill(2) it is our own group.
    return (readText(door) ?? '')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0);
  }

  /** Kills what is in the group, and lets nothing in there fork meanwhile. */
  kill(): void {
    this.#write([{ controller: 'pids', file: 'pids.max', value: '0', optional: true }]);
    for (const pid of this.members()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
  }

  /** Removes the group when it is empty; one that stays is left to the keeper. */
  remove(clock: HelperClock, done: () => void): void {
    for (const counter of [this.#cpu, this.#memory, this.#memoryMax, this.#killed, this.#refused]) {
      counter.close();
    }
    const directories = this.#unique();
    let waiting = directories.length;
    const finish = (): void => {
      waiting -= 1;
      if (waiting === 0) done();
    };
    const attempt = (directory: string, triesLeft: number): void => {
      rmdir(directory, (error) => {
        if (error?.code !== 'EBUSY' || triesLeft === 0) finish();
        else clock.after(removeAgainMs, () => attempt(directory, triesLeft - 1));
      });
    };
    for (const directory of directories) attempt(directory, removeTriesMax);
  }

  #limit(limits: ProcessLimits): Result<void, string> {
    const { memoryBytes, cpuMilli, cpuShareMilli, processes } = limits;
    const key = `${memoryBytes} ${cpuMilli} ${cpuShareMilli} ${processes}`;
    // As a rule the next attempt may take what the last one might.
    if (key === this.#limited) return ok(undefined);
    this.#limited = '';
    const writes = this.#files.limits(limits);
    for (const controller of new Set(writes.map((write) => write.controller))) {
      const own = writes.filter((write) => write.controller === controller);
      const values = own.map((write) => write.value).join(' ');
      // The writes of a controller depend on each other: all of them, or none.
      if (this.#written.get(controller) === values) continue;
      const problem = this.#write(own);
      if (problem !== undefined) return fail(problem);
      this.#written.set(controller, values);
    }
    this.#limited = key;
    return ok(undefined);
  }

  #write(writes: readonly GroupWrite[]): string | undefined {
    for (const write of writes) {
      const path = this.#pathOf(write);
      if (path === undefined) continue;
      try {
        writeFileSync(path, write.value);
      } catch (error) {
        if (write.optional !== true) return error instanceof Error ? error.message : String(error);
      }
    }
    return undefined;
  }

  #pathOf({ controller, file }: { readonly controller: Controller; readonly file: string }) {
    const directory = this.#directories.get(controller);
    return directory === undefined ? undefined : join(directory, file);
  }

  #unique(): readonly string[] {
    return [...new Set(this.#directories.values())];
  }
}

/** Long enough for every file that is counted here. */
const buffer = Buffer.alloc(4096);

/** A number in a file that stays open: a read is one call of the system, about a microsecond. */
class Counter {
  readonly #read: (text: string) => number | undefined;
  #descriptor: number | undefined;

  constructor(path: string | undefined, read: (text: string) => number | undefined, flags: string) {
    this.#read = read;
    this.#descriptor = path === undefined ? undefined : (opened(path, flags) ?? opened(path, 'r'));
  }

  get isThere(): boolean {
    return this.#descriptor !== undefined;
  }

  /** Undefined where the host has no such count. */
  read(): number | undefined {
    if (this.#descriptor === undefined) return undefined;
    try {
      const length = readSync(this.#descriptor, buffer, 0, buffer.length, 0);
      return this.#read(buffer.toString('latin1', 0, length));
    } catch {
      return undefined;
    }
  }

  /** Sets it back to what is now; false where the kernel does not. */
  reset(): boolean {
    if (this.#descriptor === undefined) return false;
    try {
      writeSync(this.#descriptor, '0', 0);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function opened(path: string, flags: string): number | undefined {
  try {
    return openSync(path, flags);
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * What the attempts of one helper take: from its control group where it has one, and from what the
 * kernel adds up for a parent about the children that it has waited for (`proc(5)`).
 *
 * Without a group the processor time is exact to a hundredth of a second and of those processes
 * alone that were waited for, and nobody can tell the memory.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { ProcessLimits, ProcessUsage } from '../../base/ports.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Group } from './group.ts';

/** What the end of an attempt is told with. */
export interface Spent {
  readonly usage: ProcessUsage;
  readonly met: 'memory' | 'processes' | undefined;
}

/** Of the clock that `stat` counts in: the same on every machine that Node runs on. */
const msPerTick = 10;

export class Meter {
  readonly group: Group | undefined;
  #io: number | undefined;
  #stat: number | undefined;
  /** The counts as they were read last: a helper without an attempt takes nothing. */
  #seen: ProcessUsage = {};
  #isSoiled = false;

  constructor(group: Group | undefined) {
    this.group = group;
  }

  /** The helper is up; `pid` is its own, as this process sees it. */
  attach(pid: number): void {
    this.#io = opened(`/proc/${pid}/io`);
    if (this.group === undefined) this.#stat = opened(`/proc/${pid}/stat`);
    // What the helper took to come up is no attempt's.
    this.end();
  }

  begin(limits: ProcessLimits): Result<void, string> {
    if (this.group === undefined) return ok(undefined);
    const { processes } = limits;
    // The helper is in there as well, and no part of the attempt.
    const all = { ...limits, ...(processes !== undefined && { processes: processes + 1 }) };
    return this.group.begin(all);
  }

  end(): Spent {
    const spent = this.group?.end();
    this.#isSoiled = spent?.isSoiled ?? false;
    const before = this.#seen;
    this.#seen = this.#read();
    const cpuMs = spent?.cpuMs ?? grown(this.#seen.cpuMs, before.cpuMs);
    const readBytes = grown(this.#seen.readBytes, before.readBytes);
    const writtenBytes = grown(this.#seen.writtenBytes, before.writtenBytes);
    const memoryBytesMax = spent?.memoryBytesMax;
    const usage = {
      ...(cpuMs !== undefined && { cpuMs: Math.round(cpuMs) }),
      ...(memoryBytesMax !== undefined && { memoryBytesMax }),
      ...(readBytes !== undefined && { readBytes }),
      ...(writtenBytes !== undefined && { writtenBytes }),
    };
    return { usage, met: spent?.met };
  }

  /** Whether the next attempt should have another helper. */
  get isSoiled(): boolean {
    return this.#isSoiled;
  }

  close(): void {
    for (const descriptor of [this.#io, this.#stat]) {
      if (descriptor !== undefined) closeSync(descriptor);
    }
    this.#io = undefined;
    this.#stat = undefined;
  }

  #read(): ProcessUsage {
    const text = textOf(this.#io);
    const readBytes = countIn(text, '\nread_bytes: ');
    const writtenBytes = countIn(text, '\nwrite_bytes: ');
    const cpuMs = this.#stat === undefined ? undefined : childrenMs(textOf(this.#stat));
    return {
      ...(cpuMs !== undefined && { cpuMs }),
      ...(readBytes !== undefined && { readBytes }),
      ...(writtenBytes !== undefined && { writtenBytes }),
    };
  }
}

/** The number behind `name`, which ends its line. */
function countIn(text: string, name: string): number | undefined {
  const at = text.indexOf(name);
  if (at < 0) return undefined;
  return Number(text.slice(at + name.length, text.indexOf('\n', at + 1)));
}

/** Time of the children that were waited for: fields 16 and 17. */
function childrenMs(stat: string): number | undefined {
  // The second field is the program's name in brackets, which may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]);
  return Number.isFinite(ticks) ? ticks * msPerTick : undefined;
}

const grown = (now: number | undefined, before: number | undefined): number | undefined =>
  now === undefined || before === undefined ? undefined : now - before;

/** Long enough for every file that is read here. */
const buffer = Buffer.alloc(4096);

/** Empty when the process is gone. */
function textOf(descriptor: number | undefined): string {
  if (descriptor === undefined) return '';
  try {
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
  } catch {
    return '';
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

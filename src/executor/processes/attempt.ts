/**
 * One attempt as its caller holds it: the events that it was promised, and what was asked of it
 * before there was anything to ask.
 *
 * A1 `exited` or `failed` is reported exactly once and last.
 * A2 Every `sweep` is answered exactly once, never before the attempt has ended.
 */
import { assert } from '../../base/assert.ts';
import type { ProcessEvent, ProcessLimits, RunningProcess } from '../../base/ports.ts';
import type { Ended, Helper } from './helper.ts';
import type { Spent } from './meter.ts';

/** What an attempt asks of those who run it. */
export interface AttemptOwner {
  /** Takes the attempt out of the queue. */
  withdraw(attempt: Attempt): void;
  /** Ends whatever of the attempt may be alive outside of its helper. */
  clear(attempt: Attempt, done: () => void): void;
  /** Runs `run` later: never within the call that led to it. */
  soon(run: () => void): void;
}

interface AttemptOptions {
  readonly key: string;
  /** The line that starts it (`launchText`). */
  readonly text: string;
  readonly limits: ProcessLimits;
  readonly owner: AttemptOwner;
  readonly observe: (event: ProcessEvent) => void;
}

export class Attempt implements RunningProcess {
  readonly key: string;
  readonly text: string;
  readonly limits: ProcessLimits;
  readonly #owner: AttemptOwner;
  readonly #observe: (event: ProcessEvent) => void;
  readonly #sweeps: (() => void)[] = [];
  /** The helper that runs it, or that still holds what it left behind. */
  #helper: Helper | undefined;
  /** `orphaned`: its helper died, and what may be left of it is being ended. */
  #phase: 'queued' | 'launched' | 'orphaned' | 'ended' = 'queued';
  #started = false;
  #asked: 'nothing' | 'TERM' | 'KILL' = 'nothing';

  constructor(options: AttemptOptions) {
    this.key = options.key;
    this.text = options.text;
    this.limits = options.limits;
    this.#owner = options.owner;
    this.#observe = options.observe;
  }

  get ended(): boolean {
    return this.#phase === 'ended';
  }

  signal(name: 'TERM' | 'KILL'): void {
    if (this.#phase === 'queued') this.#owner.withdraw(this);
    if (this.#phase !== 'launched') return;
    this.#asked = this.#asked === 'KILL' ? 'KILL' : name;
    // Who is to end needs time for it.
    this.#helper?.pace(undefined);
    if (name === 'KILL') this.#helper?.kill();
    else this.#helper?.terminate();
  }

  pace(cpuMilli: number | undefined): void {
    if (this.#phase === 'launched' && this.#asked === 'nothing') this.#helper?.pace(cpuMilli);
  }

  sweep(done: () => void): void {
    this.#sweeps.push(done);
    if (this.ended) this.#answerSweeps();
    else this.signal('KILL');
  }

  /** The helper takes it: from here on its answers come to `started`, `exited` and `helperDied`. */
  launch(helper: Helper): void {
    assert(this.#phase === 'queued', 'A1: an attempt is launched once');
    this.#phase = 'launched';
    this.#helper = helper;
    helper.launch(this.text);
  }

  started(pid: number): void {
    this.#started = true;
    this.#observe({ kind: 'started', pid });
    // What was asked before there was a process to ask.
    if (this.#asked === 'TERM') this.#helper?.terminate();
  }

  /** It ended. Unless `end.clean`, the helper stays with the attempt until it is swept. */
  exited(end: Ended, spent: Spent): void {
    if (end.clean) this.#helper = undefined;
    if (this.#started) this.#exit({ code: end.code, signal: signalOf(end) }, spent);
    else this.fail(end.diagnosis.trim() || `the shell ended with code ${end.code}`);
  }

  /** The helper is gone and, with it, everything in its namespace. */
  helperDied(diagnosis: string, spent: Spent): void {
    this.#helper = undefined;
    if (this.ended) {
      this.#answerSweeps();
      return;
    }
    this.#phase = 'orphaned';
    this.#owner.clear(this, () => {
      // A kill is what was asked for; without one the words of the shell say more.
      if (this.#started || this.#asked === 'KILL') {
        this.#exit({ code: 128 + sigkill, signal: sigkill }, spent);
      } else this.fail(diagnosis);
    });
  }

  /** It never started. */
  fail(reason: string): void {
    this.#end({ kind: 'failed', reason });
  }

  #exit(how: { readonly code: number; readonly signal: number | undefined }, spent: Spent): void {
    const { usage, met } = spent;
    const told = Object.keys(usage).length > 0;
    this.#end({ kind: 'exited', ...how, ...(told && { usage }), ...(met && { met }) });
  }

  #end(event: ProcessEvent): void {
    assert(!this.ended, 'A1: an attempt ends once');
    this.#phase = 'ended';
    this.#observe(event);
    this.#answerSweeps();
  }

  #answerSweeps(): void {
    if (this.#sweeps.length === 0) return;
    // A helper that still holds something is ended with it, and its death leads back to here.
    if (this.#helper !== undefined) {
      this.#helper.kill();
      return;
    }
    const sweeps = this.#sweeps.splice(0);
    this.#owner.clear(this, () => {
      for (const done of sweeps) done();
    });
  }
}

const sigkill = 9;
/** Signals that a shell does not speak of when one ends its child. */
const silentSignals: ReadonlySet<number> = new Set([2, 13]);

/**
 * The shell gives 128 + n both for signal n and for `exit 128+n`, but says a word only about
 * signals. It is silent about SIGINT and SIGPIPE, so those two codes are taken for signals:
 * programs that exit with 130 or 141 by themselves mean to say just that.
 */
function signalOf(end: Ended): number | undefined {
  const signal = end.code - 128;
  if (signal < 1 || signal > 64) return undefined;
  return end.diagnosis !== '' || silentSignals.has(signal) ? signal : undefined;
}

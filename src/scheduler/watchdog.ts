/**
 * The watchdog: a task whose gates are all open, and for which a node has room, is placed by the
 * next pass. If that does not happen while the leader is able to decide, the fault is ours, and it
 * is told as an error: `scheduler.undispatched`.
 *
 * Owns: since when the first tasks of the shapes could be placed. Does not own: what a pass does;
 * it looks at what a pass would do (`why/pass-ahead.ts`), which is decided by the same rules, and
 * done by nobody.
 *
 * What could be placed changes with time alone: room that is kept for somebody is lent to who ends
 * in time. So two looks that find the same task are no proof; a pass that went by it is.
 *
 * Invariants:
 *   U1  Time in which the leader cannot place everything, because entries cannot be committed or
 *       one turn cannot carry it all, does not count.
 *   U2  A task is told of once, until it is gone from where it was.
 *   U3  It is told of when a pass of this very instant has left it, or when there was none since.
 */
import type { Trace } from '../base/trace.ts';
import { taskKey } from '../model/keys.ts';
import type { NodeRow } from '../model/node.ts';
import type { Turn } from './turn.ts';
import { passAhead } from './why/pass-ahead.ts';

/** Of record time, in milliseconds: between two looks, and how long a task may stand ready. */
export const watchEveryMs = 1_000;
const undispatchedMsMax = 1_000;

/** Shapes whose first tasks one look takes up. */
const shapesPerLook = 100;

interface Seen {
  readonly since: number;
  /** How many passes there were by then. */
  readonly passes: number;
  isTold: boolean;
}

export class Watchdog {
  readonly #trace: Trace;
  #seen = new Map<string, Seen>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #passes = 0;
  #passedAt = Number.NEGATIVE_INFINITY;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Whether it is time to look again. */
  isDue(now: number): boolean {
    return now - this.#lookedAt >= watchEveryMs;
  }

  /** There was a pass, as of `at`. */
  passed(at: number): void {
    this.#passes += 1;
    this.#passedAt = at;
  }

  /** The leader cannot decide now (U1). */
  rest(): void {
    this.#seen.clear();
  }

  /** Call when what fits should be placed; `turn` is only looked through. */
  look(turn: Turn, mayTake: (node: NodeRow) => boolean): void {
    this.#lookedAt = turn.at;
    const before = this.#seen;
    this.#seen = new Map();
    if (turn.board.ready.size === 0) return;
    for (const { entry } of passAhead(turn, mayTake, shapesPerLook).placeable) {
      const { namespace, runId, taskId, mapIndex } = entry.task;
      const key = taskKey(namespace, runId, taskId, mapIndex);
      const seen = before.get(key) ?? { since: turn.at, passes: this.#passes, isTold: false };
      this.#seen.set(key, seen);
      const ms = turn.at - seen.since;
      const isLeft = this.#passedAt === turn.at || this.#passes === seen.passes;
      if (ms < undispatchedMsMax || seen.isTold || !isLeft) continue;
      seen.isTold = true;
      const which = { namespace, run: runId, task: taskId, mapIndex };
      this.#trace('error', 'scheduler.undispatched', { ...which, ms });
    }
  }
}

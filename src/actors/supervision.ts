/**
 * What happens when an actor throws. The parent says it once, as data, when it spawns the child.
 *
 * A restart gives the actor a new life with its mailbox kept and the failing message dropped: good
 * against a bug that one message meets, useless against one that every message meets. Hence the
 * limit: an actor that fails again and again is not healthy, and pretending would hide it.
 */
import { unreachable } from '../base/assert.ts';

export interface RestartSupervision {
  readonly kind: 'restart';
  /** The wait before the first restart of a window; it doubles with each further one… */
  readonly backoffMsMin: number;
  /** …up to this. There is no jitter: actors of one process are no herd. */
  readonly backoffMsMax: number;
  /** More failures than this within `windowMs`, and `otherwise` is done. */
  readonly restartsMax: number;
  readonly windowMs: number;
  readonly otherwise: 'stop' | 'escalate';
}

export type Supervision =
  | RestartSupervision
  /** The actor ends, its parent goes on. */
  | { readonly kind: 'stop' }
  /** The failure is the parent's own; past the last parent the system halts. */
  | { readonly kind: 'escalate' };

/** What is done about one failure. */
export type Decision =
  | { readonly kind: 'restart'; readonly delayMs: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'escalate' };

export const restartThenEscalate: RestartSupervision = {
  kind: 'restart',
  backoffMsMin: 100,
  backoffMsMax: 10_000,
  restartsMax: 5,
  windowMs: 60_000,
  otherwise: 'escalate',
};

/** Remembers the restarts of one actor within its window; at most `restartsMax` of them. */
export class Supervisor {
  readonly #supervision: Supervision;
  #restartsMs: readonly number[] = [];

  constructor(supervision: Supervision) {
    this.#supervision = supervision;
  }

  /** Decides about a failure at `nowMs` (monotonic) and counts the restart that it decides on. */
  decide(nowMs: number): Decision {
    const supervision = this.#supervision;
    switch (supervision.kind) {
      case 'restart':
        return this.#restart(supervision, nowMs);
      case 'stop':
      case 'escalate':
        return { kind: supervision.kind };
      default:
        return unreachable(supervision);
    }
  }

  #restart(supervision: RestartSupervision, nowMs: number): Decision {
    const { backoffMsMin, backoffMsMax, restartsMax, windowMs, otherwise } = supervision;
    const recent = this.#restartsMs.filter((atMs) => atMs > nowMs - windowMs);
    if (recent.length >= restartsMax) return { kind: otherwise };
    this.#restartsMs = [...recent, nowMs];
    return { kind: 'restart', delayMs: Math.min(backoffMsMax, backoffMsMin * 2 ** recent.length) };
  }
}

/**
 * Trigger rules: when a task may start, given how its upstream tasks ended (L055). Pure, and total:
 * every rule gives a verdict for every combination of counts.
 */
import { unreachable } from '../base/assert.ts';

export const triggerRules = [
  'all_success',
  'all_failed',
  'all_done',
  'all_skipped',
  'one_success',
  'one_failed',
  'one_done',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'always',
] as const;

export type TriggerRule = (typeof triggerRules)[number];

/** How the parents of one task stand. `failed` counts failed, upstream_failed and cancelled. */
export interface ParentCounts {
  readonly total: number;
  readonly success: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `wait`: some parent that matters has not ended. The other three are final. */
export type Verdict = 'wait' | 'run' | 'skip' | 'upstream_failed';

/** The verdict of `rule`, which never changes again once it is not `wait`. */
export function judge(rule: TriggerRule, parents: ParentCounts): Verdict {
  const done = parents.success + parents.failed + parents.skipped === parents.total;
  switch (rule) {
    case 'always':
      return 'run';
    case 'all_success':
      if (parents.failed > 0) return 'upstream_failed';
      // A failure outranks a skip whichever comes first, so a skip waits for the others.
      if (!done) return 'wait';
      return parents.skipped > 0 ? 'skip' : 'run';
    case 'all_failed':
      if (parents.success > 0 || parents.skipped > 0) return 'skip';
      return done ? 'run' : 'wait';
    case 'all_done':
      return done ? 'run' : 'wait';
    case 'all_skipped':
      if (parents.success > 0 || parents.failed > 0) return 'skip';
      return done ? 'run' : 'wait';
    case 'one_success':
      if (parents.success > 0 || parents.total === 0) return 'run';
      if (!done) return 'wait';
      return parents.failed > 0 ? 'upstream_failed' : 'skip';
    case 'one_failed':
      if (parents.failed > 0) return 'run';
      return done ? 'skip' : 'wait';
    case 'one_done':
      if (parents.success + parents.failed > 0 || parents.total === 0) return 'run';
      return done ? 'skip' : 'wait';
    case 'none_failed':
      if (parents.failed > 0) return 'upstream_failed';
      return done ? 'run' : 'wait';
    case 'none_failed_min_one_success':
      if (parents.failed > 0) return 'upstream_failed';
      if (!done) return 'wait';
      return parents.success > 0 || parents.total === 0 ? 'run' : 'skip';
    case 'none_skipped':
      if (parents.skipped > 0) return 'skip';
      return done ? 'run' : 'wait';
    default:
      return unreachable(rule);
  }
}

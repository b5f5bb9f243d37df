/** How the parents of one task, or of one map, stand: counts that only grow. */
import type { TerminalTaskStatus } from './task-instance.ts';
import type { ParentCounts } from './trigger-rule.ts';

/** What a rule makes of an end: a parent that failed, was cancelled or could not run has failed. */
export type End = 'success' | 'failed' | 'skipped';

export function endOf(status: TerminalTaskStatus): End {
  return status === 'success' || status === 'skipped' ? status : 'failed';
}

export class Tally implements ParentCounts {
  total = 0;
  success = 0;
  failed = 0;
  skipped = 0;

  get isDone(): boolean {
    return this.success + this.failed + this.skipped === this.total;
  }

  /**
   * Counts one end. True when a rule may see a difference: the first end of its kind, or the last
   * end of all. No rule tells two failures from three, so thousands of ends are judged a few times.
   */
  add(end: End): boolean {
    this[end] += 1;
    return this[end] === 1 || this.isDone;
  }
}

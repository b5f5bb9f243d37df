/**
 * The chronicle: the committed log, folded once by a hand that belongs to no node. What the nodes
 * hold is compared with it, and the checkers of the workflow's invariants read it record by record.
 *
 * C1  Each index is entered once, in order, when the first node reports it as committed.
 */
import type { LogIndex, WallMs } from '../../src/base/brand.ts';
import type { EndedRun } from '../../src/model/ended-run.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { type RunRow, runHasEnded } from '../../src/model/run.ts';
import { type Applied, State } from '../../src/model/state.ts';
import type { CommittedTurn } from '../../src/scheduler/world.ts';

/** One decision of a committed record, with what it changed. */
export interface Recorded {
  readonly index: LogIndex;
  readonly at: WallMs;
  readonly what: string;
  readonly by: string;
  readonly applied: readonly Applied[];
}

export interface RunHistory {
  readonly row: RunRow;
  readonly endedIndex: LogIndex | undefined;
}

export class Chronicle {
  readonly state = new State();
  /** Every run that ever was, by `namespace/run`. */
  readonly runs = new Map<string, RunHistory>();
  readonly ended = new Map<string, EndedRun>();
  /**
   * Runs that were changed by more than their own life, a cancel and reruns after their end: by
   * other runs, by marks, by edits. One object for a run does not know of these.
   */
  readonly unusual = new Set<string>();
  readonly #digests: string[] = [this.state.digest()];
  #lastAt: WallMs | undefined;

  get lastIndex(): number {
    return this.#digests.length - 1;
  }

  /** Time of the newest record. */
  get lastAt(): WallMs | undefined {
    return this.#lastAt;
  }

  /** Digest of the live rows behind the entry at `index`; undefined if that is not committed. */
  digestAt(index: number): string | undefined {
    return this.#digests[index];
  }

  /**
   * Takes the next entry; undefined for one that is known already. `told` hears of each decision
   * when the rows are as it left them.
   */
  enter(turn: CommittedTurn, told: (decision: Recorded) => void): readonly Recorded[] | undefined {
    if (turn.index <= this.lastIndex) return undefined;
    if (turn.index !== this.lastIndex + 1) {
      throw new Error(`C1: entry ${turn.index} was reported behind ${this.lastIndex}`);
    }
    const recorded = turn.record === null ? [] : this.#fold(turn.index, turn.record, told);
    if (turn.record !== null) this.#lastAt = turn.record.at;
    this.#digests.push(this.state.digest());
    return recorded;
  }

  #fold(
    index: LogIndex,
    record: LogRecord,
    told: (decision: Recorded) => void,
  ): readonly Recorded[] {
    return record.decisions.map(({ what, by, facts }) => {
      const applied = facts.map((fact) => this.state.apply(fact));
      for (const each of applied) this.#remember({ index, what }, each);
      const recorded = { index, at: record.at, what, by, applied };
      told(recorded);
      return recorded;
    });
  }

  #remember(
    { index, what }: { readonly index: LogIndex; readonly what: string },
    { change, ended }: Applied,
  ): void {
    if (change.table !== 'run' || change.fact.row === null) return;
    const { key, row } = change.fact;
    const endedIndex = ended === undefined ? undefined : index;
    if (isUnusual(what, this.runs.get(key)?.row, row)) this.unusual.add(key);
    this.runs.set(key, { row, endedIndex });
    if (ended !== undefined) this.ended.set(key, ended);
  }
}

function isUnusual(what: string, before: RunRow | undefined, after: RunRow): boolean {
  if (after.parent?.waits === true) return true;
  if (before === undefined) return false;
  if (after.generation !== before.generation)
    return what !== 'rerun' || !runHasEnded(before.status);
  const isStopped = after.status === 'cancelling' || after.status === 'cancelled';
  if (!isStopped || before.status === 'cancelling') return false;
  if (what !== 'cancel-run' && what !== 'run-timeout') return true;
  // How it ends was decided before it was cancelled.
  return after.status === 'cancelling' && after.ending !== undefined;
}

/**
 * The attempts that are alive by the log, with what each took when it was assigned: for the
 * checkers that count. What an attempt takes is read from the definition at its assignment, because
 * a run may be edited while the attempt goes on.
 */
import type { LiveAttempt } from '../../../src/model/attempt.ts';
import type { DagSpec, TaskSpec } from '../../../src/model/dag.ts';
import type { RunRow } from '../../../src/model/run.ts';
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Chronicle, Recorded } from '../chronicle.ts';

export interface Alive {
  /** Of its task instance. */
  readonly key: string;
  readonly row: TaskRow;
  readonly attempt: LiveAttempt;
  readonly run: RunRow;
  readonly dag: DagSpec;
  readonly task: TaskSpec;
}

export class LiveAttempts {
  readonly #chronicle: Chronicle;
  readonly #alive = new Map<string, Alive>();

  constructor(chronicle: Chronicle) {
    this.#chronicle = chronicle;
  }

  /** In the order of their assignments. */
  all(): Iterable<Alive> {
    return this.#alive.values();
  }

  /**
   * Follows a decision. `assigned` hears of each new attempt when those that came before it in the
   * same decision are counted, and it as well; `ended` of each that is alive no more.
   */
  follow(
    { applied }: Recorded,
    assigned: (alive: Alive) => void,
    ended: (alive: Alive) => void = () => {},
  ): void {
    for (const { change } of applied) {
      if (change.table !== 'task') continue;
      const { key, row } = change.fact;
      const attempt = row !== null && 'attempt' in row ? row.attempt : undefined;
      const known = this.#alive.get(key);
      if (known !== undefined && known.attempt.token === attempt?.token) continue;
      this.#alive.delete(key);
      if (known !== undefined) ended(known);
      if (row === null || attempt === undefined) continue;
      const alive = this.#aliveOf(key, row, attempt);
      if (alive === undefined) continue;
      this.#alive.set(key, alive);
      assigned(alive);
    }
  }

  #aliveOf(key: string, row: TaskRow, attempt: LiveAttempt): Alive | undefined {
    const { state } = this.#chronicle;
    const run = state.run(row.namespace, row.runId)?.run;
    const dag = run && state.version(run.namespace, run.dagId, run.versionId)?.spec;
    const task = dag?.tasks[row.taskId];
    if (run === undefined || dag === undefined || task === undefined) return undefined;
    return { key, row, attempt, run, dag, task };
  }
}

/** Amounts of all of them, dimension by dimension. */
export function sumOf(attempts: Iterable<Alive>): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const { task } of attempts) {
    for (const [name, amount] of Object.entries(task.resources)) {
      sum[name] = (sum[name] ?? 0) + amount;
    }
  }
  return sum;
}

/**
 * What is learnt of tasks: rows never have more samples than they may, and each sample is what a
 * success of that task took, told in the same decision.
 */
import { type EstimateRow, samplesKept } from '../../../src/model/estimate.ts';
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

class LessonsChecker implements Checker {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded(decision: Recorded): void {
    for (const { change } of decision.applied) {
      if (change.table !== 'estimate' || change.fact.row === null) continue;
      this.#learnt(decision, change.before, change.fact.row);
    }
  }

  #learnt(decision: Recorded, before: EstimateRow | null, row: EstimateRow): void {
    const { samples, dagId, taskId, at } = row;
    const name = `${dagId}/${taskId}`;
    if (samples.length > samplesKept) this.#violate(`${name} has ${samples.length} samples`);
    const kept = [...(before?.samples ?? []), samples.at(-1)].slice(-samplesKept);
    if (kept.join() !== samples.join()) this.#violate(`${name} learns more than one thing at once`);
    if (at !== decision.at)
      this.#violate(`${name} is learnt at ${at}, in an entry of ${decision.at}`);
    const took = [...this.#successesIn(decision, row)];
    if (took.includes(samples.at(-1) ?? -1)) return;
    this.#violate(`${name} is said to take ${samples.at(-1)} ms, it took ${took.join(', ')}`);
  }

  /** What the successes of the task took that the decision is about. */
  *#successesIn(
    { applied }: Recorded,
    { namespace, dagId, taskId }: EstimateRow,
  ): Iterable<number> {
    for (const { change } of applied) {
      if (change.table !== 'task' || change.fact.row === null) continue;
      const row: TaskRow = change.fact.row;
      const of = this.#scene.chronicle.runs.get(`${row.namespace}/${row.runId}`)?.row;
      const isOfTask = row.taskId === taskId && of?.dagId === dagId;
      const last = row.attempts.at(-1);
      if (!isOfTask || row.namespace !== namespace || last?.outcome !== 'success') continue;
      if (last.startedAt !== null) yield Math.max(0, last.endedAt - last.startedAt);
    }
  }

  #violate(text: string): void {
    this.#scene.violate('lessons', text);
  }
}

export const lessons: MakeChecker = (scene) => new LessonsChecker(scene);

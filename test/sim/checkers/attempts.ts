/**
 * Attempts, as the log tells them:
 *   W01  tokens of a task instance only grow;
 *   W07  the output is that of the attempt that won, and past attempts never change;
 *   W08  no more attempts than retries allow, and none before its time.
 */
import type { TaskSpec } from '../../../src/model/dag.ts';
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

/** Attempts that may be lost one after the other and are repeated without counting. */
const lostRepeatsMax = 10;

const isOwn = ({ outcome }: { readonly outcome: string }): boolean => outcome !== 'lost';

class AttemptsChecker implements Checker {
  readonly #scene: Scene;
  readonly #tokens = new Map<string, number>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded(decisions: readonly Recorded[]): void {
    for (const decision of decisions) {
      for (const { change, ended } of decision.applied) {
        if (ended !== undefined) for (const row of ended.tasks) this.#ended(row, ended.outputs);
        if (change.table !== 'task' || change.fact.row === null) continue;
        const { row, key } = change.fact;
        if (decision.what !== 'rerun') this.#changed(decision, key, change.before, row);
      }
    }
  }

  #changed(decision: Recorded, key: string, before: TaskRow | null, row: TaskRow): void {
    const live = 'attempt' in row ? row.attempt : undefined;
    const liveBefore = before !== null && 'attempt' in before ? before.attempt : undefined;
    if (live !== undefined && live.token !== liveBefore?.token)
      this.#assigned(decision, key, before, row);
    if (liveBefore !== undefined && live === undefined) {
      const last = row.attempts.at(-1);
      if (last?.token !== liveBefore.token) {
        this.#violate('W07', `${key} ends an attempt that it did not have: ${last?.token}`);
      }
    }
    const kept = before?.attempts ?? [];
    if (kept.some(({ token }, place) => row.attempts[place]?.token !== token)) {
      this.#violate('W07', `${key} forgets a past attempt by ${decision.what}`);
    }
  }

  #assigned(decision: Recorded, key: string, before: TaskRow | null, row: TaskRow): void {
    if (!('attempt' in row)) return;
    const { token, number } = row.attempt;
    const highest = this.#tokens.get(key) ?? 0;
    if (token <= highest) this.#violate('W01', `${key} gets token ${token} after ${highest}`);
    if (Math.floor(token / 1024) !== decision.index) {
      this.#violate('W01', `${key} gets token ${token}, which is not of entry ${decision.index}`);
    }
    this.#tokens.set(key, token);
    if (number !== (row.attempts.at(-1)?.number ?? 0) + 1) {
      this.#violate('W08', `${key} counts attempt ${number} behind ${row.attempts.length}`);
    }
    const spec = this.#specOf(row);
    if (spec === undefined) return;
    if (row.tries > spec.retries) {
      this.#violate(
        'W08',
        `${key} is tried again after ${row.tries} tries, allowed ${spec.retries}`,
      );
    }
    if (before?.status === 'up_for_retry' && decision.at < before.retryAt) {
      this.#violate('W08', `${key} is tried again ${before.retryAt - decision.at} ms too early`);
    }
    // In a row: what failed in between was the task's own doing.
    const lost = row.attempts.length - 1 - row.attempts.findLastIndex(isOwn);
    const last = row.attempts.at(-1);
    if (last?.outcome === 'lost' && !spec.idempotent && before?.status === 'up_for_retry') {
      this.#violate('W08', `${key} is not idempotent, was lost and is repeated`);
    }
    if (lost > lostRepeatsMax && before?.status === 'up_for_retry') {
      this.#violate('W08', `${key} is repeated after it was lost ${lost} times`);
    }
  }

  #ended(row: TaskRow, outputs: readonly { taskId: string; token: number; json: string }[]): void {
    const output = outputs.find(({ taskId }) => taskId === row.taskId);
    if (output === undefined) return;
    const winner = row.attempts.at(-1);
    if (winner?.token === output.token && output.json === String(output.token)) return;
    this.#violate('W07', `${row.runId}/${row.taskId} has the output of ${output.json}`);
  }

  #specOf(row: TaskRow): TaskSpec | undefined {
    const { state } = this.#scene.chronicle;
    const run = state.run(row.namespace, row.runId)?.run;
    if (run === undefined) return undefined;
    return state.version(run.namespace, run.dagId, run.versionId)?.spec.tasks[row.taskId];
  }

  #violate(invariant: string, text: string): void {
    this.#scene.violate(invariant, text);
  }
}

export const attempts: MakeChecker = (scene) => new AttemptsChecker(scene);

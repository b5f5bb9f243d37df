/**
 * Attempts, as the log tells them:
 *   W01  tokens of a task instance only grow;
 *   W07  the output is that of the attempt that won, and past attempts never change;
 *   W08  no more attempts than retries allow, and none before its time.
 */
import type { TaskSpec } from '../../../src/model/dag.ts';
import type { OutputRow } from '../../../src/model/output.ts';
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

/** Attempts that may be lost one after the other and are repeated without counting. */
const lostRepeatsMax = 10;

/** Of a list of no items, and of a branch that named nobody. */
const isEmptyChoice = ({ json }: OutputRow): boolean => json === '[]' || json === 'null';

const isOwn = ({ outcome }: { readonly outcome: string }): boolean => outcome !== 'lost';

class AttemptsChecker implements Checker {
  readonly #scene: Scene;
  readonly #tokens = new Map<string, number>();
  /** What a task was when its output was written; it may be another one in a later version. */
  readonly #saidBy = new Map<string, string | undefined>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded(decision: Recorded): void {
    for (const { change, ended } of decision.applied) {
      if (ended !== undefined) for (const row of ended.tasks) this.#ended(row, ended.outputs);
      if (change.table === 'output' && change.fact.row !== null) {
        const { key, row } = change.fact;
        this.#saidBy.set(`${key} ${row.token}`, this.#specOf(row)?.action.kind);
      }
      if (change.table !== 'task' || change.fact.row === null) continue;
      const { row, key } = change.fact;
      if (decision.what !== 'rerun') this.#changed(decision, key, change.before, row);
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
    if (liveBefore !== undefined && row.status === 'up_for_retry') this.#retried(key, row);
    const kept = before?.attempts ?? [];
    // Of a sensor's looks only the newest are kept.
    const isSensor = row.looked !== undefined;
    if (!isSensor && kept.some(({ token }, place) => row.attempts[place]?.token !== token)) {
      this.#violate('W07', `${key} forgets a past attempt by ${decision.what}`);
    }
  }

  /** The rules of its definition let this failure be tried again. */
  #retried(key: string, row: TaskRow): void {
    const { outcome, exitCode, signal } = row.attempts.at(-1) ?? {};
    const { retryOn, noRetryOn } = this.#specOf(row) ?? {};
    if (outcome !== 'failed' || signal !== null || typeof exitCode !== 'number') return;
    const isWanted = retryOn?.exitCodes?.includes(exitCode) ?? true;
    const isBarred = noRetryOn?.exitCodes?.includes(exitCode) ?? false;
    if (isWanted && !isBarred) return;
    this.#violate('W08', `${key} is tried again after exit code ${exitCode}, against its rules`);
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

  /** Every program writes its token; who was marked by hand may keep what a round before said. */
  #ended(row: TaskRow, outputs: readonly OutputRow[]): void {
    const { taskId, mapIndex, markedBy } = row;
    const output = outputs.find((each) => each.taskId === taskId && each.mapIndex === mapIndex);
    if (output === undefined || markedBy !== undefined) return;
    const key = `${row.namespace}/${row.runId}/${taskId}/${mapIndex}`;
    if (this.#saidBy.get(`${key} ${output.token}`) !== 'shell') return;
    const winner = row.attempts.findLast(({ outcome }) => outcome === 'success');
    const isWinners = winner?.token === output.token;
    if (isWinners && (isEmptyChoice(output) || output.json.includes(String(output.token)))) return;
    this.#violate('W07', `${row.runId}/${taskId}[${mapIndex}] has the output of ${output.json}`);
  }

  #specOf(row: Pick<TaskRow, 'namespace' | 'runId' | 'taskId'>): TaskSpec | undefined {
    const { state, runs } = this.#scene.chronicle;
    const run = runs.get(`${row.namespace}/${row.runId}`)?.row;
    if (run === undefined) return undefined;
    return state.version(run.namespace, run.dagId, run.versionId)?.spec.tasks[row.taskId];
  }

  #violate(invariant: string, text: string): void {
    this.#scene.violate(invariant, text);
  }
}

export const attempts: MakeChecker = (scene) => new AttemptsChecker(scene);

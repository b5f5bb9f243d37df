/**
 * Attempts that give way:
 *   only what may be begun twice is asked to, and to make room only what says that it may be;
 *   on a drained node not before its time is over;
 *   who has gone has used up no try, and its task waits for room again at once;
 *   no attempt ends that way which was not asked;
 *   W25: what was preempted does not begin and give way again and again, in place of whom the room
 *   was made for.
 */
import type { LiveAttempt } from '../../../src/model/attempt.ts';
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

/** So many times in a row within so long, while each wait is to be twice the one before. */
const churn = { times: 10, withinMs: 5_000 } as const;

const liveOf = (row: TaskRow | null): LiveAttempt | undefined =>
  row !== null && 'attempt' in row ? row.attempt : undefined;

class GivingWayChecker implements Checker {
  readonly #scene: Scene;
  /** When each task instance was preempted, as long as nothing else has become of it. */
  readonly #preemptedMs = new Map<string, readonly number[]>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded(decision: Recorded): void {
    for (const { change } of decision.applied) {
      if (change.table !== 'task' || change.fact.row === null) continue;
      const { before } = change;
      const { key, row } = change.fact;
      const [had, has] = [liveOf(before), liveOf(row)];
      if (has?.givesWay !== undefined && had?.givesWay === undefined) {
        this.#asked(decision, key, { row, attempt: has, before: had });
      }
      if (had !== undefined && has?.token !== had.token && before !== null) {
        this.#ended(key, { before, row, attempt: had });
      }
    }
  }

  #asked(
    { at, what }: Recorded,
    key: string,
    asked: { row: TaskRow; attempt: LiveAttempt; before: LiveAttempt | undefined },
  ): void {
    const { row, attempt, before } = asked;
    const { state } = this.#scene.chronicle;
    const to = attempt.givesWay?.to;
    if (before?.token !== attempt.token) this.#violate(key, 'is assigned to give way');
    if (before?.revoked === true) this.#violate(key, 'is asked to give way when it was revoked');
    if (!attempt.revoked) this.#violate(key, 'gives way and is not revoked');
    const run = state.run(row.namespace, row.runId)?.run;
    const task =
      run && state.version(run.namespace, run.dagId, run.versionId)?.spec.tasks[row.taskId];
    if (task?.idempotent !== true) this.#violate(key, `is ${to}, and must not be begun twice`);
    if (to === 'drained') {
      const until = state.node(attempt.node)?.drain?.until ?? null;
      if (until === null || until > at) this.#violate(key, `is drained at ${at}, before ${until}`);
    } else if (task?.preemptible !== true) this.#violate(key, 'is preempted, and may not be');
    if (to === 'preempted' && what !== 'assign') this.#violate(key, `is preempted by ${what}`);
    this.#scene.saw(`asked to be ${to}`);
  }

  #ended(
    key: string,
    { before, row, attempt }: { before: TaskRow; row: TaskRow; attempt: LiveAttempt },
  ): void {
    const last = row.attempts.at(-1);
    if (last?.token !== attempt.token) return;
    this.#countPreemptions(key, last.outcome === 'preempted');
    if (last.outcome !== 'preempted' && last.outcome !== 'drained') return;
    if (attempt.givesWay?.to !== last.outcome) this.#violate(key, `is ${last.outcome} unasked`);
    if (row.tries !== before.tries)
      this.#violate(key, `has used up a try by being ${last.outcome}`);
    if (row.status !== 'up_for_retry') {
      this.#violate(key, `is ${row.status} behind being ${last.outcome}`);
    }
    this.#scene.saw(last.outcome);
  }

  #countPreemptions(key: string, isPreempted: boolean): void {
    if (!isPreempted) {
      this.#preemptedMs.delete(key);
      return;
    }
    const { nowMs } = this.#scene;
    const times = [...(this.#preemptedMs.get(key) ?? []), nowMs].slice(-churn.times);
    this.#preemptedMs.set(key, times);
    const [first] = times;
    if (first === undefined || times.length < churn.times) return;
    if (nowMs - first > churn.withinMs) return;
    const text = `${key} was preempted ${churn.times} times in ${nowMs - first} ms`;
    this.#scene.violate('W25', text);
  }

  #violate(key: string, text: string): void {
    this.#scene.violate('gives way', `${key} ${text}`);
  }
}

export const givingWay: MakeChecker = (scene) => new GivingWayChecker(scene);

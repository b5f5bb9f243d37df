/**
 * Waits without a slot:
 *   W28  what is deferred is woken once for each deadline, and never before it;
 *   an approval is decided once, and only by somebody;
 *   a task that waits for a run ends as that run ended, in the same entry;
 *   each task waits for one run at a time.
 */
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

type Deferred = Extract<TaskRow, { readonly status: 'deferred' }>;

/** Who may end a wait of each kind, beside its deadline. */
const others: ReadonlySet<string> = new Set(['mark-tasks', 'cancel-run', 'run-timeout']);

class WaitsChecker implements Checker {
  readonly #scene: Scene;
  /** Deadlines that were dealt with. */
  readonly #woken = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded(decision: Recorded): void {
    for (const { change } of decision.applied) {
      if (change.table !== 'task' || change.before?.status !== 'deferred') continue;
      const { row } = change.fact;
      if (row === null || row.status === 'deferred') this.#goesOn(change.before, row);
      else this.#ends(decision, change.before, row);
    }
  }

  /** Told that its SLA was missed, or that nothing is known of the past. */
  #goesOn(before: Deferred, row: TaskRow | null): void {
    if (row === null || row.status !== 'deferred') return;
    if (row.waitsFor.kind === before.waitsFor.kind && row.until !== before.until) {
      const isSameWait = row.since === before.since;
      if (isSameWait) this.#violate(before, 'has another deadline for the same wait');
    }
  }

  #ends({ what, at }: Recorded, before: Deferred, row: TaskRow): void {
    const { waitsFor, until } = before;
    if (row.status === 'cancelled' || row.markedBy !== undefined || others.has(what)) return;
    switch (waitsFor.kind) {
      case 'time':
      case 'look':
      case 'round':
        if (!isDue(before, at)) this.#violate(before, `goes on at ${at}, before ${until}`);
        this.#once(before);
        return;
      case 'approval':
        if (what !== 'decide-approval' && !isDue(before, at)) {
          this.#violate(before, `was decided by nobody (${what})`);
        }
        return;
      case 'run':
        this.#checkChild(before, row, waitsFor.runId);
        return;
      case 'event':
        return;
    }
  }

  #once({ runId, taskId, mapIndex, until, since, attempts }: Deferred): void {
    const deadline = `${runId}/${taskId}[${mapIndex}] ${until} ${since} ${attempts.length}`;
    if (this.#woken.has(deadline)) this.#scene.violate('W28', `${deadline} is woken twice`);
    this.#woken.add(deadline);
  }

  #checkChild(before: Deferred, row: TaskRow, runId: string): void {
    const { runs } = this.#scene.chronicle;
    const child = runs.get(`${before.namespace}/${runId}`)?.row;
    const how = child?.status;
    const fits =
      (row.status === 'success' && how === 'success') ||
      (row.status === 'failed' && (how === 'failed' || how === 'cancelled')) ||
      (row.status === 'up_for_retry' && how === 'failed');
    // A rerun of the child that comes later is not its business.
    const isAgain = (child?.generation ?? 1) > 1;
    if (!fits && !isAgain)
      this.#violate(before, `ends as ${row.status}, its run ${runId} is ${how}`);
  }

  #violate({ runId, taskId, mapIndex, waitsFor }: Deferred, text: string): void {
    const name = `${runId}/${taskId}[${mapIndex}]`;
    this.#scene.violate('W28', `${name}, which waits for ${waitsFor.kind}, ${text}`);
  }
}

const isDue = ({ until }: Deferred, at: number): boolean => until !== null && at >= until;

export const waits: MakeChecker = (scene) => new WaitsChecker(scene);

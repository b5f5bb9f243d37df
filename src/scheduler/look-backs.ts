/**
 * Look-backs: tasks that wait for a run of another DAG ask the ledger whether one has ended before
 * the wait began. The ledger may read thousands of runs to say so, so one question is asked at a
 * time.
 *
 * Owns: the questions of this leadership that have no answer yet. It does not own what becomes of
 * an answer (`leader-tasks/await.ts`). Questions follow from the rows: a new leader asks them
 * again.
 */
import type { Namespace, RunId, TaskId, WallMs } from '../base/brand.ts';
import { taskKey } from '../model/keys.ts';
import type { PastRunAsked } from '../model/past-run.ts';
import type { RunRow } from '../model/run.ts';
import type { History } from './world.ts';

/** The task instance that asks, and since when it has been waiting. */
export interface WhoLooksBack {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  readonly since: WallMs;
}

export interface LookBack {
  readonly who: WhoLooksBack;
  readonly asked: PastRunAsked;
}

/** What the ledger knows of the run that a task waits for; null: it has not ended yet. */
export interface LookedBack {
  readonly kind: 'looked-back';
  readonly who: WhoLooksBack;
  readonly found: RunRow | null;
}

export class LookBacks {
  readonly #history: Pick<History, 'pastRun'>;
  readonly #answer: (answer: LookedBack) => void;
  /** By task instance: what is asked again while it waits is asked once. */
  readonly #waiting = new Map<string, LookBack>();
  #isAsking = false;

  constructor(history: Pick<History, 'pastRun'>, answer: (answer: LookedBack) => void) {
    this.#history = history;
    this.#answer = answer;
  }

  ask(question: LookBack): void {
    const { namespace, runId, taskId, mapIndex } = question.who;
    this.#waiting.set(taskKey(namespace, runId, taskId, mapIndex), question);
    if (!this.#isAsking) this.#next();
  }

  /** Leadership is lost: nobody here wants to know any more. */
  clear(): void {
    this.#waiting.clear();
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [key, { who, asked }] = first;
    this.#waiting.delete(key);
    this.#isAsking = true;
    this.#history.pastRun(asked, (found) => {
      this.#isAsking = false;
      this.#answer({ kind: 'looked-back', who, found });
      this.#next();
    });
  }
}

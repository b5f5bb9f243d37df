/**
 * Statuses: W05, what has ended stays ended without an explicit rerun; W06, no change of status
 * that the published tables do not have; W16, the times of records never go back.
 */

import { runTransitions } from '../../../src/model/run.ts';
import type { Applied } from '../../../src/model/state.ts';
import { taskTransitions } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { MakeChecker, Scene } from './checker.ts';

type RunStatus = keyof typeof runTransitions;

/** A row may change without its status: notes, a pause, how the run will end. */
const mayBecome = (before: RunStatus, after: RunStatus): boolean =>
  (before === after && !ended.has(before)) || runTransitions[before].includes(after);

const ended: ReadonlySet<RunStatus> = new Set(['success', 'failed', 'cancelled']);

/** What a person does to a run that has ended. */
const takesUpAgain: ReadonlySet<string> = new Set(['rerun', 'mark-tasks', 'compensate-run']);

export const statuses: MakeChecker = (scene) => {
  const runStatus = new Map<string, RunStatus>();
  let lastAt = 0;
  const check = (decision: Recorded, { change }: Applied): void => {
    const { key, row } = change.fact;
    if (change.table === 'task') checkTask(scene, decision, change);
    if (change.table !== 'run' || row === null || !('generation' in row)) return;
    const before = runStatus.get(key);
    const { status } = row;
    runStatus.set(key, status);
    if (before === undefined && status !== 'queued') {
      scene.violate('W06', `run ${key} begins as ${status}`);
    } else if (before !== undefined && !mayBecome(before, status)) {
      scene.violate('W06', `run ${key} goes from ${before} to ${status} by ${decision.what}`);
    }
    const hadEnded = before === 'success' || before === 'failed' || before === 'cancelled';
    if (hadEnded && !takesUpAgain.has(decision.what)) {
      scene.violate('W05', `run ${key} had ended and is ${status} by ${decision.what}`);
    }
  };
  return {
    recorded(decision) {
      if (decision.at < lastAt) {
        scene.violate('W16', `entry ${decision.index} is of ${decision.at}, before ${lastAt}`);
      }
      lastAt = decision.at;
      for (const applied of decision.applied) check(decision, applied);
    },
  };
};

function checkTask(
  scene: Scene,
  { what, index }: Recorded,
  { fact, before }: Extract<Applied['change'], { readonly table: 'task' }>,
): void {
  const { row, key } = fact;
  // A rerun lays the rows of an ended run out again, as they were.
  if (row === null || takesUpAgain.has(what)) return;
  // A hook or a compensation is born.
  if (before === null && row.status === 'pending' && row.cause !== undefined) return;
  const from = before?.status ?? 'pending';
  // An SLA is missed once, by whatever it is doing.
  const misses = row.slaMissed === true && before?.slaMissed !== true;
  if (from === row.status && misses) return;
  const isSameAttempt =
    (from === 'queued' || from === 'running') &&
    row.status === from &&
    before !== null &&
    'attempt' in before &&
    'attempt' in row &&
    before.attempt.token === row.attempt.token;
  if (isSameAttempt || taskTransitions[from].includes(row.status)) return;
  scene.violate('W06', `task ${key} goes from ${from} to ${row.status} by ${what} at ${index}`);
}

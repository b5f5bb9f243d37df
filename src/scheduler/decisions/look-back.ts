/**
 * A task has begun to wait for a run of another DAG: the ledger is asked whether such a run has
 * ended before, since what has ended is not in memory.
 *
 * The question leaves when everything before it is committed, so the ledger knows each run that
 * ended before the task waited; every later end is heard by `await`. Between them no end is missed.
 * Whether the task still asks stands in its row: what is asked twice is taken up once, and a new
 * leader asks what the old one had no answer to.
 */
import { wallMs } from '../../base/brand.ts';
import { taskFact } from '../../model/fact.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import type { Deadline } from '../deadlines.ts';
import type { Input } from '../input.ts';
import { type Instance, instanceAt } from '../instance.ts';
import { endWithRun, pastRunFor } from '../leader-tasks/await.ts';
import type { Turn } from '../turn.ts';

type LookingBack = Extract<TaskRow, { readonly status: 'deferred' }>;

/** An answer may be lost, as every message may. */
const askedAgainMs = 60_000;

export function lookBack(
  turn: Turn,
  deadline: Extract<Deadline, { readonly kind: 'look-back' }>,
): void {
  const instance = instanceAt(turn, deadline, deadline);
  const row = lookingBack(instance);
  if (instance === undefined || row === undefined) return;
  const asked = pastRunFor(instance);
  if (asked === undefined) return;
  const { namespace, runId, taskId, mapIndex, since } = row;
  const who = { namespace, runId, taskId, mapIndex, since };
  turn.release({ kind: 'look-back', question: { who, asked } });
  turn.board.deadlines.add({ ...deadline, at: wallMs(turn.at + askedAgainMs) });
}

export function lookedBack(
  turn: Turn,
  { who, found }: Extract<Input, { readonly kind: 'looked-back' }>,
): void {
  const instance = instanceAt(turn, who, who);
  const row = lookingBack(instance);
  if (instance === undefined || row === undefined || row.since !== who.since) return;
  if (found !== null) endWithRun(turn, instance, found);
  else turn.emit(taskFact({ ...row, waitsFor: { kind: 'event' } }));
}

function lookingBack(instance: Instance | undefined): LookingBack | undefined {
  const row = instance?.row;
  if (row?.status !== 'deferred' || row.waitsFor.kind !== 'event') return undefined;
  return row.waitsFor.looksBack === true ? row : undefined;
}

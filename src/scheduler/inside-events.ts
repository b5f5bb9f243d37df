/**
 * Events that happen within the cluster, told by the log itself: a run has ended, a task has
 * brought an asset up to date. Each is told once, in the decision that made it so.
 */
import type { Namespace } from '../base/brand.ts';
import { isJsonList, isJsonObject, type Json, parseJson } from '../model/json.ts';
import type { RunRow } from '../model/run.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { triggerLimits, utf8Bytes } from '../model/trigger.ts';
import { timeTextOrNull } from '../model/views/time.ts';
import { deadLetter } from './dead-letters.ts';
import { awaitedRunEnded, wakeAwaiting } from './leader-tasks/await.ts';
import { taskSpec } from './plan.ts';
import type { Listener } from './trigger-index.ts';
import { producedAssets } from './trigger-values.ts';
import { hear } from './triggers.ts';
import type { Turn } from './turn.ts';

/** Call when a run has come to its final end. */
export function dagRunEnded(turn: Turn, run: RunRow): void {
  const { status } = run;
  if (status !== 'success' && status !== 'failed' && status !== 'cancelled') return;
  awaitedRunEnded(turn, run);
  const listeners = turn.board.triggers
    .outcomes(run.namespace, run.dagId)
    .filter(({ of }) => of.states.includes(status));
  if (listeners.length === 0) return;
  const chain = chainOf(turn, run);
  if (isTooLong(turn, run, chain)) return;
  const key = `run:${run.runId}:${run.generation}`;
  const payload = outcomePayload(run, chain);
  tell(turn, run, { listeners, key, payload, what: `the end of run ${run.runId}` });
}

/** A task instance has succeeded, and brought up to date what it `produces`. */
export function assetsProduced(turn: Turn, row: TaskRow): void {
  const live = turn.state.run(row.namespace, row.runId);
  if (live === undefined) return;
  const { run } = live;
  const { produces } = taskSpec(turn.board.planOf(run), row.taskId);
  if (produces === undefined || produces.length === 0) return;
  const uris = producedAssets(turn, live, row, produces);
  if (!uris.ok) {
    const { namespace, dagId } = run;
    const replay = nothing(namespace);
    const what = `task ${row.taskId} of run ${run.runId} produced an asset without a name`;
    deadLetter(turn, { namespace, dagId, kind: 'event', reason: `${what}: ${uris.error}`, replay });
    return;
  }
  const chain = chainOf(turn, run);
  if (isTooLong(turn, run, chain)) return;
  for (const uri of uris.value) assetUpdated(turn, { run, row, uri, chain });
}

function assetUpdated(
  turn: Turn,
  of: { readonly run: RunRow; readonly row: TaskRow; readonly uri: string; readonly chain: number },
): void {
  const { run, row, uri, chain } = of;
  const { taskId, mapIndex } = row;
  const { dagId, runId, generation } = run;
  const logicalDate = timeTextOrNull(run.logicalDate);
  const said = { uri, dagId, runId, taskId, mapIndex, logicalDate, ...(chain > 0 && { chain }) };
  const payload = JSON.stringify(said);
  const key = `task:${runId}:${taskId}:${mapIndex}:${generation}`;
  wakeAwaiting(turn, { kind: 'asset', namespace: run.namespace, uri }, () => said);
  const listeners = turn.board.triggers.assets(run.namespace, uri);
  tell(turn, run, { listeners, key, payload, what: `${uri} of run ${run.runId}` });
}

interface Inside {
  readonly listeners: readonly Listener[];
  readonly key: string;
  readonly payload: string;
  /** For people. */
  readonly what: string;
}

/**
 * Nobody can refuse what has happened, and an entry of the log has room for so much: the letter
 * says who did not hear of it.
 */
function tell(turn: Turn, { namespace, dagId }: RunRow, of: Inside): void {
  const { listeners, key, payload, what } = of;
  const { at } = turn;
  const heard = listeners.map((listener) => ({ listener, key, payload, at, fromOutside: false }));
  const { unheard } = hear(turn, heard, { turnBytesMax: triggerLimits.turnBytes });
  if (unheard.length === 0) return;
  const names = unheard.slice(0, 10).join(', ') + (unheard.length > 10 ? '…' : '');
  const reason =
    `${what} starts more than one log entry can carry; ${unheard.length} DAGs did not hear of it ` +
    `(${names}): start them by hand, and make params and payloads smaller`;
  deadLetter(turn, { namespace, dagId, kind: 'event', reason, replay: nothing(namespace) });
}

function outcomePayload(run: RunRow, chain: number): string {
  const said = {
    dagId: run.dagId,
    runId: run.runId,
    state: run.status,
    reason: 'reason' in run ? run.reason : null,
    logicalDate: timeTextOrNull(run.logicalDate),
    ...(chain > 0 && { chain }),
  };
  const whole = JSON.stringify({ ...said, params: run.params });
  return utf8Bytes(whole) <= triggerLimits.payloadBytes ? whole : JSON.stringify(said);
}

/**
 * Runs that end in the instant in which they were started by an event could start each other for
 * ever within one turn. So they are counted, in what they tell each other.
 */
function chainOf(turn: Turn, run: RunRow): number {
  const isInstant = run.createdAt === turn.at && run.trigger === 'event';
  return isInstant ? chainIn(run.payload) + 1 : 0;
}

function chainIn(payload: string | undefined): number {
  if (payload === undefined) return 0;
  const parsed = parseJson(payload);
  if (!parsed.ok) return 0;
  const said: readonly Json[] = isJsonList(parsed.value) ? parsed.value : [parsed.value];
  return said.reduce<number>((most, each) => {
    const chain = isJsonObject(each) ? each.chain : 0;
    return typeof chain === 'number' && chain > most ? chain : most;
  }, 0);
}

/** There is nothing to try again: the letter is for people. */
const nothing = (namespace: Namespace) =>
  ({ kind: 'outside-events', namespace, events: [] }) as const;

function isTooLong(turn: Turn, run: RunRow, chain: number): boolean {
  if (chain <= triggerLimits.chain) return false;
  const { namespace, dagId } = run;
  const many = `${triggerLimits.chain} runs have started each other in one instant`;
  const reason = `${many}; ${run.runId} is the last`;
  const replay = nothing(namespace);
  deadLetter(turn, { namespace, dagId, kind: 'event', reason, replay });
  return true;
}

/**
 * Subdag: a task that is a run of another DAG. The child's id is made of its parent, so it starts
 * once whoever leads (law 11); the two rows are facts of one entry. The parent waits without a slot
 * and ends as the child ended.
 */
import { type DagId, type RunId, runId, type WallMs, wallMs } from '../../base/brand.ts';
import { formatDuration } from '../../base/duration.ts';
import { hash32 } from '../../base/random.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { ParamValue } from '../../model/dag.ts';
import { runFact, taskFact } from '../../model/fact.ts';
import type { Json } from '../../model/json.ts';
import { resolveParams } from '../../model/params.ts';
import type { RunRow } from '../../model/run.ts';
import { countCanaryStart, versionFor } from '../choose-version.ts';
import { baseOf, defer, failTask, type Instance, instanceAt, succeed } from '../instance.ts';
import { renderedValue } from '../render-dispatch.ts';
import { hasRetryLeft, retryAt } from '../retry.ts';
import { noRoomForRuns } from '../run-room.ts';
import { scopeOf } from '../scope-of.ts';
import type { Turn } from '../turn.ts';
import type { ActionOf } from './action-of.ts';
import { timeLimit } from './time-limit.ts';

/** Runs that were started by each other, one below the other. */
export const nestingMax = 16;

/** A task waits so long when the cluster has no room for more runs. */
const crowdedDelayMs = 1000;

export function beginSubdag(turn: Turn, instance: Instance, action: ActionOf<'subdag'>): void {
  const { namespace } = instance.live.run;
  if (turn.board.disksFull || noRoomForRuns(turn, namespace) !== undefined) {
    const waitsFor = { kind: 'time', goal: 'start' } as const;
    defer(turn, instance, { waitsFor, until: wallMs(turn.at + crowdedDelayMs) });
    return;
  }
  const child = childOf(turn, instance, action);
  if (!child.ok) {
    failTask(turn, instance, child.error);
    return;
  }
  const { value: run } = child;
  turn.emit(runFact(run));
  countCanaryStart(turn, run);
  if (!action.wait) {
    succeed(turn, instance, { runId: run.runId, dagId: run.dagId });
    return;
  }
  const waitsFor = { kind: 'run', dagId: run.dagId, runId: run.runId } as const;
  defer(turn, instance, { waitsFor, until: timeLimit(turn, instance) });
}

/** The row of the run to start. The error is a sentence. */
function childOf(
  turn: Turn,
  instance: Instance,
  action: ActionOf<'subdag'>,
): Result<RunRow, string> {
  const { run } = instance.live;
  const { namespace, logicalDate, dataInterval } = run;
  const { dagId } = action;
  const nesting = nestingProblem(turn, run, dagId);
  if (nesting !== undefined) return fail(nesting);
  const id = childRunId(instance);
  const isTaken =
    turn.state.run(namespace, id) !== undefined ||
    turn.state.endedLately(namespace, id) !== undefined;
  if (isTaken) return fail(`there is a run ${id} already, which this task has not started`);
  const dag = turn.state.dag(namespace, dagId);
  const version = dag && versionFor(turn.state, dag, id);
  if (dag === undefined || version === undefined) {
    return fail(`there is no DAG ${dagId} in namespace ${namespace}`);
  }
  const rendered = renderedParams(turn, instance, action);
  if (!rendered.ok) return rendered;
  const params = resolveParams(version.spec, rendered.value);
  if (!params.ok) return fail(`DAG ${dagId} does not take its params: ${params.error.detail}`);
  const { taskId, mapIndex } = instance;
  const { generation } = run;
  const depth = depthOf(run) + 1;
  return ok({
    namespace,
    runId: id,
    dagId,
    versionId: version.versionId,
    logicalDate,
    ...(dataInterval !== undefined && { dataInterval }),
    trigger: 'task',
    parent: { runId: run.runId, taskId, mapIndex, generation, waits: action.wait, depth },
    params: params.value,
    priority: version.spec.priority,
    createdAt: turn.at,
    createdBy: `task:${run.runId}/${taskId}`,
    generation: 1,
    status: 'queued',
  });
}

function renderedParams(
  turn: Turn,
  instance: Instance,
  { params }: ActionOf<'subdag'>,
): Result<Readonly<Record<string, ParamValue>>, string> {
  const scope = scopeOf(turn, instance.live, instance);
  const rendered: Record<string, ParamValue> = {};
  for (const [name, value] of Object.entries(params)) {
    const result = renderedValue(value, scope);
    if (!result.ok) return fail(`param ${name} cannot be rendered: ${result.error}`);
    rendered[name] = result.value;
  }
  return ok(rendered);
}

/**
 * A DAG that starts itself, directly or through others, would never end. The runs above that are
 * alive are seen: all of them where each waits for the one below. The depth is counted also where
 * they do not wait: such runs could start each other for ever, within one turn.
 */
function nestingProblem(turn: Turn, run: RunRow, dagId: DagId): string | undefined {
  const names: string[] = [dagId];
  let above: RunRow | undefined = run;
  while (above !== undefined && names.length <= nestingMax) {
    names.unshift(above.dagId);
    if (above.dagId === dagId) return `DAG ${dagId} would start itself: ${names.join(' -> ')}`;
    above = above.parent && turn.state.run(above.namespace, above.parent.runId)?.run;
  }
  if (depthOf(run) < nestingMax) return undefined;
  return `runs start runs at most ${nestingMax} deep: … ${names.join(' -> ')}`;
}

/** How many runs stand above. */
const depthOf = ({ parent }: RunRow): number => (parent === undefined ? 0 : (parent.depth ?? 1));

/**
 * A rerun of the parent and a retry of the task start another child. Ids are at most 250 characters
 * long; where that is too short, hashes tell long names apart.
 */
function childRunId({ live, taskId, mapIndex, row }: Instance): RunId {
  const { runId: parent, generation } = live.run;
  const which = `${mapIndex}-${generation}-${(row?.tries ?? 0) + 1}`;
  const name = `sub-${parent}-${taskId}-${which}`;
  if (name.length <= idLengthMax) return runId(name);
  const hashes = [`${parent}/${taskId}`, `${taskId}/${parent}`].map((of) =>
    hash32(of).toString(36),
  );
  return runId(
    `sub-${parent.slice(0, namesKept)}-${taskId.slice(0, namesKept)}-${hashes.join('')}-${which}`,
  );
}

const idLengthMax = 250;
const namesKept = 90;

/**
 * A run has ended that a task may have started: a task that waits for it ends as it ended. Of an
 * older generation of the parent, or of a task that has gone on without it, nobody waits.
 */
export function childRunEnded(turn: Turn, child: RunRow, output: Json): void {
  const { parent, namespace, runId: id, status } = child;
  if (parent === undefined || !parent.waits) return;
  const instance = instanceAt(turn, { namespace, runId: parent.runId }, parent);
  const row = instance?.row;
  if (instance === undefined || row?.status !== 'deferred') return;
  if (row.waitsFor.kind !== 'run' || row.waitsFor.runId !== id) return;
  if (status === 'success') {
    succeed(turn, instance, output);
    return;
  }
  const why = child.status === 'failed' || child.status === 'cancelled' ? child.reason : status;
  const reason = `its run ${id} ${status === 'failed' ? 'failed' : 'was cancelled'}: ${why}`;
  endWithChild(turn, instance, { reason, mayRetry: status === 'failed' });
}

/** A failed child counts as a try of its task, like a failed attempt. */
function endWithChild(
  turn: Turn,
  instance: Instance,
  { reason, mayRetry }: { readonly reason: string; readonly mayRetry: boolean },
): void {
  const { live, spec, taskId, mapIndex } = instance;
  const base = baseOf(instance);
  const tries = base.tries + 1;
  if (live.run.status === 'cancelling' && spec.role === undefined) {
    turn.emit(taskFact({ ...base, tries, status: 'cancelled', endedAt: turn.at, reason }));
  } else if (mayRetry && hasRetryLeft(spec, tries)) {
    const seed = `${live.run.runId} ${taskId} ${mapIndex} ${tries}`;
    const at: WallMs = retryAt(spec, tries, seed, turn.at);
    turn.emit(taskFact({ ...base, tries, status: 'up_for_retry', retryAt: at, reason }));
  } else {
    turn.emit(taskFact({ ...base, tries, status: 'failed', endedAt: turn.at, reason }));
  }
}

/** The sentence for a child that is stopped because its task has waited long enough. */
export const waitedTooLong = ({ spec, taskId, live }: Instance): string =>
  `task ${taskId} of run ${live.run.runId} waits at most ${formatDuration(spec.timeoutMs ?? 0)}`;

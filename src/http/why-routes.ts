/** Routes of why something does not run. The leader is asked; of runs that ended the ledger. */
import { contract } from '../api/contract.ts';
import { type Problem, problemOf, problemOfRefusal } from '../api/problems.ts';
import type { At, RunDetail } from '../api/service.ts';
import { type Namespace, runId, taskId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { timeText, timeTextOrNull } from '../model/views/time.ts';
import type { EtaView, WhyAnswer, WhyAsked, WhyRunView, WhyView } from '../model/views/why.ts';
import { instanceRows, runView, taskDetailView } from '../model/views.ts';
import { placementOf } from '../scheduler/why/placement.ts';
import { type Door, route, type Success } from './route.ts';
import { runNotFound } from './submit.ts';

/** A forecast takes no longer than this, in milliseconds; then the answer goes without it. */
const etaMsMax = 5_000;

export function whyRoutes(door: Door): void {
  route(door, contract.whyTask, async ({ params, query, namespace, request }) => {
    const { mapIndex = 0, eta = true } = query;
    const told = await ask(door, { kind: 'task', namespace, ...params, mapIndex }, 'task');
    if (!told.ok && told.error.code === 'RUN_NOT_FOUND') {
      return ofEnded(door, { ...params, namespace, mapIndex });
    }
    if (!told.ok) return told;
    const { index, value } = told.value;
    const { why } = value;
    if (why.noEta === null) return ok({ index, value: why });
    const found = eta ? await etaOf(door, why, namespace, request.signal) : unasked;
    return ok({ index, value: { ...why, ...found } });
  });

  route(door, contract.whyRun, async ({ params, namespace }) => {
    const told = await ask(door, { kind: 'run', namespace, ...params }, 'run');
    if (told.ok) return ok({ index: told.value.index, value: told.value.value.why });
    return told.error.code === 'RUN_NOT_FOUND' ? ofEndedRun(door, params.runId, namespace) : told;
  });

  route(door, contract.listQueues, async ({ query }) => {
    const { namespace = null } = query;
    const told = await ask(door, { kind: 'queues', namespace }, 'queues');
    return told.ok ? ok({ index: told.value.index, value: told.value.value.why }) : told;
  });
}

/** An answer of the kind that was asked for. */
async function ask<K extends WhyAnswer['kind']>(
  { service }: Door,
  asked: WhyAsked,
  kind: K,
): Promise<Result<At<Extract<WhyAnswer, { readonly kind: K }>>, Problem>> {
  const told = await service.why(asked);
  if (!told.ok) return fail(problemOfRefusal(told.error));
  const { index, value } = told.value;
  if (isOf(value, kind)) return ok({ index, value });
  return fail(problemOf('INTERNAL', `the leader answered to "${kind}" with "${value.kind}"`));
}

const isOf = <K extends WhyAnswer['kind']>(
  answer: WhyAnswer,
  kind: K,
): answer is Extract<WhyAnswer, { readonly kind: K }> => answer.kind === kind;

const unasked = { eta: null, noEta: 'none was asked for' };

async function etaOf(
  { service }: Door,
  why: WhyView,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<{ readonly eta: EtaView | null; readonly noEta: string | null }> {
  const name = { namespace, runId: runId(why.runId), taskId: taskId(why.taskId) };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(etaMsMax)]);
  const made = await service.forecasts.eta({ ...name, mapIndex: why.mapIndex }, limit);
  if (!made.ok) return { eta: null, noEta: made.error.detail };
  const { startsAt, startsLateAt, span, assumptions } = made.value.value;
  const eta = {
    startsAt: timeTextOrNull(startsAt),
    startsLateAt: timeTextOrNull(startsLateAt),
    until: timeText(span.until),
    assumptions,
  };
  return { eta, noEta: null };
}

async function ofEnded(
  door: Door,
  asked: {
    readonly namespace: Namespace;
    readonly runId: string;
    readonly taskId: string;
    readonly mapIndex: number;
  },
): Promise<Result<Success<WhyView>, Problem>> {
  const { namespace, mapIndex } = asked;
  const { index, value: run } = await door.service.reader.run(namespace, runId(asked.runId));
  if (run === undefined) return runNotFound(asked.runId);
  const id = taskId(asked.taskId);
  const task = taskDetailView(instanceRows(run), id, mapIndex);
  if (task === undefined) {
    const detail = `run ${asked.runId} has no instance ${mapIndex} of task "${asked.taskId}"`;
    return fail(problemOf('TASK_NOT_FOUND', detail));
  }
  const row = run.tasks.find((each) => each.taskId === id && each.mapIndex === mapIndex);
  const reason = task.reason === null ? '' : `: ${task.reason}`;
  const value: WhyView = {
    ...{ ...asked, dagId: run.run.dagId, state: task.state, gates: [] },
    summary: `it has ended: ${task.state}${reason}; ${endText(run)}`,
    placement: placementOf(row),
    ...{ eta: null, noEta: null, at: endOf(run) },
  };
  return ok({ index, value });
}

async function ofEndedRun(
  { service }: Door,
  id: string,
  namespace: Namespace,
): Promise<Result<Success<WhyRunView>, Problem>> {
  const { index, value: run } = await service.reader.run(namespace, runId(id));
  if (run === undefined) return runNotFound(id);
  const { dagId, status: state } = run.run;
  const counts = { running: 0, waiting: 0, groups: [], leftOut: 0 };
  const summary = endText(run);
  return ok({
    index,
    value: { ...{ namespace, runId: id, dagId, state, summary }, ...counts, at: endOf(run) },
  });
}

function endText({ run }: RunDetail): string {
  const { state, reason } = runView(run);
  return `the run has ended: ${state}${reason === null ? '' : `: ${reason}`}`;
}

const endOf = ({ run }: RunDetail): string => runView(run).endedAt ?? timeText(run.createdAt);

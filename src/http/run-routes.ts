/** Routes of runs: start, read, cancel, rerun, task instances, history. */
import { contract } from '../api/contract.ts';
import { pageSizeDefault } from '../api/contract-kit.ts';
import { problemOf } from '../api/problems.ts';
import { dagId, runId, taskId, wallMs } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import {
  eventView,
  instanceRows,
  instanceSteps,
  runDetailSteps,
  runView,
  taskDetailView,
  taskView,
} from '../model/views.ts';
import { inSteps } from './in-steps.ts';
import { placeOf } from './place.ts';
import { type Door, route } from './route.ts';
import { acknowledge, runNotFound, submit, unexpectedReply } from './submit.ts';

export function runRoutes(door: Door): void {
  startRoute(door);
  changeRoutes(door);
  readRoutes(door);
  taskRoutes(door);
  historyRoute(door);
}

function startRoute(door: Door): void {
  route(door, contract.startRun, async (call) => {
    const { body } = call;
    const done = await submit(door, call, {
      kind: 'start-run',
      namespace: call.namespace,
      dagId: dagId(call.params.dagId),
      runId: body.runId === undefined || body.runId === null ? null : runId(body.runId),
      logicalDate: typeof body.logicalDate === 'number' ? wallMs(body.logicalDate) : null,
      params: body.params ?? {},
      priority: body.priority ?? null,
    });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'run-started') return unexpectedReply(reply);
    return ok({ index, value: { runId: reply.runId, index } });
  });
}

function changeRoutes(door: Door): void {
  route(door, contract.cancelRun, (call) => {
    const named = { runId: runId(call.params.runId) };
    const { namespace } = call;
    return acknowledge(door, call, { kind: 'cancel-run', namespace, ...named }, named);
  });

  route(door, contract.rerun, async (call) => {
    const { body } = call;
    const id = runId(call.params.runId);
    const done = await submit(door, call, {
      kind: 'rerun',
      namespace: call.namespace,
      runId: id,
      tasks: body.tasks?.map(taskId) ?? null,
      downstream: body.downstream ?? false,
      failedOnly: body.failedOnly ?? false,
    });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'run-restarted') return unexpectedReply(reply);
    return ok({ index, value: { runId: id, tasks: reply.tasks, index } });
  });
}

function readRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listRuns, async ({ namespace, query }) => {
    const { index, value } = await reader.runs({
      namespace,
      dagId: query.dag === undefined ? null : dagId(query.dag),
      statuses: query.state ?? null,
      since: query.since === undefined ? null : wallMs(query.since),
      limit: query.limit ?? pageSizeDefault,
      cursor: query.cursor ?? null,
    });
    return ok({ index, value: { items: value.items.map(runView), cursor: value.cursor } });
  });

  route(door, contract.getRun, async ({ namespace, params }) => {
    const { index, value } = await reader.run(namespace, runId(params.runId));
    if (value === undefined) return runNotFound(params.runId);
    return ok({ index, value: await inSteps(runDetailSteps(value)) });
  });
}

function taskRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listTasks, async ({ namespace, params, query }) => {
    const from = placeOf(query);
    if (!from.ok) return from;
    const { index, value } = await reader.run(namespace, runId(params.runId));
    if (value === undefined) return runNotFound(params.runId);
    const all = await inSteps(instanceSteps(instanceRows(value)));
    const found = all
      .filter(({ taskId: id }) => query.task === undefined || id === query.task)
      .filter(({ state }) => query.state === undefined || query.state.includes(state));
    const to = from.value + (query.limit ?? pageSizeDefault);
    const items = found.slice(from.value, to).map(taskView);
    return ok({ index, value: { items, cursor: to < found.length ? String(to) : null } });
  });

  route(door, contract.getTask, async ({ namespace, params, query }) => {
    const { index, value } = await reader.run(namespace, runId(params.runId));
    if (value === undefined) return runNotFound(params.runId);
    const { mapIndex = 0 } = query;
    const view = taskDetailView(instanceRows(value), taskId(params.taskId), mapIndex);
    if (view !== undefined) return ok({ index, value: view });
    const name = mapIndex === 0 ? params.taskId : `${params.taskId}[${mapIndex}]`;
    return fail(problemOf('TASK_NOT_FOUND', `run ${params.runId} has no task "${name}"`));
  });
}

function historyRoute(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listRunEvents, async ({ namespace, params, query }) => {
    const id = runId(params.runId);
    const after = placeOf(query);
    if (!after.ok) return after;
    const run = await reader.run(namespace, id);
    if (run.value === undefined) return runNotFound(params.runId);
    const page = { after: after.value, limit: query.limit ?? pageSizeDefault };
    const { index, value } = await reader.runEvents(namespace, id, page);
    return ok({ index, value: { items: value.items.map(eventView), cursor: value.cursor } });
  });
}

/** Routes of what people do to runs under way: mark, pause, edit, compensate, approve. */
import { contract } from '../api/contract.ts';
import { codeOfFindings } from '../api/dag-file.ts';
import { type Problem, problemOfFindings } from '../api/problems.ts';
import { type Namespace, runId, taskId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { OperatorCommand } from '../model/command.ts';
import { type ApprovalView, approvalViews } from '../model/views/approval.ts';
import { pageOf } from './pages.ts';
import { type Door, route } from './route.ts';
import { acknowledge, runNotFound, submit, unexpectedReply } from './submit.ts';

export function operatorRoutes(door: Door): void {
  markRoute(door);
  pauseRoutes(door);
  editRoute(door);
  compensateRoute(door);
  approvalRoutes(door);
}

function markRoute(door: Door): void {
  route(door, contract.markTasks, async (call) => {
    const { body } = call;
    const id = runId(call.params.runId);
    const done = await submit(door, call, {
      kind: 'mark-tasks',
      namespace: call.namespace,
      runId: id,
      tasks: body.tasks.map(taskId),
      mapIndex: body.mapIndex ?? null,
      as: body.as,
      note: body.note ?? '',
      force: body.force ?? false,
    });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'tasks-marked') return unexpectedReply(reply);
    return ok({ index, value: { runId: id, tasks: reply.tasks, index } });
  });
}

function pauseRoutes(door: Door): void {
  for (const [endpoint, paused] of [
    [contract.pauseRun, true],
    [contract.resumeRun, false],
  ] as const) {
    route(door, endpoint, (call) => {
      const named = { runId: runId(call.params.runId), paused };
      const { namespace } = call;
      return acknowledge(door, call, { kind: 'pause-run', namespace, ...named }, named);
    });
  }
}

function editRoute(door: Door): void {
  const { reader } = door.service;
  route(door, contract.editRun, async (call) => {
    const { body, namespace } = call;
    const id = runId(call.params.runId);
    const found = await reader.run(namespace, id);
    if (found.value === undefined) return runNotFound(call.params.runId);
    const { dagId } = found.value.run;
    const version = await definitionOf(door, body.definition ?? null, { dagId, namespace });
    if (!version.ok) return version;
    const command = {
      kind: 'edit-run',
      namespace,
      runId: id,
      params: body.params ?? null,
      version: version.value,
      note: body.note ?? '',
    } as const;
    const versionId = version.value?.versionId ?? null;
    return acknowledge(door, call, command, { runId: id, versionId });
  });
}

type Version = Extract<OperatorCommand, { readonly kind: 'edit-run' }>['version'];

/** A definition that came as JSON within a body, checked as a file would be. */
export async function definitionOf(
  door: Door,
  definition: object | null,
  dag: { readonly dagId: string; readonly namespace: Namespace },
): Promise<Result<Version, Problem>> {
  if (definition === null) return ok(null);
  const checked = await door.readDag({
    text: JSON.stringify(definition),
    format: 'json',
    id: dag.dagId,
    namespace: dag.namespace,
    limits: null,
  });
  if (!checked.ok) {
    // Places of the text that was made here would say nothing to whoever sent the body.
    const findings = checked.error.map((each) => ({ ...each, line: null, column: null }));
    return fail(problemOfFindings(codeOfFindings(findings), findings));
  }
  const { versionId, spec } = checked.value;
  return ok({ versionId, spec });
}

function compensateRoute(door: Door): void {
  route(door, contract.compensateRun, async (call) => {
    const id = runId(call.params.runId);
    const { namespace } = call;
    const done = await submit(door, call, { kind: 'compensate-run', namespace, runId: id });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'run-compensating') return unexpectedReply(reply);
    return ok({ index, value: { runId: id, tasks: reply.tasks, index } });
  });
}

function approvalRoutes(door: Door): void {
  const { reader } = door.service;
  for (const [endpoint, approved] of [
    [contract.approve, true],
    [contract.reject, false],
  ] as const) {
    route(door, endpoint, async (call) => {
      const { body, params } = call;
      const done = await submit(door, call, {
        kind: 'decide-approval',
        namespace: call.namespace,
        runId: runId(params.runId),
        taskId: taskId(params.taskId),
        mapIndex: body.mapIndex ?? 0,
        approved,
        values: body.values ?? {},
        note: body.note ?? '',
      });
      if (!done.ok) return done;
      const { reply, index } = done.value;
      if (reply.kind !== 'approval-decided') return unexpectedReply(reply);
      return ok({ index, value: { approved: reply.approved, index } });
    });
  }
  route(door, contract.listApprovals, async ({ namespace, query }) => {
    const { index, value } = await reader.look((state) => approvalViews(state, namespace));
    const key = ({ since, runId, taskId, mapIndex }: ApprovalView): string =>
      `${since} ${runId} ${taskId} ${mapIndex}`;
    return ok({ index, value: pageOf(value, { key }, query) });
  });
}

/** Endpoints of what people do to runs under way: mark, pause, edit, compensate, approve. */
import { z } from 'zod';
import {
  bareEndpoint,
  endpoint,
  jsonBody,
  jsonValue,
  lists,
  noParams,
  paramValues,
  runParams,
  taskParams,
  writes,
} from './contract-kit.ts';
import { page } from './contract-replies.ts';
import { idText, strict } from './schema-kit.ts';

const note = z.string().max(1_000).optional();
const mapIndex = z.int().min(0).max(10_000);

const markBody = strict({
  tasks: z.array(idText('a task id')).min(1).max(20_000),
  mapIndex: mapIndex
    .nullable()
    .optional()
    .meta({ description: 'One instance of a mapped task; null: all of them.' }),
  as: z.enum(['success', 'failed', 'skipped']),
  note,
  force: z.boolean().optional().meta({ description: 'Stop what is under way first.' }),
});

const editBody = strict({
  params: paramValues.nullable().optional(),
  definition: z
    .record(z.string(), z.unknown())
    .nullable()
    .optional()
    .meta({ description: 'A DAG definition for what has not started.' }),
  note,
});

const decisionBody = strict({
  mapIndex: mapIndex.optional(),
  values: paramValues.optional().meta({ description: 'What the form asks for.' }),
  note,
});

/** The part of a field that clients read by name; the reply carries all of it. */
const formField = z.object({
  type: z.string(),
  default: jsonValue,
  enum: z.array(jsonValue).readonly().nullable(),
});

const approvalReply = z.object({
  runId: z.string(),
  dagId: z.string(),
  taskId: z.string(),
  mapIndex: z.number(),
  message: z.string(),
  fields: z.record(z.string(), formField),
  since: z.string(),
  until: z.string().nullable(),
});

const tasksReply = z.object({
  runId: z.string(),
  tasks: z.array(z.string()).readonly(),
  index: z.number(),
});

const pausing = (verb: 'pause' | 'resume', summary: string) =>
  bareEndpoint('POST', {
    path: `/api/v1/runs/{runId}/${verb}`,
    summary,
    params: runParams,
    query: writes({}),
    reply: z.object({ runId: z.string(), paused: z.boolean(), index: z.number() }),
    refusals: ['RUN_NOT_FOUND', 'RUN_ENDED'],
  });

const decision = (verb: 'approve' | 'reject', summary: string) =>
  endpoint({
    method: 'POST',
    path: `/api/v1/runs/{runId}/tasks/{taskId}/${verb}`,
    summary,
    params: taskParams,
    query: writes({}),
    ...jsonBody(decisionBody),
    statuses: [200],
    reply: z.object({ approved: z.boolean(), index: z.number() }),
    refusals: [
      'RUN_NOT_FOUND',
      'RUN_ENDED',
      'TASK_NOT_FOUND',
      'APPROVAL_NOT_OPEN',
      'PARAM_INVALID',
    ],
  });

export const operatorEndpoints = {
  markTasks: endpoint({
    method: 'POST',
    path: '/api/v1/runs/{runId}/mark',
    summary: 'End task instances by hand, in a run that is alive or has ended.',
    params: runParams,
    query: writes({}),
    ...jsonBody(markBody),
    statuses: [200],
    reply: tasksReply,
    refusals: ['RUN_NOT_FOUND', 'RUN_ACTIVE', 'TASK_NOT_FOUND', 'TASK_ACTIVE'],
  }),
  pauseRun: pausing('pause', 'Nothing of the run begins any more; what is under way goes on.'),
  resumeRun: pausing('resume', 'Let a paused run go on.'),
  editRun: endpoint({
    method: 'POST',
    path: '/api/v1/runs/{runId}/edit',
    summary: 'Give a living run other params, or another definition for what has not started.',
    params: runParams,
    query: writes({}),
    ...jsonBody(editBody),
    statuses: [200],
    reply: z.object({ runId: z.string(), versionId: z.string().nullable(), index: z.number() }),
    refusals: [
      'RUN_NOT_FOUND',
      'RUN_ENDED',
      'EDIT_REFUSED',
      'PARAM_INVALID',
      'DAG_INVALID',
      'DAG_CYCLE',
      'LIMIT_REACHED',
    ],
  }),
  compensateRun: bareEndpoint('POST', {
    path: '/api/v1/runs/{runId}/compensate',
    summary: 'Undo what succeeded in an ended run, newest success first.',
    params: runParams,
    query: writes({}),
    reply: tasksReply,
    refusals: ['RUN_NOT_FOUND', 'RUN_ACTIVE', 'NOTHING_TO_COMPENSATE'],
  }),
  approve: decision('approve', 'Say yes to a task that waits for a person.'),
  reject: decision('reject', 'Say no to a task that waits for a person.'),
  listApprovals: bareEndpoint('GET', {
    path: '/api/v1/approvals',
    summary: 'What waits for a person, the oldest first.',
    params: noParams,
    query: lists({}),
    reply: page(approvalReply),
    refusals: [],
  }),
};

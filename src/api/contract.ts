/**
 * Every endpoint, once. The server's routes, the client of the command line and the OpenAPI
 * document derive from this table; `docs/guide` and the tests walk over it.
 */
import { z } from 'zod';
import { taskStates } from '../model/views.ts';
import { artifactEndpoints } from './contract-artifacts.ts';
import { backfillEndpoints } from './contract-backfills.ts';
import { clusterEndpoints } from './contract-cluster.ts';
import { connectionEndpoints } from './contract-connections.ts';
import { eventEndpoints } from './contract-events.ts';
import { followEndpoints, tableList } from './contract-follow.ts';
import { forecastEndpoints } from './contract-forecast.ts';
import { givenEndpoints } from './contract-given.ts';
import { gridEndpoints } from './contract-grid.ts';
import { hintEndpoints } from './contract-hints.ts';
import { holderEndpoints } from './contract-holders.ts';
import {
  attemptParams,
  bareEndpoint,
  dagFileBody,
  dagFilter,
  dagParams,
  endpoint,
  flag,
  instantText,
  jsonBody,
  logPosition,
  mapIndex,
  noBody,
  noParams,
  paging,
  paramValues,
  plain,
  reads,
  runPaging,
  runParams,
  taskParams,
  textEndpoint,
  writes,
} from './contract-kit.ts';
import { logEndpoints } from './contract-logs.ts';
import { nodeEndpoints } from './contract-nodes.ts';
import { objectContract } from './contract-objects.ts';
import { operatorEndpoints } from './contract-operators.ts';
import {
  appliedReply,
  dagDetailReply,
  dagReply,
  eventReply,
  page,
  runDetailReply,
  runReply,
  runStates,
  taskDetailReply,
  taskReply,
  versionReply,
} from './contract-replies.ts';
import { scalingEndpoints } from './contract-scaling.ts';
import { scheduleEndpoints } from './contract-schedules.ts';
import { sharingEndpoints } from './contract-sharing.ts';
import { versionEndpoints } from './contract-versions.ts';
import { whyEndpoints } from './contract-why.ts';
import { idText, strict } from './schema-kit.ts';

const startRunBody = strict({
  params: paramValues.optional(),
  logicalDate: z.string().pipe(instantText).nullable().optional(),
  runId: idText('a run id').nullable().optional(),
  priority: z.int().min(-1000).max(1000).nullable().optional(),
});

const rerunBody = strict({
  tasks: z.array(idText('a task id')).max(20_000).nullable().optional(),
  downstream: z.boolean().optional(),
  failedOnly: z.boolean().optional(),
});

const pausing = (verb: 'pause' | 'unpause', summary: string) =>
  bareEndpoint('POST', {
    path: `/api/v1/dags/{dagId}/${verb}`,
    summary,
    params: dagParams,
    query: writes({}),
    reply: z.object({ dagId: z.string(), paused: z.boolean(), index: z.number() }),
    refusals: ['DAG_NOT_FOUND'],
  });

/** `state=running,queued`. */
const wordList = <T extends string>(known: readonly T[]) =>
  z.string().transform((text, context) => {
    const wanted = text.split(',');
    const unknown = wanted.find((word) => !known.some((each) => each === word));
    if (unknown === undefined) return known.filter((word) => wanted.includes(word));
    const message = `"${unknown}" is not one of ${known.join(', ')}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const dagEndpoints = {
  applyDag: endpoint({
    method: 'PUT',
    path: '/api/v1/dags/{dagId}',
    summary: 'Apply a definition: 201 when the DAG is new, 200 when it changed or was the same.',
    params: dagParams,
    query: writes({ dryRun: flag.optional() }),
    ...dagFileBody,
    statuses: [200, 201],
    reply: appliedReply,
    refusals: ['DAG_INVALID', 'DAG_CYCLE', 'DAG_UNSUPPORTED', 'LIMIT_REACHED', 'QUOTA_EXCEEDED'],
  }),
  listDags: bareEndpoint('GET', {
    path: '/api/v1/dags',
    summary: 'The DAGs of a namespace, by id.',
    params: noParams,
    query: reads(paging),
    reply: page(dagReply),
    refusals: [],
  }),
  getDag: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}',
    summary: 'One DAG and the content of its current version, or of `?version=`.',
    params: dagParams,
    query: reads({ version: z.string().max(64).optional() }),
    reply: dagDetailReply,
    refusals: ['DAG_NOT_FOUND', 'VERSION_NOT_FOUND'],
  }),
  listVersions: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}/versions',
    summary: 'The versions of a DAG that are remembered, newest first; all unless `limit` is said.',
    params: dagParams,
    query: reads(paging),
    reply: page(versionReply),
    refusals: ['DAG_NOT_FOUND'],
  }),
  deleteDag: bareEndpoint('DELETE', {
    path: '/api/v1/dags/{dagId}',
    summary: 'Remove a DAG that has no active runs; what has run stays in the history.',
    params: dagParams,
    query: writes({}),
    reply: z.object({ dagId: z.string(), index: z.number() }),
    refusals: ['DAG_NOT_FOUND', 'RUN_ACTIVE'],
  }),
  pauseDag: pausing('pause', 'Stop its schedules; runs that are active go on.'),
  unpauseDag: pausing('unpause', 'Let its schedules fire again.'),
};

const runEndpoints = {
  startRun: endpoint({
    method: 'POST',
    path: '/api/v1/dags/{dagId}/runs',
    summary: 'Start a run.',
    params: dagParams,
    query: writes({}),
    ...jsonBody(startRunBody),
    statuses: [201],
    reply: z.object({ runId: z.string(), index: z.number() }),
    refusals: ['DAG_NOT_FOUND', 'RUN_EXISTS', 'PARAM_INVALID', 'LIMIT_REACHED', 'QUOTA_EXCEEDED'],
  }),
  listRuns: bareEndpoint('GET', {
    path: '/api/v1/runs',
    summary: 'Runs of a namespace, newest first.',
    params: noParams,
    query: reads({
      ...dagFilter,
      state: wordList(runStates).optional(),
      since: instantText.optional(),
      ...runPaging,
    }),
    reply: page(runReply),
    refusals: [],
  }),
  getRun: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}',
    summary: 'One run and its task instances.',
    params: runParams,
    query: reads({}),
    reply: runDetailReply,
    refusals: ['RUN_NOT_FOUND'],
  }),
  cancelRun: bareEndpoint('POST', {
    path: '/api/v1/runs/{runId}/cancel',
    summary: 'Cancel a run: nothing starts any more, and its processes are stopped.',
    params: runParams,
    query: writes({}),
    reply: z.object({ runId: z.string(), index: z.number() }),
    refusals: ['RUN_NOT_FOUND', 'RUN_ENDED'],
  }),
  rerun: endpoint({
    method: 'POST',
    path: '/api/v1/runs/{runId}/rerun',
    summary: 'Run tasks of an ended run again.',
    params: runParams,
    query: writes({}),
    ...jsonBody(rerunBody),
    statuses: [200],
    reply: z.object({
      runId: z.string(),
      tasks: z.array(z.string()).readonly(),
      index: z.number(),
    }),
    refusals: ['RUN_NOT_FOUND', 'RUN_ACTIVE', 'TASK_NOT_FOUND', 'NOTHING_TO_RERUN'],
  }),
  listTasks: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}/tasks',
    summary: 'The task instances of a run, those of maps one by one, in the order of the file.',
    params: runParams,
    query: reads({
      task: z.string().max(250).optional(),
      state: wordList(taskStates).optional(),
      ...paging,
    }),
    reply: page(taskReply),
    refusals: ['RUN_NOT_FOUND'],
  }),
  getTask: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}/tasks/{taskId}',
    summary: 'One task instance: its attempts and its output. `?mapIndex=`: that of an item.',
    params: taskParams,
    query: reads({ mapIndex: mapIndex.optional() }),
    reply: taskDetailReply,
    refusals: ['RUN_NOT_FOUND', 'TASK_NOT_FOUND'],
  }),
  getLog: textEndpoint('text/plain', {
    method: 'GET',
    path: '/api/v1/runs/{runId}/tasks/{taskId}/attempts/{attempt}/log',
    summary: 'What an attempt wrote; `latest` is its newest attempt. `?follow=true` streams.',
    params: attemptParams,
    query: reads({
      mapIndex: mapIndex.optional(),
      stream: z.enum(['stdout', 'stderr']).optional(),
      follow: flag.optional(),
      offset: logPosition.optional().meta({ description: 'Skip so many bytes.' }),
    }),
    ...noBody,
    statuses: [200],
    refusals: [
      'RUN_NOT_FOUND',
      'TASK_NOT_FOUND',
      'ATTEMPT_NOT_FOUND',
      'LOG_NOT_FOUND',
      'TOO_MANY_STREAMS',
    ],
  }),
  listRunEvents: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}/events',
    summary: 'The history of a run: every fact with its log index and time, oldest first.',
    params: runParams,
    query: reads(paging),
    reply: page(eventReply),
    refusals: ['RUN_NOT_FOUND'],
  }),
};

const streamEndpoints = {
  streamEvents: textEndpoint('text/event-stream', {
    method: 'GET',
    path: '/api/v1/events',
    summary:
      'Committed facts as they come (server-sent events). The id of an event is its log index; ' +
      'a client that returns with Last-Event-ID (or ?after=) misses nothing, as long as the log ' +
      'reaches back to there.',
    params: noParams,
    query: reads({
      after: logPosition.optional(),
      run: z.string().max(250).optional().meta({ description: 'Only facts of this run.' }),
      tables: tableList.optional().meta({ description: 'Only facts of these tables.' }),
    }),
    ...noBody,
    statuses: [200],
    refusals: ['TOO_MANY_STREAMS', 'EVENTS_GONE'],
  }),
};

const health = z.object({
  status: z.string(),
  node: z.string(),
  role: z.string(),
  leader: z.string().nullable(),
  applied: z.number(),
});

const serviceEndpoints = {
  live: bareEndpoint('GET', {
    path: '/healthz',
    summary: 'The process lives.',
    params: noParams,
    query: plain({}),
    reply: z.object({ status: z.literal('live') }),
    refusals: [],
  }),
  ready: bareEndpoint('GET', {
    path: '/readyz',
    summary: 'The node has caught up and knows a leader.',
    params: noParams,
    query: plain({}),
    reply: z.object({ status: z.literal('ready') }),
    refusals: ['NOT_READY'],
  }),
  health: endpoint({
    method: 'GET',
    path: '/health',
    summary: 'Readiness with its reasons.',
    params: noParams,
    query: plain({}),
    ...noBody,
    statuses: [200, 503],
    reply: health,
    refusals: [],
  }),
  metrics: textEndpoint('text/plain', {
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus metrics.',
    params: noParams,
    query: plain({}),
    ...noBody,
    statuses: [200],
    refusals: [],
  }),
  openapi: bareEndpoint('GET', {
    path: '/api/v1/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document.',
    params: noParams,
    query: plain({}),
    reply: z.record(z.string(), z.unknown()),
    refusals: [],
  }),
};

export const contract = {
  ...dagEndpoints,
  ...runEndpoints,
  ...streamEndpoints,
  ...objectContract,
  ...connectionEndpoints,
  ...operatorEndpoints,
  ...backfillEndpoints,
  ...versionEndpoints,
  ...eventEndpoints,
  ...scheduleEndpoints,
  ...forecastEndpoints,
  ...hintEndpoints,
  ...gridEndpoints,
  ...followEndpoints,
  ...clusterEndpoints,
  ...nodeEndpoints,
  ...sharingEndpoints,
  ...scalingEndpoints,
  ...whyEndpoints,
  ...holderEndpoints,
  ...logEndpoints,
  ...artifactEndpoints,
  ...givenEndpoints,
  ...serviceEndpoints,
};

/** Endpoints of artifacts: what the tasks of a run have left. */
import { z } from 'zod';
import {
  bareEndpoint,
  count,
  mapIndex,
  noBody,
  reads,
  taskParams,
  textEndpoint,
} from './contract-kit.ts';
import { artifactReply } from './contract-replies.ts';

const whose = {
  mapIndex: mapIndex.optional(),
  attempt: count(1_000_000)
    .optional()
    .meta({ description: 'Of this attempt; unless said, of its last success.' }),
};

export const artifactEndpoints = {
  listArtifacts: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}/tasks/{taskId}/artifacts',
    summary: 'What a task has left: of its last success.',
    params: taskParams,
    query: reads(whose),
    reply: z.object({ attempt: z.number(), items: z.array(artifactReply).readonly() }),
    refusals: ['RUN_NOT_FOUND', 'TASK_NOT_FOUND', 'ATTEMPT_NOT_FOUND'],
  }),
  getArtifact: textEndpoint('application/octet-stream', {
    method: 'GET',
    path: '/api/v1/runs/{runId}/tasks/{taskId}/artifacts/{name}',
    summary: 'The bytes of an artifact; of a folder, as tar. `ETag` is their SHA-256.',
    params: taskParams.extend({ name: z.string().max(250) }),
    query: reads(whose),
    ...noBody,
    statuses: [200],
    refusals: [
      'RUN_NOT_FOUND',
      'TASK_NOT_FOUND',
      'ATTEMPT_NOT_FOUND',
      'ARTIFACT_NOT_FOUND',
      'ARTIFACT_UNAVAILABLE',
      'TOO_MANY_STREAMS',
    ],
  }),
};

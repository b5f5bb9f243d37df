/** Routes of artifacts: what a task has left, and the bytes of it from whichever node has them. */
import { createHash } from 'node:crypto';
import { contract } from '../api/contract.ts';
import { type Problem, problemOf } from '../api/problems.ts';
import { runId, taskId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Artifact } from '../model/artifact.ts';
import type { EndedAttempt } from '../model/attempt.ts';
import { artifactView, instanceRows, type RunRows, taskDetailView } from '../model/views.ts';
import { cutWhenStalled } from './cut-when-stalled.ts';
import { problemReply, replyHeaders } from './reply.ts';
import { type Door, rawRoute, route } from './route.ts';
import type { Streams } from './streams.ts';
import { runNotFound } from './submit.ts';

interface Asked {
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly attempt: number | undefined;
}

export function artifactRoutes(door: Door, streams: Streams): void {
  const { service } = door;
  route(door, contract.listArtifacts, async ({ params, query, namespace }) => {
    const { index, value } = await service.reader.run(namespace, runId(params.runId));
    const { mapIndex = 0, attempt } = query;
    const found = findAttempt(value, { ...params, mapIndex, attempt });
    if (!found.ok) return found;
    const { number, artifacts = [] } = found.value;
    return ok({ index, value: { attempt: number, items: artifacts.map(artifactView) } });
  });

  rawRoute(door, contract.getArtifact, async ({ params, query, namespace, request }) => {
    const { index, value } = await service.reader.run(namespace, runId(params.runId));
    const { mapIndex = 0, attempt } = query;
    const found = findAttempt(value, { ...params, mapIndex, attempt });
    if (!found.ok) return problemReply(found.error, index);
    const artifact = found.value.artifacts?.find(({ name }) => name === params.name);
    if (artifact === undefined) {
      const detail = `task ${params.taskId} has left no artifact "${params.name}"`;
      return problemReply(problemOf('ARTIFACT_NOT_FOUND', detail), index);
    }
    const headers = { ...replyHeaders(index, mediaOf(artifact)), ...aboutIt(artifact) };
    if (request.method === 'HEAD') return new Response(null, { headers });
    let isOpen = true;
    const place = streams.enter(() => {
      isOpen = false;
    });
    if (place === undefined) {
      const detail = `this node serves ${door.limits.streamsMax} streams already`;
      return problemReply(problemOf('TOO_MANY_STREAMS', detail), index);
    }
    const run = { namespace, runId: runId(params.runId) };
    const source = await service.openArtifact(run, artifact).catch((error: unknown) => {
      place.leave();
      throw error;
    });
    if (source === null) {
      place.leave();
      const where = `was on ${artifact.nodes.join(' and ')}, and none of them gives it`;
      const detail = `artifact "${artifact.name}" ${where}`;
      return problemReply(problemOf('ARTIFACT_UNAVAILABLE', detail), index);
    }
    const body = checked(source, artifact, { isOpen: () => isOpen, done: place.leave });
    return new Response(cutWhenStalled(body, door.limits.stalledMs), { headers });
  });
}

/** The bytes; a stream that turns out to be of something else breaks off before its last piece. */
function checked(
  source: AsyncIterable<Uint8Array>,
  { sha256, bytes }: Artifact,
  { isOpen, done }: { readonly isOpen: () => boolean; readonly done: () => void },
): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let given = 0;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const next = isOpen() ? await iterator.next() : undefined;
        if (next === undefined) throw new Error('the node stops');
        if (next.done === true) {
          done();
          controller.close();
          return;
        }
        given += next.value.length;
        hash.update(next.value);
        if (given >= bytes && hash.copy().digest('hex') !== sha256) {
          throw new Error('the artifact is damaged');
        }
        controller.enqueue(next.value);
      } catch (error) {
        done();
        controller.error(error);
      }
    },
    cancel: async () => {
      done();
      await iterator.return?.();
    },
  });
}

const mediaOf = ({ kind }: Artifact): string =>
  kind === 'folder' ? 'application/x-tar' : 'application/octet-stream';

/** Names of artifacts need no quoting. */
const aboutIt = ({ name, kind, bytes, sha256 }: Artifact): Record<string, string> => ({
  'content-length': String(bytes),
  'content-disposition': `attachment; filename="${name}${kind === 'folder' ? '.tar' : ''}"`,
  etag: `"${sha256}"`,
  'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  'x-skein-artifact': kind,
});

function findAttempt(run: RunRows | undefined, asked: Asked): Result<EndedAttempt, Problem> {
  if (run === undefined) return runNotFound(asked.runId);
  const { mapIndex, attempt } = asked;
  const row = run.tasks.find((each) => each.taskId === asked.taskId && each.mapIndex === mapIndex);
  const isThere = row ?? taskDetailView(instanceRows(run), taskId(asked.taskId), mapIndex);
  const name = mapIndex === 0 ? asked.taskId : `${asked.taskId}[${mapIndex}]`;
  if (isThere === undefined) {
    return fail(problemOf('TASK_NOT_FOUND', `run ${asked.runId} has no task "${name}"`));
  }
  const ended =
    attempt === undefined
      ? row?.attempts.findLast(({ outcome }) => outcome === 'success')
      : row?.attempts.find(({ number }) => number === attempt);
  if (ended !== undefined) return ok(ended);
  const which = attempt === undefined ? 'no attempt that succeeded' : `no ended attempt ${attempt}`;
  return fail(problemOf('ATTEMPT_NOT_FOUND', `task ${name} has ${which}`));
}

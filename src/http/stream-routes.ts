/** Routes that stream: committed facts, and logs of attempts. */
import { contract } from '../api/contract.ts';
import { problemOf } from '../api/problems.ts';
import type { LogChunk } from '../api/service.ts';
import { logIndex, runId, taskId } from '../base/brand.ts';
import { eventStream } from './event-stream.ts';
import { findAttempt } from './find-attempt.ts';
import { followedLog, logSoFar } from './log-stream.ts';
import { problemReply, replyHeaders } from './reply.ts';
import { type Door, rawRoute } from './route.ts';
import type { Streams } from './streams.ts';

export function streamRoutes(door: Door, streams: Streams): void {
  eventRoute(door, streams);
  logRoute(door, streams);
}

function eventRoute(door: Door, streams: Streams): void {
  const { service, limits } = door;
  rawRoute(door, contract.streamEvents, async ({ query, namespace, request }) => {
    const applied = service.reader.appliedIndex();
    const lastSeen = request.headers.get('last-event-id');
    if (lastSeen !== null && !/^\d{1,15}$/.test(lastSeen)) {
      return problemReply(problemOf('QUERY_INVALID', 'Last-Event-ID is a log index'), applied);
    }
    // What the client itself has seen last is newer than the address that it began with.
    const after = lastSeen === null ? (query.after ?? applied) : Number(lastSeen);
    const first = service.reader.firstIndex();
    if (after + 1 < first) {
      const detail = `the log begins at index ${first}, and ${after} was asked for`;
      return problemReply(problemOf('EVENTS_GONE', detail), applied);
    }
    const headers = replyHeaders(applied, 'text/event-stream');
    if (request.method === 'HEAD') return new Response(null, { headers });
    const run = query.run === undefined ? null : { namespace, runId: query.run };
    const tables = query.tables ?? null;
    const body = eventStream({ service, streams, limits, after: logIndex(after), run, tables });
    return body === undefined ? tooManyStreams(door) : new Response(body, { headers });
  });
}

const tooManyStreams = (door: Door): Response => {
  const detail = `this node serves ${door.limits.streamsMax} streams already`;
  return problemReply(problemOf('TOO_MANY_STREAMS', detail), door.service.reader.appliedIndex());
};

function logRoute(door: Door, streams: Streams): void {
  const { service, limits } = door;
  rawRoute(door, contract.getLog, async ({ params, query, namespace, request }) => {
    const { index, value } = await service.reader.run(namespace, runId(params.runId));
    const { mapIndex = 0 } = query;
    const found = findAttempt(value, { ...params, mapIndex });
    if (!found.ok) return problemReply(found.error, index);
    const attempt = found.value;
    const headers = replyHeaders(index, 'text/plain; charset=utf-8');
    const writesNothing = value?.version.spec.tasks[taskId(params.taskId)]?.action.kind === 'noop';
    if (request.method === 'HEAD' || writesNothing) return new Response(null, { headers });
    const log = {
      namespace,
      runId: runId(params.runId),
      taskId: params.taskId,
      mapIndex,
      attempt: attempt.attempt,
      stream: query.stream ?? 'stdout',
    } as const;
    const offset = query.offset ?? 0;
    const first = await service.readLog({ ...log, offset, waitMs: 0 });
    // A live attempt may not have begun to write; an ended one without a log has lost it.
    if (first === null && attempt.endedAt !== null) {
      const where = `was on node ${attempt.node}, and no copy of it is in reach`;
      const detail = `the log of attempt ${attempt.attempt} ${where}; or it wrote nothing`;
      return problemReply(problemOf('LOG_NOT_FOUND', detail), index);
    }
    const options = { service, request: log, offset, first };
    const body = query.follow === true ? followedLog(options, streams, limits) : logSoFar(options);
    const about = { ...headers, ...copyHeaders(first) };
    return body === undefined ? tooManyStreams(door) : new Response(body, { headers: about });
  });
}

/** That it begins with a copy, on which node, and whether that is known to have everything. */
const copyHeaders = (chunk: LogChunk | null): Record<string, string> =>
  chunk?.copy === undefined
    ? {}
    : { 'x-skein-log-copy': chunk.copy.on, 'x-skein-log-whole': String(chunk.copy.isWhole) };

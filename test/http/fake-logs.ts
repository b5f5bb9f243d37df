/** Logs of tasks in a map: `run/task/attempt/stream`, or `run/task[1]/attempt/stream`. */
import { Readable } from 'node:stream';
import type {
  LogChunk,
  LogSearchAsked,
  LogSearchFound,
  NodeService,
} from '../../src/api/service.ts';
import { namespace, runId, taskId, token } from '../../src/base/brand.ts';
import type { Given } from '../../src/model/given.ts';

/** `end`: nothing more will be written. */
export type FakeLogs = Map<string, { text: string; end: boolean }>;

const chunkBytes = 64 * 1024;

export async function readFake(
  logs: FakeLogs,
  request: Parameters<NodeService['readLog']>[0],
): Promise<LogChunk | null> {
  const { runId: run, taskId: task, mapIndex, attempt, stream, offset } = request;
  const name = mapIndex === 0 ? task : `${task}[${mapIndex}]`;
  const found = logs.get(`${run}/${name}/${attempt}/${stream}`);
  if (found === undefined) return null;
  const bytes = new TextEncoder().encode(found.text).subarray(offset, offset + chunkBytes);
  if (bytes.byteLength === 0 && !found.end) await new Promise((resolve) => setImmediate(resolve));
  const end = found.end && offset + bytes.byteLength >= Buffer.byteLength(found.text);
  return { bytes, end };
}

export function searchFake(
  logs: FakeLogs,
  { runIds, query, limit }: LogSearchAsked,
): LogSearchFound {
  const matches = [...logs].flatMap(([name, { text }]) => {
    const [run = '', task = '', attempt = '1', stream] = name.split('/');
    if (!runIds.includes(runId(run))) return [];
    const id = { namespace: namespace('default'), runId: runId(run), taskId: taskId(task) };
    return text.split('\n').flatMap((line, at) => {
      if (!line.includes(query.text)) return [];
      return {
        id: { ...id, mapIndex: 0, token: token(1) },
        attempt: Number(attempt),
        stream: stream === 'stderr' ? ('stderr' as const) : ('stdout' as const),
        ...{ line: at + 1, offset: 0, text: line, before: [], after: [], copyOn: null },
      };
    });
  });
  return { matches: matches.slice(0, limit), isCut: matches.length > limit, unsearched: 0 };
}

export type FakeObjects = Map<string, readonly Uint8Array[]>;

/** The bytes of artifacts. */
export const openFake =
  (objects: FakeObjects): NodeService['openArtifact'] =>
  async (_, { sha256 }) => {
    const pieces = objects.get(sha256);
    return pieces === undefined ? null : Readable.from(pieces);
  };

/** `run/task/attempt` -> what it was given. */
export type FakeGiven = Map<string, string>;

export const givenFake =
  (given: FakeGiven): NodeService['readGiven'] =>
  async ({ runId: run, taskId: task, attempt }) =>
    given.get(`${run}/${task}/${attempt}`) ?? null;

export const keptGiven: Given = {
  ...{ at: '2026-01-01T00:00:00.000Z', leftOut: [], action: { kind: 'shell', command: 'echo a' } },
  ...{ env: { A: 'b' }, params: { day: '2026-01-31' }, trigger: { kind: 'manual' }, item: null },
  ...{ upstream: {}, upstreamOmitted: [], connections: ['db'], inputs: [], cwd: null },
  timeoutMs: null,
};

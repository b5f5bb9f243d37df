import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { Destination, Sender, Wire } from '../actors/wire.ts';
import { incarnation, type NodeId, namespace, nodeId, runId, token } from '../base/brand.ts';
import { silentTrace } from '../base/trace.ts';
import { ArchiveReader } from '../executor/logs/archive-reader.ts';
import type { LogAnswer, LogRequest } from '../model/protocol.ts';
import { LogReader } from './log-reader.ts';
import { readAnywhere } from './log-sources.ts';

type Answer = Partial<LogAnswer> | 'silence';

/** A reader on n0; the test says what each node answers. */
function given(
  answers: Readonly<Record<string, (request: LogRequest) => Answer>>,
  archive?: ArchiveReader,
) {
  const clock = new VirtualClock();
  const asked: { readonly to: Destination; readonly copies: boolean }[] = [];
  let receive: ((message: unknown, from: Sender) => void) | undefined;
  const send = (to: Destination, message: LogRequest): void => {
    asked.push({ to, copies: message.copies === true });
    for (const [name, answer] of Object.entries(answers)) {
      if (to !== 'all' && to !== name) continue;
      const given = answer(message);
      if (given === 'silence') continue;
      const { requestId } = message;
      const none = { kind: 'log-answer', requestId, status: 'none', bytes: new Uint8Array() };
      const from = { node: nodeId(name), side: 'executor', incarnation: incarnation('x') } as const;
      clock.after(1, () => receive?.({ ...none, end: false, ...given }, from));
    }
  };
  const wire: Wire = {
    self: { node: nodeId('n0'), side: 'peer', incarnation: incarnation('p') },
    send: (to, _inbox, _lane, message) => send(to, message as LogRequest),
    listen: (_inbox, listener) => {
      receive = listener;
      return { cancel: () => {} };
    },
  };
  const reader = new LogReader(wire, clock);
  const read = async (more: {
    readonly isOver?: boolean;
    readonly isLost?: boolean;
    readonly copyOn?: NodeId;
    readonly waitMs?: number;
  }) => {
    const { isOver = true, isLost = false, waitMs = 0, ...rest } = more;
    const request = {
      ...{ namespace: namespace('default'), runId: runId('r1'), taskId: 'a', mapIndex: 0 },
      ...{ attempt: 1, stream: 'stdout' as const, offset: 10, waitMs, ...rest },
    };
    let over = false;
    const found = readAnywhere({ logs: reader, archive }, request, {
      ...{ node: nodeId('n1'), isOver, isLost, token: token(7) },
    });
    void found.finally(() => {
      over = true;
    });
    while (!over) {
      clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const chunk = await found;
    return chunk && { ...chunk, bytes: Buffer.from(chunk.bytes).toString() };
  };
  return { read, asked };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const silent = (): Answer => 'silence';
const none = (): Answer => ({});
const original = (text: string, end: boolean) => (): Answer => ({
  ...{ status: 'data', bytes: bytes(text), end },
});
const copy =
  (text: string, sizeBytes: number, isWhole = false) =>
  ({ copies }: LogRequest): Answer =>
    copies !== true
      ? {}
      : { status: 'data', bytes: bytes(text), end: isWhole, copy: { isWhole, sizeBytes } };

test('logs: the node that ran the attempt is asked, and nobody else', async () => {
  const { read, asked } = given({ n1: original('hello', true), n2: copy('hel', 13) });
  expect(await read({})).toEqual({ bytes: 'hello', end: true });
  expect(asked).toEqual([{ to: 'n1', copies: false }]);
});

test.each([
  ['does not answer', silent],
  ['has nothing', none],
])('logs: of a node that %s the longest copy is read', async (_, first) => {
  const { read } = given({ n1: first, n2: copy('hel', 13), n3: copy('hell', 14) });
  const found = await read({});
  expect(found).toMatchObject({ bytes: 'hell', end: false });
  expect(found?.copy).toEqual({ of: 'n1', on: 'n3', isWhole: false });
});

test('logs: a whole copy is better than a longer one that may lack something', async () => {
  const { read } = given({ n1: silent, n2: copy('hello', 15, true), n3: copy('hello', 15) });
  expect(await read({})).toMatchObject({ end: true, copy: { on: 'n2', isWhole: true } });
});

test('logs: a node that is lost is not waited for, and yet it is asked last', async () => {
  const { read, asked } = given({ n1: original('hello', true), n2: none });
  expect(await read({ isLost: true })).toMatchObject({ bytes: 'hello', end: true });
  expect(asked.map(({ to }) => to)).toEqual(['all']);
  const other = given({ n1: silent, n2: none });
  expect(await other.read({ isLost: true })).toBe(null);
  expect(other.asked.map(({ to }) => to)).toEqual(['all', 'n1']);
});

test('logs: a copy without its end is over when its attempt is and nobody has more', async () => {
  const { read } = given({ n1: silent, n2: copy('', 10) });
  const asked = { copyOn: nodeId('n2'), isLost: true };
  expect(await read(asked)).toMatchObject({ bytes: '', end: true, copy: { isWhole: false } });
  expect(await read({ ...asked, isOver: false })).toMatchObject({ bytes: '', end: false });
});

test.each([
  [{ isLost: true }, 0],
  [{ isLost: true, isOver: false }, 5_000],
  [{ isLost: false }, 5_000],
])('logs: of %j a copy may still grow for so long: %i ms', async (state, expected) => {
  const waits: number[] = [];
  const n2 = (request: LogRequest): Answer => {
    waits.push(request.waitMs);
    return copy('', 10)(request);
  };
  await given({ n1: silent, n2 }).read({ ...state, copyOn: nodeId('n2'), waitMs: 5_000 });
  expect(waits[0]).toBe(expected);
});

test('logs: who reads a copy goes on with the original when its node is back', async () => {
  const { read } = given({ n1: original('more', true), n2: copy('', 10) });
  const found = await read({ copyOn: nodeId('n2') });
  expect(found).toEqual({ bytes: 'more', end: true });
});

/** An archive that holds one log of twelve bytes. */
function archiveOf(asked: string[]): ArchiveReader {
  const place = 'default/r1/a/0/1-7';
  const stdout = { sizeBytes: 12, pieces: [{ offset: 0, bytes: 12 }] };
  const objects: Readonly<Record<string, Uint8Array>> = {
    [`${place}/index.json`]: bytes(JSON.stringify({ stdout, stderr: stdout })),
    [`${place}/stdout/0000000000000000.gz`]: gzipSync('0123456789ab'),
  };
  const get = async (key: string) => {
    asked.push(key);
    return objects[key];
  };
  const store = { get, put: async () => {}, list: async () => [], remove: async () => {} };
  return new ArchiveReader({
    prefix: '',
    limitBytes: 1,
    open: async () => store,
    trace: silentTrace,
  });
}

test('logs: the archive is read when no node has the log any more, or all of it', async () => {
  const keys: string[] = [];
  const archive = archiveOf(keys);
  const gone = given({ n1: none, n2: none }, archive);
  expect(await gone.read({})).toEqual({ bytes: 'ab', end: true });
  const lost = given({ n1: silent, n2: copy('', 10) }, archive);
  expect(await lost.read({ isLost: true })).toEqual({ bytes: 'ab', end: true });
  expect(keys).toHaveLength(2);
});

test('logs: the archive is not asked while a node has it, or the attempt goes on', async () => {
  const keys: string[] = [];
  const archive = archiveOf(keys);
  expect(await given({ n1: original('x', false) }, archive).read({})).toMatchObject({ bytes: 'x' });
  const whole = given({ n1: silent, n2: copy('y', 11, true) }, archive);
  expect(await whole.read({ isLost: true })).toMatchObject({ bytes: 'y' });
  expect(await given({ n1: none }, archive).read({ isOver: false })).toBe(null);
  expect(keys).toEqual([]);
});

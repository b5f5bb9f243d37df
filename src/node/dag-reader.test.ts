import { expect, test, vi } from 'vitest';
import { type DagText, readDag } from '../api/dag-file.ts';
import { silentTrace } from '../base/trace.ts';
import { type OpenDagThread, ThreadedDagReader } from './dag-reader.ts';
import { dagThread } from './dag-reader-thread.ts';

/** The thread's own code between event-loop turns of this one. */
function threads() {
  const opened: { ended: (why: string) => void; posted: string[]; isOver: boolean }[] = [];
  const open: OpenDagThread = ({ said, ended }) => {
    const thread = { ended, posted: [] as string[], isOver: false };
    opened.push(thread);
    const receive = dagThread((message) => setImmediate(() => thread.isOver || said(message)));
    return {
      post: (message) => {
        thread.posted.push(message.kind);
        setImmediate(() => thread.isOver || receive(structuredClone(message)));
      },
      end: () => {
        thread.isOver = true;
      },
    };
  };
  return { opened, reader: new ThreadedDagReader(silentTrace, open) };
}

const tasks = (count: number): object =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `t${at}`,
      { type: 'shell', command: 'echo', dependsOn: at === 0 ? [] : [`t${at - 1}`] },
    ]),
  );

const dag = (file: object): DagText => ({
  text: JSON.stringify(file),
  format: 'json',
  id: null,
  namespace: null,
  limits: null,
});

test('dag-reader: a large definition comes in slices, equal to one read in place', async () => {
  const { opened, reader } = threads();
  const input = dag({ id: 'large', tasks: tasks(1_200) });
  const [read, direct] = [await reader.read(input), readDag(input)];
  expect(read.ok && direct.ok).toBe(true);
  if (!read.ok || !direct.ok) return;
  const { file: _, ...content } = direct.value;
  expect(read.value).toEqual(content);
  expect(Object.keys(read.value.spec)).toEqual(Object.keys(direct.value.spec));
  expect(opened.map(({ posted }) => posted)).toEqual([['read', 'next', 'next', 'next']]);
});

test('dag-reader: a small definition is read in place, mistakes of a large one told', async () => {
  const { opened, reader } = threads();
  expect(await reader.read(dag({ id: 'small', tasks: tasks(2) }))).toMatchObject({ ok: true });
  expect(opened).toHaveLength(0);
  const broken = dag({
    id: 'large',
    tasks: { ...tasks(500), extra: { type: 'noop', retries: -1 } },
  });
  const [read, direct] = [await reader.read(broken), readDag(broken)];
  expect(read).toEqual(direct);
  expect(read.ok).toBe(false);
});

test('dag-reader: when its thread ends, one is refused and the next has a new thread', async () => {
  const { opened, reader } = threads();
  const input = dag({ id: 'large', tasks: tasks(600) });
  const [first, second] = [reader.read(input), reader.read(input)];
  opened[0]?.ended('out of memory');
  expect(await first).toMatchObject({ ok: false, error: [{ code: 'INTERNAL' }] });
  expect(await second).toMatchObject({ ok: true, value: { dagId: 'large' } });
  expect(opened).toHaveLength(2);
});

test('dag-reader: one is with the thread, and more than can wait are refused', async () => {
  const { opened, reader } = threads();
  const input = dag({ id: 'large', tasks: tasks(600) });
  const reads = Array.from({ length: 66 }, () => reader.read(input));
  expect(opened[0]?.posted).toEqual(['read']);
  expect(await reads.at(-1)).toMatchObject({ ok: false, error: [{ code: 'OVERLOADED' }] });
  reader.stop();
  expect(opened[0]?.isOver).toBe(true);
  for (const read of reads) expect((await read).ok).toBe(false);
});

test('Y3: one that is not read in time is refused, and the next has a new thread', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { opened, reader } = threads();
    const input = dag({ id: 'large', tasks: tasks(600) });
    const [first, second] = [reader.read(input), reader.read(input)];
    vi.advanceTimersByTime(20_000);
    expect(opened[0]?.isOver).toBe(true);
    expect(await first).toMatchObject({
      ok: false,
      error: [{ code: 'TOO_LARGE', message: expect.stringContaining('within 20 s') }],
    });
    expect(await second).toMatchObject({ ok: true, value: { dagId: 'large' } });
    expect(opened).toHaveLength(2);
    vi.advanceTimersByTime(20_000);
    expect(opened[1]?.isOver).toBe(false);
    reader.stop();
  } finally {
    vi.useRealTimers();
  }
});

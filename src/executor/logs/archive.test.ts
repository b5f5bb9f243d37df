/** The archive with a real client and a real server of S3 between its two ends. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../../cluster/problem.ts';
import { type S3Server, s3Server } from '../../../test/support/s3-server.ts';
import { wallMs } from '../../base/brand.ts';
import { silentTrace } from '../../base/trace.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import { MemoryFiles } from '../memory-files.ts';
import { type ObjectStore, openObjectStore } from '../object-store.ts';
import { attemptId } from '../testing/executor-story.ts';
import { archivedName, LogArchive } from './archive.ts';
import { archiveLimits, archivePlace, indexKey, type StreamName } from './archive-format.ts';
import { ArchiveReader } from './archive-reader.ts';
import { gapLine, gapPath } from './stream-file.ts';

let server: S3Server;
let store: ObjectStore;
beforeAll(async () => {
  server = await s3Server();
  store = await openObjectStore(server.settings);
});
afterAll(() => server.close());

const patience = { withinMs: 20_000, everyMs: 20 };
const mib = 1024 * 1024;
const directoryOf = (task: string): string => `/data/attempts/default/run-1/${task}/0/1-7`;

/** A node with files, and its archive. */
function given(open: () => Promise<ObjectStore> = async () => store, prefix = 'test') {
  const files = new MemoryFiles(clock);
  const options = { clock, files, dataDir: '/data', trace: silentTrace, prefix, open };
  const archive = new LogArchive(options);
  const id = (task: string) => attemptId(task, 7);
  const write = (task: string, stream: string, text: string): Promise<void> =>
    new Promise((done) => {
      const directory = directoryOf(task);
      files.makeDirectory(directory, () =>
        files.append(`${directory}/${stream}`, text, () => done()),
      );
    });
  const settled = (isSo: () => boolean) =>
    until('the archive settles', patience, async () => (isSo() ? true : undefined));
  return { archive, files, id, write, settled, again: () => new LogArchive(options) };
}

const reader = (prefix = 'test', open = async () => store) =>
  new ArchiveReader({ prefix, limitBytes: 100 * mib, open, trace: silentTrace });

/** All of a stream, and what was said to be left out. */
async function readAll(from: ArchiveReader, task: string, stream: StreamName) {
  const pieces: Uint8Array[] = [];
  const leftOut: number[] = [];
  let offset = 0;
  for (;;) {
    const chunk = await from.read({ id: attemptId(task, 7), attempt: 1, stream, offset });
    if (chunk === null) return null;
    pieces.push(chunk.bytes);
    if (chunk.leftOut !== undefined) leftOut.push(chunk.leftOut.bytes);
    offset += chunk.bytes.length + (chunk.leftOut?.bytes ?? 0);
    if (chunk.end) return { text: Buffer.concat(pieces).toString(), leftOut };
  }
}

it('archive: both streams of an attempt can be read from it, and a mark says so', async () => {
  const { archive, files, id, write, settled } = given();
  await write('t', 'stdout', 'out\n');
  await write('t', 'stderr', 'err\n');
  archive.ended(id('t'), 1);
  await settled(() => archive.status().archived === 1);
  expect(files.text(`${directoryOf('t')}/${archivedName}`)).toBe('');
  expect(await readAll(reader(), 't', 'stdout')).toEqual({ text: 'out\n', leftOut: [] });
  expect(await readAll(reader(), 't', 'stderr')).toEqual({ text: 'err\n', leftOut: [] });
  expect(await readAll(reader(), 'another', 'stdout')).toBeNull();
  expect(await readAll(reader('elsewhere'), 't', 'stdout')).toBeNull();
  archive.stop();
});

it('archive: a long stream is in pieces, without what was left out of it', async () => {
  const { archive, id, write, settled } = given();
  const line = `${'x'.repeat(1023)}\n`;
  const begin = line.repeat((5 * mib) / 1024);
  const end = 'the end\n'.repeat(100);
  const gap = { from: begin.length, to: begin.length + 3 * mib };
  await write('long', 'stdout', begin + '\0'.repeat(3 * mib) + end);
  await write('long', gapPath('stdout'), gapLine(gap));
  archive.ended(id('long'), 1);
  await settled(() => archive.status().archived === 1);
  const read = await readAll(reader(), 'long', 'stdout');
  expect(read?.leftOut).toEqual([3 * mib]);
  expect(read?.text === begin + end).toBe(true);
  const index = await store.get(indexKey(archivePlace('test', id('long'), 1)));
  const { stdout } = JSON.parse(new TextDecoder().decode(index));
  expect(stdout.pieces.map(({ offset }: { offset: number }) => offset)).toEqual([
    ...[0, archiveLimits.pieceBytes, gap.to],
  ]);
  archive.stop();
});

it('archive: what an earlier life left behind is found, what is marked is left alone', async () => {
  const { files, id, write, settled, again } = given();
  await write('old', 'stdout', 'of yesterday\n');
  const found = {
    ...{ id: id('old'), attempt: 1, directory: directoryOf('old') },
    ...{ writtenAt: wallMs(0), bytes: 13 },
  };
  const next = again();
  await new Promise<void>((done) => next.check(found, done));
  await settled(() => next.status().archived === 1);
  expect((await readAll(reader(), 'old', 'stdout'))?.text).toBe('of yesterday\n');
  await new Promise<void>((done) => next.check(found, done));
  expect(next.status()).toMatchObject({ waiting: 0, archived: 1 });
  expect(files.text(`${directoryOf('old')}/${archivedName}`)).toBe('');
  next.stop();
});

it('archive: a store that refuses is tried again after a pause; nothing is marked', async () => {
  let refusals = 2;
  const { archive, files, id, write, settled } = given(async () => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('no store today');
    return store;
  });
  await write('late', 'stdout', 'late\n');
  archive.ended(id('late'), 1);
  await settled(() => archive.status().failures === 1);
  expect(archive.status()).toMatchObject({ waiting: 1, archived: 0 });
  expect(files.text(`${directoryOf('late')}/${archivedName}`)).toBeUndefined();
  await settled(() => archive.status().archived === 1);
  expect(archive.status()).toMatchObject({ failures: 2, waiting: 0, dropped: 0 });
  expect((await readAll(reader(), 'late', 'stdout'))?.text).toBe('late\n');
  archive.stop();
});

it('archive: an attempt that wrote nothing leaves nothing, and no more wait than fit', async () => {
  const { archive, id, settled } = given(async () => {
    throw new Error('never asked');
  });
  archive.ended(id('empty'), 1);
  await settled(() => archive.status().archived === 1);
  archive.stop();
  archive.ended(id('empty'), 1);
  expect(archive.status()).toMatchObject({ waiting: 0, failures: 0 });
});

it('archive: a store that does not answer is no log, and is asked again next time', async () => {
  let isUp = false;
  const flaky = reader('test', async () => {
    if (!isUp) throw new Error('down');
    return store;
  });
  expect(await readAll(flaky, 't', 'stdout')).toBeNull();
  isUp = true;
  expect((await readAll(flaky, 't', 'stdout'))?.text).toBe('out\n');
});

import { appendFileSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Result } from '../../base/result.ts';
import type { Files } from '../files.ts';
import { nodeFiles } from '../node-files.ts';
import { LogCutter } from './cutter.ts';
import { readStream, type StreamPart } from './stream-file.ts';

const mib = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'skein-cutter-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string, offset: number, bytesMax = 64): Promise<StreamPart | undefined> =>
  new Promise((resolve) =>
    readStream(
      nodeFiles,
      path,
      { offset, bytesMax },
      (part: Result<StreamPart | undefined, string>) => resolve(part.ok ? part.value : undefined),
    ),
  );

/** Lines of 16 bytes, numbered. */
const linesOf = (from: number, count: number): string =>
  Array.from({ length: count }, (_, at) => `${String(from + at).padStart(15, '0')}\n`).join('');

test('logs: the middle of a long stream is given back, unseen by the writer', async () => {
  const path = join(folder, 'stdout');
  const warnings: string[] = [];
  const trace = (_: string, name: string): void => void warnings.push(name);
  const cutter = new LogCutter({ files: nodeFiles, trace, limitBytes: 4 * mib });
  const writer = openSync(path, 'a');
  const perMib = mib / 16;
  for (let piece = 0; piece < 16; piece++) {
    writeSync(writer, linesOf(piece * perMib, perMib));
    cutter.consider(path, (piece + 1) * mib);
    await expect.poll(() => statSync(path).blocks * 512).toBeLessThan(6 * mib);
  }
  expect(warnings).toEqual([]);
  expect(statSync(path).size).toBe(16 * mib);
  expect(statSync(path).blocks * 512).toBeLessThan(5.5 * mib);
  expect(cutter.counters.cutBytes).toBeGreaterThanOrEqual(10 * mib);

  const head = await read(path, 2 * mib - 16);
  expect(Buffer.from(head!.bytes).toString()).toBe(linesOf(2 * perMib - 1, 1));
  const middle = await read(path, 2 * mib);
  expect(middle).toMatchObject({ sizeBytes: 16 * mib, bytes: new Uint8Array() });
  const { to } = middle!.gap!;
  expect(16 * mib - to).toBeGreaterThanOrEqual(2 * mib);
  const tail = await read(path, to, 32);
  expect(Buffer.from(tail!.bytes).toString()).toBe(linesOf(to / 16, 2));
  expect((await read(path, 5 * mib))?.gap).toEqual({ from: 2 * mib, to });
});

test('logs: where no hole can be made, that is said, and the gap hides the middle', async () => {
  const path = join(folder, 'whole');
  const warnings: string[] = [];
  const trace = (_: string, name: string): void => void warnings.push(name);
  const files: Files = {
    ...nodeFiles,
    punchHole: (_path, _range, done) => setImmediate(() => done('not supported')),
  };
  const cutter = new LogCutter({ files, trace, limitBytes: 2 * mib });
  appendFileSync(path, linesOf(0, (4 * mib) / 16));
  cutter.consider(path, 4 * mib);
  await expect.poll(() => warnings).toEqual(['executor.log_not_cut']);
  expect(cutter.counters).toEqual({ cutBytes: 0, failures: 1 });
  expect((await read(path, 2 * mib))?.gap).toEqual({ from: mib, to: 3 * mib });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { present } from '../../base/assert.ts';
import { LineScan, lineTest, scanLimits } from './line-scan.ts';
import { scanFiles } from './scan-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-scan-'));
afterAll(() => rmSync(folder, { recursive: true }));

const plain = { isPattern: false, ignoreCase: false, context: 0 };

function testOf(text: string, more: Partial<typeof plain> = {}) {
  const made = lineTest({ ...plain, text, ...more });
  return present(made.ok ? made.value : undefined, 'a pattern');
}

/** What is found in these pieces, one after the other. */
function scanned(pieces: readonly string[], text: string, more: Partial<typeof plain> = {}) {
  const scan = new LineScan({ test: testOf(text, more), context: more.context ?? 0, limit: 100 });
  for (const piece of pieces) scan.push(Buffer.from(piece));
  scan.end();
  return scan.found;
}

test('search: a line is found with its number, its place and the lines around it', () => {
  const text = 'one\ntwo\nthree needle\nfour\nfive\nneedle\n';
  expect(scanned([text], 'needle', { context: 1 })).toEqual([
    { line: 3, offset: 8, text: 'three needle', before: ['two'], after: ['four'] },
    { line: 6, offset: 31, text: 'needle', before: ['five'], after: [] },
  ]);
});

test('search: a last line without an end counts, and so does the case unless it is ignored', () => {
  expect(scanned(['a\nNeedle'], 'needle')).toEqual([]);
  expect(scanned(['a\nNeedle'], 'needle', { ignoreCase: true })).toMatchObject([{ line: 2 }]);
  expect(scanned(['a.c abc'], 'a.c', { ignoreCase: true })).toHaveLength(1);
  expect(scanned(['abc'], 'a.c', { ignoreCase: true })).toEqual([]);
});

test('search: patterns are those of RE2, and a bad one is a sentence', () => {
  expect(scanned(['x1\ny22\n'], '^y\\d+$', { isPattern: true })).toMatchObject([{ line: 2 }]);
  expect(lineTest({ ...plain, text: '(', isPattern: true })).toMatchObject({ ok: false });
});

test('search: how the stream is cut into pieces makes no difference', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 6 }),
      fc.integer({ min: 0, max: 2 }),
      (pieces, context) => {
        const found = scanned([pieces.join('')], 'ab', { context });
        expect(scanned(pieces, 'ab', { context })).toEqual(found);
        const lines = pieces.join('').split('\n');
        const wanted = lines.flatMap((line, at) => (line.includes('ab') ? [at + 1] : []));
        expect(found.map(({ line }) => line)).toEqual(wanted);
      },
    ),
  );
});

test('search: a line of many megabytes is looked at in pieces, and little of it is shown', () => {
  const long = `${'x'.repeat(5_000_000)}needle${'y'.repeat(5_000_000)}\nneedle\n`;
  const found = scanned([long.slice(0, 3_000_000), long.slice(3_000_000)], 'needle');
  expect(found.map(({ line }) => line)).toEqual([1, 2]);
  expect(found[0]!.text.length).toBe(scanLimits.textCharacters);
});

test('search: files are scanned around their gap, within the limits', () => {
  const path = join(folder, 'stdout');
  writeFileSync(path, `needle 1\nneed${'\0'.repeat(1000)}le\nneedle 2\nneedle 3\n`);
  const gap = { from: 13, to: 1013 };
  const job = { query: { ...plain, text: 'needle' }, limit: 10, bytesMax: 10_000 };
  const missing = { path: join(folder, 'gone'), gap: null };
  const pipe = { path: join(folder, 'pipe'), gap: null };
  execFileSync('mkfifo', [pipe.path]);
  const both = scanFiles({ ...job, files: [missing, pipe, { path, gap }] });
  expect(both).toMatchObject({
    found: [
      [],
      [],
      [
        { line: 1, offset: 0, text: 'needle 1' },
        { line: null, offset: 1016, text: 'needle 2' },
        { line: null, offset: 1025, text: 'needle 3' },
      ],
    ],
    isCut: false,
  });
  const file = { path, gap: null };
  expect(scanFiles({ ...job, limit: 2, files: [file, file] })).toMatchObject({
    found: [[{ line: 1 }, {}]],
    isCut: true,
  });
  expect(scanFiles({ ...job, bytesMax: 9, files: [file, file] }).isCut).toBe(true);
});

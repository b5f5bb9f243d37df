import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Result } from '../../base/result.ts';
import { silentTrace } from '../../base/trace.ts';
import { MaskedStream } from './masked-stream.ts';
import { type MaskedLog, makeMasker } from './masker.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-masker-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('masker: one that cannot be started refuses, and is not started again at once', async () => {
  const starts = join(folder, 'starts');
  const program = join(folder, 'broken.mjs');
  writeFileSync(
    program,
    `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(starts)}, '.');`,
  );
  const masker = makeMasker(silentTrace, program);
  const opened = await new Promise<Result<MaskedLog, string>>((done) =>
    masker.open([join(folder, 'stdout')], ['hunter2'], done),
  );
  expect(opened).toEqual({ ok: false, error: 'the masker has ended' });
  masker.stop();
  expect(readFileSync(starts, 'utf8')).toBe('.');
});

test('masker: a disk that is full loses lines, and never the task that writes them', async () => {
  const pipe = join(folder, 'full.pipe');
  execFileSync('mkfifo', [pipe]);
  const stream = await MaskedStream.open({ pipe, file: '/dev/full' }, [Buffer.from('hunter2')]);
  const task = await open(pipe, 'w');
  // More than a pipe holds: somebody reads on.
  for (let written = 0; written < 256; written += 1) await task.writeFile('x'.repeat(4096));
  await task.writeFile('hunt');
  await task.close();
  await expect(stream.finish()).rejects.toMatchObject({ code: 'ENOSPC' });
});

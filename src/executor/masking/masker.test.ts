import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BuiltProgram } from '../../../test/support/tasks/built.ts';
import type { Result } from '../../base/result.ts';
import { silentTrace } from '../../base/trace.ts';
import { MaskedStream } from './masked-stream.ts';
import { type MaskedLog, makeMasker, pipeOf } from './masker.ts';
import type { ToMasker } from './messages.ts';

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

const piped = async (
  name: string,
  file: string,
): Promise<{ pipe: string; stream: MaskedStream }> => {
  const pipe = join(folder, `${name}.pipe`);
  execFileSync('mkfifo', [pipe]);
  return { pipe, stream: await MaskedStream.open({ pipe, file }, [Buffer.from('hunter2')]) };
};

test('masker: a disk that stands still for longer than anybody waits loses nothing', async () => {
  const [disk, kept] = ['disk', 'kept'].map((name) => join(folder, name));
  execFileSync('mkfifo', [disk!]);
  const copied = once(
    spawn('/bin/sh', ['-c', `exec 3<"${disk}"; sleep 1; exec cat <&3 >"${kept}"`]),
    'exit',
  );
  const { pipe, stream } = await piped('slow', disk!);
  const task = await open(pipe, 'w');
  await task.writeFile('x'.repeat(100_000));
  await task.writeFile('the last line');
  await task.close();
  await stream.finish(300);
  await copied;
  expect(readFileSync(kept!, 'utf8')).toBe(`${'x'.repeat(100_000)}the last line`);
});

test('masker: who holds a log open after its end is waited for, and not for ever', async () => {
  const file = join(folder, 'held');
  const silent = await piped('silent', file);
  const task = await open(silent.pipe, 'w');
  await task.writeFile('a line');
  await expect(silent.stream.finish(300)).rejects.toThrow('somebody held the log open');
  await task.close();
  expect(readFileSync(file, 'utf8')).toBe('a line');
  const taken = join(folder, 'endless');
  const endless = await piped('endless', taken);
  const writer = spawn('/bin/sh', ['-c', `exec yes >"${endless.pipe}"`]);
  const ended = once(writer, 'exit');
  await expect.poll(() => statSync(taken).size, { timeout: 10_000 }).toBeGreaterThan(0);
  await expect(endless.stream.finish()).rejects.toThrow('somebody held the log open');
  // Nobody reads any more.
  expect(await ended).toEqual([null, 'SIGPIPE']);
});

test('masker: a log that is closed while it is being opened is closed', async () => {
  const program = new BuiltProgram('src/executor/masking/masker-main.ts');
  const masker = fork(program.file, { execArgv: [] });
  const file = join(folder, 'early');
  const files = [{ file, pipe: pipeOf(file) }];
  const said: unknown[] = [];
  masker.on('message', (message) => said.push(message));
  masker.send({ kind: 'open', id: 1, files, secrets: ['hunter2'] } satisfies ToMasker);
  masker.send({ kind: 'close', id: 1 } satisfies ToMasker);
  await expect.poll(() => said, { timeout: 10_000 }).toHaveLength(2);
  expect(said).toEqual(['opened', 'closed'].map((kind) => ({ kind, id: 1 })));
  const held = readdirSync(`/proc/${masker.pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${masker.pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  expect(held.filter((path) => path.startsWith(file))).toEqual([]);
  masker.disconnect();
  await once(masker, 'exit');
  program.remove();
});

/** All bodies of `Files` do the same; the thread's steps are done in place here. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { silentTrace } from '../base/trace.ts';
import { realClock } from '../node/real-ports.ts';
import { doStep } from './file-thread/steps.ts';
import { ThreadFiles } from './file-thread/thread-files.ts';
import type { Files } from './files.ts';
import { MemoryFiles } from './memory-files.ts';
import { nodeFiles } from './node-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bodies: readonly (readonly [string, Files])[] = [
  ['memory', new MemoryFiles(realClock)],
  ['node', nodeFiles],
  [
    'thread',
    new ThreadFiles({
      root: join(folder, 'thread'),
      others: nodeFiles,
      trace: silentTrace,
      open: ({ answered }) => ({
        post: (steps) => setImmediate(() => answered(structuredClone(steps.map(doStep)))),
      }),
    }),
  ],
];

/** The callback's arguments, as a promise. */
const told = <T>(call: (done: (result: T) => void) => void): Promise<T> => new Promise(call);

describe.each(bodies)('files: %s', (name, files) => {
  const root = join(folder, name);
  const write = (path: string, offset: number, text: string) =>
    told<string | undefined>((done) =>
      files.writeAt(path, { offset, bytes: Buffer.from(text) }, done),
    );
  const read = async (path: string): Promise<string | undefined> => {
    const range = { offset: 0, bytesMax: 100_000 };
    const result = await told<Parameters<Parameters<Files['readPart']>[2]>[0]>((done) =>
      files.readPart(path, range, done),
    );
    return result.ok && result.value ? Buffer.from(result.value.bytes).toString() : undefined;
  };
  const statOf = async (path: string) => {
    const found = await told<Parameters<Parameters<Files['stat']>[1]>[0]>((done) =>
      files.stat(path, done),
    );
    return found.ok ? found.value : undefined;
  };

  test('what is written at an offset stands there, also behind the end and twice', async () => {
    await told<string | undefined>((done) => files.makeDirectory(root, done));
    const path = `${root}/at`;
    expect(await write(path, 0, 'hello')).toBeUndefined();
    expect(await write(path, 3, 'p me')).toBeUndefined();
    expect(await write(path, 0, 'hel')).toBeUndefined();
    expect(await read(path)).toBe('help me');
    expect(await write(path, 9, '!')).toBeUndefined();
    expect(await read(path)).toBe('help me\0\0!');
    expect(await write(`${root}/none/at`, 0, 'x')).toEqual(expect.any(String));
  });

  test('what is appended stands at the end', async () => {
    const path = `${root}/lines`;
    for (const line of ['one\n', 'two\n']) {
      expect(
        await told<string | undefined>((done) => files.append(path, line, done)),
      ).toBeUndefined();
    }
    expect(await read(path)).toBe('one\ntwo\n');
  });

  test('a hole reads as zeros, and takes no room', async () => {
    const path = `${root}/hole`;
    await write(path, 0, 'x'.repeat(40_000));
    const range = { offset: 4096, bytes: 8 * 4096 };
    expect(
      await told<string | undefined>((done) => files.punchHole(path, range, done)),
    ).toBeUndefined();
    const text = (await read(path)) ?? '';
    expect(text.length).toBe(40_000);
    expect(text.slice(4095, 4098)).toBe('x\0\0');
    expect(text.slice(9 * 4096 - 1, 9 * 4096 + 1)).toBe('\0x');
    const stat = await statOf(path);
    expect(stat?.sizeBytes).toBe(40_000);
    expect(stat?.diskBytes).toBeLessThan(20_000);
    expect(
      await told<string | undefined>((done) => files.punchHole(`${root}/no`, range, done)),
    ).toEqual(expect.any(String));
  });

  test('what is removed goes with all that is in it, or only if that is nothing', async () => {
    await told<string | undefined>((done) => files.makeDirectory(`${root}/a/b/c`, done));
    await write(`${root}/a/b/file`, 0, 'x');
    const empty = (path: string) =>
      told<string | undefined>((done) => files.removeIfEmpty(path, done));
    expect(await empty(`${root}/a/b`)).toMatch(/empty/);
    expect(await read(`${root}/a/b/file`)).toBe('x');
    const remove = (path: string) => told<string | undefined>((done) => files.remove(path, done));
    expect(await remove(`${root}/a/b`)).toBeUndefined();
    expect(await remove(`${root}/a/b`)).toBeUndefined();
    expect(await read(`${root}/a/b/file`)).toBeUndefined();
    expect(await empty(`${root}/a`)).toBeUndefined();
    expect(await empty(`${root}/a`)).toBeUndefined();
    expect(await statOf(`${root}/a`)).toBeUndefined();
  });
});

test('files: what a task has put in the place of a file holds nobody', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const range = { offset: 0, bytesMax: 10 };
  const bytes = Buffer.from('x');
  // An end that is open for reading, or who writes would be told so at once.
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  for (const [name, files] of bodies.filter(([body]) => body !== 'memory')) {
    const answers = await Promise.all([
      told((done) => files.readPart(pipe, range, done)),
      told((done) => files.writeAt(pipe, { offset: 0, bytes }, done)),
      told((done) => files.append(pipe, 'x', done)),
      told((done) => files.flush(pipe, done)),
    ]);
    const said = `${pipe} is no regular file`;
    expect(answers, name).toEqual([{ ok: false, error: said }, said, said, said]);
  }
  closeSync(reader);
});

test('files: a file that is written to in append mode keeps its writer after a hole', async () => {
  const path = join(folder, 'writer');
  await told<string | undefined>((done) => nodeFiles.append(path, 'x'.repeat(20_000), done));
  const range = { offset: 0, bytes: 8192 };
  await told<string | undefined>((done) => nodeFiles.punchHole(path, range, done));
  await told<string | undefined>((done) => nodeFiles.append(path, 'end', done));
  expect(readFileSync(path, 'utf8').slice(19_999)).toBe('xend');
});

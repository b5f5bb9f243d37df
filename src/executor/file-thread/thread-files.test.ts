import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { silentTrace } from '../../base/trace.ts';
import { nodeFiles } from '../node-files.ts';
import { doStep, type FileStep } from './steps.ts';
import { type OpenFileThread, stepsWaitingMax, ThreadFiles } from './thread-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-file-thread-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Listener = Parameters<OpenFileThread>[0];

/** A thread that is given its turn by the test. */
function openByHand() {
  const threads: { readonly listener: Listener; readonly posts: (readonly FileStep[])[] }[] = [];
  const files = new ThreadFiles({
    root: folder,
    others: nodeFiles,
    trace: silentTrace,
    open: (listener) => {
      const posts: (readonly FileStep[])[] = [];
      threads.push({ listener, posts });
      return { post: (steps) => posts.push(steps) };
    },
  });
  return { files, threads };
}

const nextTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

test('file thread: what is asked for in one turn is one message, done in its order', async () => {
  const { files, threads } = openByHand();
  const said: string[] = [];
  files.makeDirectory(`${folder}/a`, () => said.push('made'));
  files.writeFile(`${folder}/a/file`, 'x', () => said.push('written'));
  files.stat(`${folder}/a/file`, (found) => said.push(`${found.ok && found.value?.sizeBytes}`));
  await nextTurn();
  expect(threads.map(({ posts }) => posts.map((steps) => steps.length))).toEqual([[3]]);
  expect(said).toEqual([]);
  threads[0]?.listener.answered(threads[0].posts[0]?.map(doStep) ?? []);
  expect(said).toEqual(['made', 'written', '1']);
});

test('file thread: when it ends its steps have failed, and the next one gets another', async () => {
  const { files, threads } = openByHand();
  const errors: (string | undefined)[] = [];
  files.writeFile(`${folder}/lost`, 'x', (error) => errors.push(error));
  files.readPart(`${folder}/lost`, { offset: 0, bytesMax: 1 }, (read) =>
    errors.push(read.ok ? 'read' : read.error),
  );
  await nextTurn();
  threads[0]?.listener.ended('it ran out of memory');
  expect(errors).toEqual(Array(2).fill('the thread for files ended: it ran out of memory'));
  files.writeFile(`${folder}/kept`, 'x', (error) => errors.push(error));
  await nextTurn();
  threads[1]?.listener.answered(threads[1].posts[0]?.map(doStep) ?? []);
  expect(errors).toHaveLength(3);
  expect(errors[2]).toBeUndefined();
  expect(readFileSync(`${folder}/kept`, 'utf8')).toBe('x');
});

test('file thread: a path outside of the root never waits for the thread', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'skein-elsewhere-'));
  const { files, threads } = openByHand();
  const error = await new Promise((done) => files.writeFile(`${elsewhere}/file`, 'x', done));
  expect(error).toBeUndefined();
  expect(readdirSync(elsewhere)).toEqual(['file']);
  expect(threads).toEqual([]);
  rmSync(elsewhere, { recursive: true });
});

test('file thread: a step beyond its limit fails, and those before it are not lost', async () => {
  const { files, threads } = openByHand();
  let done = 0;
  for (let i = 0; i < stepsWaitingMax; i++) files.stat(`${folder}/none`, () => done++);
  const beyond = await new Promise((said) => files.makeDirectory(`${folder}/more`, said));
  expect(beyond).toMatch(/wait for the disk/);
  const [steps = []] = threads[0]?.posts ?? [];
  threads[0]?.listener.answered(steps.map(doStep));
  expect(done).toBe(stepsWaitingMax);
});

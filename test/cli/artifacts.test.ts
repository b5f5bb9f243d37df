import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeId, runId } from '../../src/base/brand.ts';
import { packFolder } from '../../src/executor/artifacts/tar.ts';
import { taskFact } from '../../src/model/fact.ts';
import type { TaskRow } from '../../src/model/task-instance.ts';
import { FakeService } from '../http/fake-service.ts';
import { chainYaml } from '../http/kit.ts';
import { serve, skein } from './kit.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-cp-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Task `a` of run `r1` has left these objects. */
async function left(
  objects: Readonly<Record<string, { kind: 'file' | 'folder'; bytes: Uint8Array }>>,
) {
  const { service, server } = await serve(new FakeService());
  const file = join(folder, 'chain.yaml');
  writeFileSync(file, chainYaml);
  const env = { SKEIN_SERVER: server.url };
  await skein(['apply', '-f', file], { env });
  await skein(['run', 'chain', '--id', 'r1'], { env });
  service.setTask(runId('r1'), 'a', 'success');
  const artifacts = Object.entries(objects).map(([name, { kind, bytes }]) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    service.objects.set(sha256, [bytes]);
    return { name, kind, sha256, bytes: bytes.length, nodes: [nodeId('n1')] };
  });
  const [live] = [...service.state.runs()];
  const [row] = [...live!.tasks.values()];
  const attempts = row!.attempts.map((attempt) => ({ ...attempt, artifacts }));
  service.commit('left', [taskFact({ ...row, attempts } as TaskRow)]);
  const run = (...args: readonly string[]) => skein(args, { env });
  return { service, run, artifacts };
}

const model = { kind: 'file', bytes: Buffer.from('a model\n') } as const;

test('skein cp: an artifact becomes a file, in a folder or under a name', async () => {
  const { run } = await left({ model });
  const home = join(folder, 'home');
  mkdirSync(home);
  expect(await run('cp', 'r1/a:model', home)).toMatchObject({ code: 0, out: '' });
  expect(readFileSync(join(home, 'model'), 'utf8')).toBe('a model\n');
  expect(await run('cp', 'r1/a:model', join(home, 'm.bin'))).toMatchObject({
    ...{ code: 0, err: `${join(home, 'm.bin')}\n` },
  });
  expect(readdirSync(home).toSorted()).toEqual(['m.bin', 'model']);
  expect(await run('cp', 'r1/a:model', '-')).toMatchObject({ code: 0, out: 'a model\n' });
});

test('skein cp: a folder is unpacked, and never over one that is there', async () => {
  mkdirSync(join(folder, 'in/deep'), { recursive: true });
  writeFileSync(join(folder, 'in/deep/a.txt'), 'A');
  const pieces: Uint8Array[] = [];
  for await (const piece of packFolder(join(folder, 'in'))) pieces.push(piece);
  const { run } = await left({ all: { kind: 'folder', bytes: Buffer.concat(pieces) } });
  const to = join(folder, 'out');
  expect(await run('cp', 'r1/a:all', to)).toMatchObject({ code: 0 });
  expect(readFileSync(join(to, 'deep/a.txt'), 'utf8')).toBe('A');
  expect(await run('cp', 'r1/a:all', to)).toMatchObject({ code: 0 });
  expect(await run('cp', 'r1/a:all', to)).toMatchObject({
    ...{ code: 2, err: expect.stringContaining(`${join(to, 'all')} is there already`) },
  });
});

test('skein cp: bytes that are not those of their digest are not left behind', async () => {
  const { run, service, artifacts } = await left({ model });
  service.objects.set(artifacts[0]!.sha256, [Buffer.from('A model\n')]);
  const to = join(folder, 'm.bin');
  const { code, err } = await run('cp', 'r1/a:model', to);
  expect([code, err]).not.toEqual([0, '']);
  expect(existsSync(to)).toBe(false);
  expect(readdirSync(folder).some((name) => name.includes('.part'))).toBe(false);
});

test('skein cp: what is not there, and what is no name, is said', async () => {
  const { run } = await left({ model });
  expect(await run('cp', 'r1/a:other', folder)).toMatchObject({
    ...{ code: 3, err: expect.stringContaining('ARTIFACT_NOT_FOUND') },
  });
  expect(await run('cp', 'r1', folder)).toMatchObject({ code: 2 });
});

test('skein artifacts: what the tasks of a run have left', async () => {
  const { run } = await left({ model });
  const { out } = await run('artifacts', 'r1');
  expect(out.split('\n')[1]).toMatch(/^a:model +1 +file +8 ?B? +n1 +[0-9a-f]{12}$/);
  const list = JSON.parse((await run('artifacts', 'r1', '--json')).out);
  expect(list).toMatchObject([{ task: 'a', attempt: 1, name: 'model', kind: 'file', bytes: 8 }]);
});

test('skein cp: a place that cannot be written is no fault of the cluster', async () => {
  const { run } = await left({ model });
  const place = join(folder, 'absent', 'model');
  const copied = await run('cp', 'r1/a:model', place);
  expect(copied).toMatchObject({ code: 1, out: '' });
  expect(copied.err).toContain(`${place} cannot be written: ENOENT`);
});

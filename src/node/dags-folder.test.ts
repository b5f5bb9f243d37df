import { mkdtemp, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FakeService } from '../../test/http/fake-service.ts';
import type { DagsDirFile } from '../api/service.ts';
import { dagId, namespace } from '../base/brand.ts';
import { refusal } from '../model/refusal.ts';
import { DagsFolder } from './dags-folder.ts';

const open: { folder: DagsFolder; path: string }[] = [];

afterEach(async () => {
  for (const { folder, path } of open.splice(0)) {
    await folder.stop();
    await rm(path, { recursive: true, force: true });
  }
});

const here = namespace('default');
const yaml = (task: string): string => `id: d\ntasks: { ${task}: { type: noop } }\n`;

async function watched(files: Readonly<Record<string, string>> = {}, service = new FakeService()) {
  const path = await mkdtemp(join(tmpdir(), 'skein-dags-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  const traced: string[] = [];
  const folder = new DagsFolder({
    folder: path,
    service,
    trace: (_, name) => traced.push(name),
    now: () => Date.UTC(2026, 0, 1),
    times: { quietMs: 80, againMs: 20 },
  });
  open.push({ folder, path });
  const file = (name: string): DagsDirFile | undefined =>
    folder.status().files.find((each) => each.file === name);
  return { path, service, folder, traced, file };
}

/** Waits for a condition; the test's own time limit ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('dags-dir: files are applied as ordinary commands, once, by their names', async () => {
  const { service, file } = await watched({ 'a.yaml': yaml('a'), 'notes.txt': '' });
  await until(() => file('a.yaml')?.state === 'applied');
  expect(service.submissions).toMatchObject([
    { by: 'dags-dir:a.yaml', requestId: null, command: { kind: 'apply-dag', dagId: 'd' } },
  ]);
  expect(file('a.yaml')?.versionId).toBe(service.state.dag(here, dagId('d'))?.versionId);
  expect(file('notes.txt')).toBeUndefined();
});

test('dags-dir: while the log is closed a file waits', async () => {
  const service = new FakeService();
  const read = service.reader.version;
  service.reader.version = () => Promise.reject(new Error('no log is open'));
  service.refuseAll = refusal('NOT_READY', 'the node opens its log');
  const { file } = await watched({ 'a.yaml': yaml('a') }, service);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(file('a.yaml')?.state).toBe('waiting');
  service.reader.version = read;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(file('a.yaml')?.state).toBe('waiting');
  service.refuseAll = null;
  await until(() => file('a.yaml')?.state === 'applied');
});

test('dags-dir: a changed file is applied; a broken one is told and its DAG goes on', async () => {
  const { path, service, file, traced } = await watched({ 'a.yaml': yaml('a') });
  await until(() => file('a.yaml')?.state === 'applied');
  const good = file('a.yaml')?.versionId;
  await writeFile(join(path, 'a.yaml'), 'id: d\ntasks:\n  a: { type: noop, retries: -1 }\n');
  await until(() => file('a.yaml')?.state === 'broken');
  expect(file('a.yaml')).toMatchObject({ dagId: 'd', versionId: good });
  expect(file('a.yaml')?.problems).toMatchObject([{ line: 3, path: 'tasks.a.retries' }]);
  expect(traced).toContain('dags-dir.broken');
  expect(service.state.dag(here, dagId('d'))?.versionId).toBe(good);
  await writeFile(join(path, 'a.yaml'), yaml('b'));
  await until(() => file('a.yaml')?.state === 'applied' && file('a.yaml')?.versionId !== good);
  expect(service.submissions).toHaveLength(2);
});

test('dags-dir: a broken file that is touched is looked at again', async () => {
  const service = new FakeService();
  service.refuseAll = refusal('DAG_INVALID', 'calendar holidays is not there');
  const { path, file } = await watched({ 'a.yaml': yaml('a') }, service);
  await until(() => file('a.yaml')?.state === 'broken');
  service.refuseAll = null;
  await utimes(join(path, 'a.yaml'), new Date(), new Date());
  await until(() => file('a.yaml')?.state === 'applied');
});

test('dags-dir: a definition does not leave with its file', async () => {
  const { path, service, file } = await watched({ 'a.yaml': yaml('a') });
  await until(() => file('a.yaml')?.state === 'applied');
  await unlink(join(path, 'a.yaml'));
  await until(() => file('a.yaml')?.state === 'gone');
  expect(service.state.dag(here, dagId('d'))).toBeDefined();
});

test('dags-dir: W2, a restart takes back neither a roll-back nor a delete', async () => {
  const service = new FakeService();
  const first = await watched({ 'a.yaml': yaml('a') }, service);
  await until(() => first.file('a.yaml')?.state === 'applied');
  await writeFile(join(first.path, 'a.yaml'), yaml('b'));
  await until(() => service.submissions.length === 2);
  const [row] = [...service.state.dags()];
  const [old] = service.state.versionsOf(here, dagId('d'));
  service.commit('roll-back', [
    { table: 'dag', key: 'default/d', row: { ...row!, versionId: old!.versionId } },
  ]);
  const again = await watched({ 'a.yaml': yaml('b') }, service);
  await until(() => again.file('a.yaml')?.state === 'applied');
  expect(service.submissions).toHaveLength(2);
  expect(service.state.dag(here, dagId('d'))?.versionId).toBe(old!.versionId);
});

test('dags-dir: what nobody answers is asked again', async () => {
  const service = new FakeService();
  service.refuseAll = refusal('NO_LEADER', 'no leader');
  const { file } = await watched({ 'a.yaml': yaml('a') }, service);
  await until(() => file('a.yaml')?.dagId === 'd');
  expect(file('a.yaml')?.state).toBe('waiting');
  service.refuseAll = null;
  await until(() => file('a.yaml')?.state === 'applied');
});

test('dags-dir: two files that define one DAG are told apart', async () => {
  const { path, file } = await watched({ 'a.yaml': yaml('a') });
  await until(() => file('a.yaml')?.state === 'applied');
  await writeFile(join(path, 'hidden.tmp'), yaml('b'));
  await rename(join(path, 'hidden.tmp'), join(path, 'b.yaml'));
  await until(() => file('b.yaml')?.state === 'broken');
  expect(file('b.yaml')?.problems[0]?.message).toContain('a.yaml defines DAG d already');
});

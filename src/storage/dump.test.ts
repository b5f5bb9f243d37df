import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { skein } from '../../test/cli/kit.ts';
import {
  ask,
  clock,
  digestStep,
  directoryIdentity,
  makeDirectory,
} from '../../test/support/real-directory.ts';
import { type DumpOptions, dumpDirectory } from './dump.ts';
import type { DumpLine } from './dump-sink.ts';
import { writeIdentity } from './identity.ts';
import { openLevelDisk } from './level.ts';

const records = 40;
const nothing = { log: false, ledger: false, facts: false };

describe('dump', () => {
  let root: string;
  let directory: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'skein-dump-test-'));
    directory = join(root, 'data');
  });
  afterEach(() => rm(root, { recursive: true }));

  async function dump(
    options: Partial<DumpOptions> = {},
  ): Promise<{ readonly faults: number; readonly lines: readonly DumpLine[] }> {
    const lines: DumpLine[] = [];
    const faults = await dumpDirectory({
      directory,
      clock,
      show: nothing,
      verify: false,
      emit: (line) => lines.push(line),
      signal: new AbortController().signal,
      ...options,
    });
    if (!faults.ok) throw new Error(faults.error.message);
    return { faults: faults.value, lines };
  }

  /** Another process that has the log open: within one process the lock is no obstacle. */
  async function holdLog(): Promise<{ end(): Promise<void> }> {
    const program = `import { Level } from 'level';
      const database = new Level(process.argv[1]);
      await database.open();
      process.stdout.write('open');
      process.stdin.resume().on('end', () => database.close());`;
    const args = ['--input-type=module', '--eval', program, '--', join(directory, 'log')];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((opened) => child.stdout.once('data', opened));
    return {
      end: () =>
        new Promise((ended) => {
          child.once('exit', () => ended());
          child.stdin.end();
        }),
    };
  }

  const faultsIn = (lines: readonly DumpLine[]): readonly DumpLine[] =>
    lines.filter(({ kind }) => kind === 'fault');

  /** Every file with its content and its time of change. */
  async function fingerprint(): Promise<string> {
    const names = await readdir(directory, { recursive: true });
    const files = names.sort().map(async (name) => {
      const path = join(directory, name);
      const { mtimeMs, size, ino } = await stat(path);
      const isFile = (await stat(path)).isFile();
      const content = isFile
        ? createHash('sha1')
            .update(await readFile(path))
            .digest('hex')
        : '';
      return [name, mtimeMs, size, ino, content];
    });
    return JSON.stringify(await Promise.all(files));
  }

  it('shows identity, head, mark, every entry and every row, and changes nothing', async () => {
    const story = await makeDirectory(directory, { records });
    const before = await fingerprint();
    const { faults, lines } = await dump({ show: { log: true, ledger: true, facts: true } });
    expect(faults).toBe(0);
    const of = (kind: string): readonly DumpLine[] => lines.filter((line) => line.kind === kind);
    expect(of('identity')).toMatchObject([{ node: 'a', clusterId: 'c-1', hasStores: true }]);
    expect(of('mark')).toMatchObject([{ term: 3, vote: 'b', lastIndex: records + 2 }]);
    expect(of('head')).toMatchObject([{ acknowledged: { lastIndex: records + 2 } }]);
    expect(of('entry')).toHaveLength(records + 2);
    expect(of('entry').at(0)).toMatchObject({ index: 1, term: 2, record: { version: 1 } });
    expect(of('entry').at(-2)).toMatchObject({ noop: true });
    expect(of('entry').at(-1)).toMatchObject({ term: 3, members: { learners: [] } });
    const facts = story.commits.flatMap(({ decisions }) => decisions.flatMap((each) => each.facts));
    expect(of('fact').map(({ key }) => key)).toEqual(facts.map(({ key }) => key));
    expect(of('ledger')).toMatchObject([{ store: 'ledger', number: 0 }]);
    expect(of('row').find(({ key }) => key === 'meta')).toMatchObject({
      value: { appliedIndex: records },
    });
    expect(JSON.parse(JSON.stringify(lines))).toHaveLength(lines.length);
    expect(await fingerprint()).toBe(before);
  });

  it('verifies a log from its begin, the ledger against it, and every digest', async () => {
    await makeDirectory(directory, { records });
    const { faults, lines } = await dump({ verify: true });
    expect(faults).toBe(0);
    expect(lines.map(({ kind }) => kind)).toEqual(['identity', 'summary']);
    expect(lines.at(-1)).toMatchObject({
      whole: true,
      log: { base: 0, last: records + 2, entries: records + 2 },
      ledger: { applied: records },
      digests: { checked: records / digestStep, notCheckable: 0 },
    });
  });

  it('says which digests cannot be checked when the front of the log is gone', async () => {
    await makeDirectory(directory, { records, purgeTo: 25 });
    const { faults, lines } = await dump({ verify: true });
    expect(faults).toBe(0);
    expect(lines.at(-1)).toMatchObject({
      log: { base: 25, entries: records + 2 - 25 },
      digests: { checked: 0, notCheckable: 2 },
    });
  });

  it('finds a digest that is not that of the state, and names the entry', async () => {
    const digestOf = (index: number, own: string): string => (index === 20 ? 'other' : own);
    await makeDirectory(directory, { records, digestOf });
    const { faults, lines } = await dump({ verify: true });
    expect(faults).toBe(1);
    expect(faultsIn(lines)).toMatchObject([{ where: 'entry 20' }]);
    expect(lines.at(-1)).toMatchObject({ kind: 'summary', whole: false, faults: 1 });
  });

  it('finds a ledger of another history beside a whole log', async () => {
    await makeDirectory(directory, { records });
    const other = join(root, 'other');
    await makeDirectory(other, { records: records - 20 });
    await rm(join(directory, 'ledger'), { recursive: true });
    await cp(join(other, 'ledger'), join(directory, 'ledger'), { recursive: true });
    expect((await dump({ verify: true })).faults).toBe(0);
    await makeDirectory(join(root, 'longer'), { records: records + 20 });
    await rm(join(directory, 'ledger'), { recursive: true });
    await cp(join(root, 'longer', 'ledger'), join(directory, 'ledger'), { recursive: true });
    const { lines } = await dump({ verify: true });
    expect(faultsIn(lines)).toMatchObject([{ where: 'log' }]);
  });

  it('finds damage in each file, and shows what can still be read', async () => {
    await makeDirectory(directory, { records });
    await writeFile(join(directory, 'identity'), 'garbage');
    await writeFile(join(directory, 'head'), Buffer.alloc(8192, 7));
    const { lines } = await dump({ verify: true, show: { ...nothing, log: true } });
    expect(faultsIn(lines).map(({ where }) => where)).toEqual(['identity', 'log']);
    expect(lines.filter(({ kind }) => kind === 'entry')).toHaveLength(records + 2);
  });

  it('a directory that is in use is refused, and can be used again after a dump', async () => {
    await makeDirectory(directory, { records: 4 });
    const holder = await holdLog();
    const held = await skein(['dump', directory]);
    await holder.end();
    expect(held).toMatchObject({ code: 70, out: '' });
    expect(held.err).toContain('DATA_LOCKED');
    const free = await skein(['dump', directory, '--verify']);
    expect(free.code).toBe(0);
    expect(JSON.parse(free.out.trim().split('\n').at(-1)!)).toMatchObject({ whole: true });
    await rm(join(directory, 'head'));
    expect((await skein(['dump', directory, '--verify'])).code).toBe(70);
  });

  it('a directory whose stores were not made yet has nothing that could be missing', async () => {
    const identity = { ...directoryIdentity, voters: undefined, hasStores: false };
    const disk = openLevelDisk(directory);
    await ask<unknown>((done) => writeIdentity({ disk, identity }, done));
    const { faults, lines } = await dump({ verify: true });
    expect([faults, lines.map(({ kind }) => kind)]).toEqual([0, ['identity', 'no-stores']]);
  });

  it('ends early when nobody wants to hear more', async () => {
    await makeDirectory(directory, { records: 4 });
    const { lines } = await dump({ verify: true, signal: AbortSignal.abort() });
    expect(lines.map(({ kind }) => kind)).toEqual(['identity']);
  });

  it('leaves no copy behind', async () => {
    await makeDirectory(directory, { records: 4 });
    const copies = async (): Promise<readonly string[]> =>
      (await readdir(tmpdir())).filter((name) => /^skein-dump-\w{6}$/.test(name));
    const before = await copies();
    await dump({ verify: true });
    await expect(dump({ directory: join(root, 'nowhere') })).rejects.toThrow('nowhere');
    expect((await copies()).filter((name) => !before.includes(name))).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { ok } from '../../base/result.ts';
import { outputBytesMax } from '../../model/output.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import type { Files } from '../files.ts';
import { MemoryFiles } from '../memory-files.ts';
import { nodeFiles } from '../node-files.ts';
import type { RunEvent, RunningJob, RunResult } from '../runner.ts';
import { dispatchOf } from '../testing/executor-story.ts';
import { fileRunner, filesListedMax, namesLookedAtMax } from './file.ts';

let folder = '';
const folders: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-files-'));
  folders.push(folder);
});

afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true });
});

function start(
  path: string,
  files: Files = nodeFiles,
): { job: RunningJob; events: RunEvent['kind'][]; result: Promise<RunResult> } {
  const events: RunEvent['kind'][] = [];
  let job: RunningJob | undefined;
  const result = new Promise<RunResult>((resolve) => {
    const dispatch = dispatchOf('a', 1, { action: { kind: 'file', path } });
    job = fileRunner({ clock, files }).start(dispatch, (event) => {
      events.push(event.kind);
      if (event.kind === 'ended') resolve(event.result);
    });
  });
  return { job: job!, events, result };
}

const look = (path: string, files?: Files): Promise<RunResult> => start(path, files).result;

interface Output {
  readonly path: string;
  readonly files: readonly {
    readonly path: string;
    readonly size: number;
    readonly mtime: string;
  }[];
  readonly more: boolean;
}

const outputOf = (result: RunResult): Output => JSON.parse(result.output ?? 'null');

const put = (...names: readonly string[]): void => {
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), 'abc');
  }
};

describe('file runner', () => {
  test('a file that is there is told with its size and time', async () => {
    put('in.csv');
    const path = join(folder, 'in.csv');
    utimesSync(path, 1_767_225_600, 1_767_225_600);
    const run = start(path);
    const result = await run.result;
    expect(run.events).toEqual(['started', 'ended']);
    expect(result.outcome).toBe('success');
    expect(outputOf(result)).toEqual({
      path,
      files: [{ path, size: 3, mtime: '2026-01-01T00:00:00.000Z' }],
      more: false,
    });
  });

  test('one that is not, is "not there yet"', async () => {
    for (const name of ['no.csv', 'no/such/folder.csv', '*.csv', 'no/*/x.csv']) {
      const path = join(folder, name);
      expect(await look(path)).toMatchObject({
        ...{ outcome: 'failed', retryable: true, errorClass: 'not_there', output: null },
        error: `not there yet: ${path}`,
      });
    }
  });

  test('a pattern finds files in every folder that fits, in the order of their paths', async () => {
    put('b/2.csv', 'b/1.csv', 'a/3.csv', 'a/3.json', 'c/.4.csv', '.d/5.csv');
    const result = await look(join(folder, '*', '*.csv'));
    expect(outputOf(result).files.map(({ path }) => path)).toEqual(
      ['a/3.csv', 'b/1.csv', 'b/2.csv'].map((name) => join(folder, name)),
    );
  });

  test('a pattern may stand above a name', async () => {
    put('a/_SUCCESS', 'b/part-0');
    const [only] = outputOf(await look(join(folder, '*', '_SUCCESS'))).files;
    expect(only?.path).toBe(join(folder, 'a/_SUCCESS'));
  });

  test('folders are no files, and a link is what it leads to', async () => {
    put('real.csv');
    mkdirSync(join(folder, 'folder.csv'));
    symlinkSync(join(folder, 'real.csv'), join(folder, 'link.csv'));
    symlinkSync(join(folder, 'gone.csv'), join(folder, 'dead.csv'));
    const { files } = outputOf(await look(join(folder, '*.csv')));
    expect(files.map(({ path }) => path)).toEqual(
      ['link.csv', 'real.csv'].map((name) => join(folder, name)),
    );
  });

  test('a path that is none is refused for good', async () => {
    for (const path of ['in.csv', '/data/../etc/passwd', '/']) {
      expect(await look(path)).toMatchObject({
        ...{ outcome: 'failed', retryable: false, errorClass: 'path_invalid' },
      });
    }
  });

  test('the list is bounded, and says that there are more', async () => {
    put(...Array.from({ length: filesListedMax + 5 }, (_, index) => `f${1000 + index}`));
    const output = outputOf(await look(join(folder, 'f*')));
    expect(output.files).toHaveLength(filesListedMax);
    expect(output.more).toBe(true);
  });

  test('long paths are listed as far as an output has room', async () => {
    const deep = Array.from({ length: 8 }, () => 'd'.repeat(120)).join('/');
    put(...Array.from({ length: 90 }, (_, index) => `${deep}/${1000 + index}`));
    const result = await look(join(folder, deep, '*'));
    expect(Buffer.byteLength(result.output ?? '')).toBeLessThanOrEqual(outputBytesMax);
    expect(outputOf(result).more).toBe(true);
    expect(outputOf(result).files.length).toBeGreaterThan(40);
  });

  test('a look does not go through more names than it may', async () => {
    const names = Array.from({ length: namesLookedAtMax + 1 }, (_, index) => `n${index}`);
    const crowded: Files = {
      ...nodeFiles,
      list: (_path, done) => clock.soon(() => done(ok(names))),
    };
    expect(await look('/data/*', crowded)).toMatchObject({
      ...{ outcome: 'failed', retryable: false },
      error: `more than ${namesLookedAtMax} names have to be looked at; narrow the path`,
    });
  });

  test('a look that is stopped ends, once', async () => {
    put('in.csv');
    const run = start(join(folder, '*.csv'));
    run.job.stop('TERM');
    expect(await run.result).toMatchObject({ outcome: 'failed', error: 'stopped while it looked' });
    run.job.stop('KILL');
    expect(run.events).toEqual(['started', 'ended']);
  });

  test('files in memory look the same', async () => {
    const files = new MemoryFiles(clock);
    await new Promise<void>((made) => files.makeDirectory('/data', () => made()));
    files.print('/data/a.csv', 'abc');
    const result = await look('/data/*.csv', files);
    expect(outputOf(result).files).toMatchObject([{ path: '/data/a.csv', size: 3 }]);
    expect(await look('/data', files)).toMatchObject({ outcome: 'failed' });
    expect(await look('/data/b.csv', files)).toMatchObject({ outcome: 'failed' });
  });
});

/**
 * The real body of the Processes port: its contract, and what only an operating system can show.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  allowedModes,
  marked,
  pathVariable,
  RealBench,
  until,
} from '../support/tasks/real-bench.ts';
import { processesSuite } from './processes-suite.ts';

for (const mode of allowedModes) {
  processesSuite(mode, async () => new RealBench({ containment: mode }));
}

/** Strings that shells trip over, and any other that a process can be given. */
const words = fc.oneof(
  fc.constantFrom(
    "'",
    '"',
    '$(exit 9)',
    '`exit 9`',
    '-n',
    '--',
    '\n',
    '\\',
    '',
    ' ',
    '*',
    '~',
    '!',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0')),
  fc.string({
    unit: fc.constantFrom("'", '\\', '\n', '$', '"', ';', '&', '\t', 'é'),
    maxLength: 12,
  }),
);

const names = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/),
  fc.constantFrom(
    'OPTIND',
    'IFS',
    'PWD',
    'OLDPWD',
    'LINENO',
    'PS1',
    'PPID',
    '_',
    'npm.x',
    '-u',
    'é',
  ),
);

const split = (bytes: Buffer): readonly string[] => bytes.toString('utf8').split('\0').slice(0, -1);

describe.each(allowedModes)('real processes (%s)', (mode) => {
  const bench = new RealBench({ containment: mode });
  afterAll(() => bench.close());

  it('hands on arguments byte for byte, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 8 }), async (args) => {
        const run = bench.run({ argv: ['printf', '%s\\0', ...args] });
        await run.ended();
        expect(split(run.stdout())).toEqual(args);
        await run.swept();
      }),
      { numRuns: 60 },
    );
  });

  it('hands on exactly the environment that was given, plus the marker', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, words, { maxKeys: 8 }), async (env) => {
        const run = bench.run({ argv: ['/usr/bin/env', '-0'], env });
        await run.ended();
        const expected = Object.entries(env).map(([name, value]) => `${name}=${value}`);
        expected.push(`SKEIN_ATTEMPT_KEY=${run.spec.key}`);
        expect([...split(run.stdout())].sort()).toEqual(expected.sort());
        await run.swept();
      }),
      { numRuns: 60 },
    );
  });

  it('looks the program up in the PATH of the task', async () => {
    const folder = join(bench.folder, 'own tools');
    mkdirSync(folder);
    writeFileSync(join(folder, 'only-here'), '#!/bin/sh\necho found "$1"\n');
    chmodSync(join(folder, 'only-here'), 0o755);
    const run = bench.run({
      argv: ['only-here', 'it'],
      env: { PATH: `${folder}:${pathVariable}` },
    });
    expect(await run.ended()).toMatchObject({ code: 0 });
    expect(run.stdout().toString()).toBe('found it\n');
  });

  it('runs a program, not the builtin of that name, and in the given folder', async () => {
    const folder = join(bench.folder, "it's $(here)");
    mkdirSync(folder);
    const run = bench.run({ argv: ['pwd'], cwd: folder });
    await run.ended();
    expect(run.stdout().toString()).toBe(`${folder}\n`);
    const missing = bench.run({ argv: ['ended', '0'] });
    expect(await missing.ended()).toMatchObject({ kind: 'exited', code: 127, signal: undefined });
    expect(missing.stderr().toString()).toContain('not found');
  });

  it.each([
    ['no program', { argv: [] }],
    ['NUL', { argv: ['true\0'] }],
    ['half of a character', { argv: ['\ud800'] }],
    ['not absolute', { cwd: 'here' }],
    ['control character', { cwd: '/a\nx 0' }],
    ['not a name', { env: { 'a=b': 'c' } }],
    ['longer than', { argv: ['x'.repeat(1 << 20)] }],
    ['cannot create', { stdoutFile: '/nonexistent/folder/out' }],
    ["can't cd", { cwd: '/nonexistent' }],
  ])('says why a task failed to start: %s', async (words, part) => {
    const end = await bench.run(part).ended();
    expect(end).toMatchObject({ kind: 'failed', reason: expect.stringContaining(words) });
  });

  it('keeps the bytes and the order of 10 MB of output', async () => {
    const run = await bench.shell("seq 1 1300000; printf '\\000\\377\\r\\n'; echo end >&2");
    const lines = Array.from({ length: 1_300_000 }, (_, i) => `${i + 1}\n`).join('');
    const expected = Buffer.concat([Buffer.from(lines), Buffer.from([0, 255, 13, 10])]);
    expect(run.stdout().equals(expected)).toBe(true);
    expect(run.stderr().toString()).toBe('end\n');
  });

  it('starts tasks with an empty input, three descriptors and default signals', async () => {
    const input = await bench.shell('cat; ls -l /proc/self/fd');
    const descriptors = [
      ...input
        .stdout()
        .toString()
        .matchAll(/ (\d+) -> (\S+)/g),
    ];
    // The third one is the listing's own look at the folder.
    expect(descriptors.map((match) => match[1])).toEqual(['0', '1', '2', '3']);
    expect(descriptors[0]?.[2]).toBe('/dev/null');
    const signals = await bench.shell('grep -E "Sig(Ign|Blk)" /proc/self/status');
    expect(signals.stdout().toString()).toMatch(/^SigBlk:\s0+\nSigIgn:\s0+\n$/);
  });

  it.each([
    ['TERM', 15],
    ['SEGV', 11],
    ['INT', 2],
    ['KILL', 9],
  ])('tells the signal when a task ends by %s', async (name, signal) => {
    const run = await bench.shell(`kill -${name} $$`);
    expect(run.events.at(-1)).toMatchObject({ kind: 'exited', code: 128 + signal, signal });
  });

  it('survives a task that signals its whole group', async () => {
    const run = await bench.shell('trap : TERM; kill -TERM 0; exit 7');
    expect(run.events.at(-1)).toMatchObject({ kind: 'exited', code: 7, signal: undefined });
    expect((await bench.shell('exit 8')).events.at(-1)).toMatchObject({ code: 8 });
  });

  it('ends an attempt when its process ends, though a child keeps its output open', async () => {
    const run = await bench.shell('sleep 1000 & echo parent');
    expect(run.events.at(-1)).toMatchObject({ code: 0 });
    // A process that is just being started shows no environment for a moment.
    await until(() => marked(run.spec.key).length === 1);
    await run.swept();
    expect(marked(run.spec.key)).toEqual([]);
  });

  it('sweeps setsid daemons and double forks, and nothing of its neighbours', async () => {
    const neighbour = bench.run({ argv: ['sh', '-c', 'setsid sleep 1001 & echo up; wait'] });
    await until(() => neighbour.events.length === 1 && neighbour.stdout().length > 0);
    const daemon = 'setsid sh -c \'(trap "" TERM HUP; exec sleep 1000) & sleep 1000\' &';
    const run = await bench.shell(`${daemon} (setsid sleep 1000 &); sleep 0.1`);
    expect(marked(run.spec.key).length).toBeGreaterThanOrEqual(3);
    await run.swept();
    expect(marked(run.spec.key)).toEqual([]);
    expect(marked(neighbour.spec.key).length).toBeGreaterThanOrEqual(2);
    await neighbour.swept();
    expect(marked(neighbour.spec.key)).toEqual([]);
  });

  it('runs many more lasting tasks than it keeps helpers', async () => {
    const runs = Array.from({ length: 40 }, () => bench.run({ argv: ['sleep', '1000'] }));
    await until(() => runs.every((run) => run.events[0]?.kind === 'started'));
    await Promise.all(runs.map((run) => run.swept()));
    expect(marked(bench.prefix)).toEqual([]);
  });

  it('runs 500 short tasks', async () => {
    const beginMs = performance.now();
    const runs = Array.from({ length: 500 }, () => bench.run({ argv: ['sh', '-c', 'true'] }));
    await Promise.all(runs.map((run) => run.ended()));
    const perSecond = Math.round(500_000 / (performance.now() - beginMs));
    await Promise.all(runs.map((run) => run.swept()));
    expect(runs.every((run) => run.events.length === 2)).toBe(true);
    console.info(`${mode}: ${perSecond} short tasks per second`);
  });
});

/** What is left when an executor, a helper or a guard dies: nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceFields } from '../../src/base/trace.ts';
import { startsQueuedMax } from '../../src/executor/processes/forkers.ts';
import { groupBases } from '../../src/executor/processes/group-host.ts';
import { hostClock } from '../../src/executor/processes/host-clock.ts';
import { compile } from '../support/tasks/compile.ts';
import {
  allowedModes,
  allProcesses,
  marked,
  RealBench,
  readProcess,
  until,
} from '../support/tasks/real-bench.ts';

/** The limit of W21 without the lease, which does not matter to an executor that is gone. */
const orphanMsMax = 2000;

const programFolder = mkdtempSync(join(tmpdir(), 'skein-executor-'));
const executors: ChildProcess[] = [];
let program = '';
beforeAll(() => {
  program = compile('test/support/tasks/executor-to-kill.ts', programFolder);
});
afterAll(() => {
  for (const child of executors) child.kill('SIGKILL');
  rmSync(programFolder, { recursive: true, force: true });
});

function startExecutor(mode: string, prefix: string): { child: ChildProcess; said: () => string } {
  const folder = join(programFolder, prefix);
  mkdirSync(folder);
  const child = spawn(process.execPath, [program, mode, folder, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  executors.push(child);
  let text = '';
  child.stdout!.on('data', (chunk) => {
    text += String(chunk);
  });
  return { child, said: () => text };
}

/** Processes that run `sleep` for so many seconds, whatever their environment. */
const sleeping = (seconds: number): readonly number[] =>
  allProcesses().filter((pid) => readProcess(pid, 'cmdline') === `/bin/sleep\0${seconds}\0`);

/** Control groups that an executor has made, in whatever hierarchy. */
const groupsOf = (owner: string): readonly string[] =>
  groupBases((path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined))
    .flatMap((base) => [...new Set(base.directories.values())])
    .flatMap((directory) => readdirSync(directory))
    .filter((name) => name.startsWith(`skein.${owner}.`));

/** Of whichever thread. */
const childrenOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readProcess(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );

/** The guard is the one child that was given a PATH. */
const isGuard = (pid: number): boolean => readProcess(pid, 'environ').startsWith('PATH=');

describe.each(allowedModes)('containment (%s)', (mode) => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`leaves no process of a task when the executor ends by ${signal}`, async () => {
      const prefix = `dying-${process.pid}-${mode}-${signal}-`;
      const { child, said } = startExecutor(mode, prefix);
      // Three that stay, with their daemons, and the daemon of one that has ended.
      await until(() => said().includes('3 exited') && marked(prefix).length >= 9);
      child.kill(signal);
      await until(() => marked(prefix).length === 0, orphanMsMax);
      await until(() => groupsOf(prefix).length === 0);
    });
  }

  it('ends an attempt once, as killed, when its helper is killed, and starts another', async () => {
    const bench = new RealBench({ containment: mode, helpers: 1 });
    const run = bench.run({ argv: ['sh', '-c', 'setsid sleep 1000 & sleep 1000'] });
    await until(() => run.events.length === 1 && marked(run.spec.key).length >= 3);
    const started = run.events[0]!;
    process.kill(started.kind === 'started' ? started.pid : 0, 'SIGKILL');
    expect(await run.ended()).toMatchObject({ kind: 'exited', code: 137, signal: 9 });
    expect(marked(run.spec.key)).toEqual([]);
    await run.swept();
    expect((await bench.shell('exit 5')).events.at(-1)).toMatchObject({ code: 5 });
    expect(run.events).toHaveLength(2);
    await bench.close();
  });

  it('ends an attempt whose task kills its own parent', async () => {
    const bench = new RealBench({ containment: mode, helpers: 1 });
    const run = await bench.shell('setsid sleep 1000 & kill -KILL $PPID; sleep 1000');
    expect(run.events.at(-1)).toMatchObject({ kind: 'exited', code: 137, signal: 9 });
    await run.swept();
    expect(marked(bench.prefix)).toEqual([]);
    await bench.close();
  });

  it('ends everything at close, queued starts included', async () => {
    const bench = new RealBench({ containment: mode, helpers: 1 });
    const runs = Array.from({ length: 5 }, () => bench.run({ argv: ['sleep', '1000'] }));
    await until(() => runs[0]!.events.length > 0);
    await new Promise<void>((resolve) => bench.real.close(resolve));
    expect(runs.every((run) => run.events.at(-1)!.kind !== 'started')).toBe(true);
    expect(marked(bench.prefix)).toEqual([]);
    const late = bench.run({ argv: ['true'] });
    expect(await late.ended()).toEqual({ kind: 'failed', reason: 'the executor ends' });
    rmSync(bench.folder, { recursive: true });
  });
});

describe.each(allowedModes.filter((mode) => mode !== 'marker-scan'))('a namespace (%s)', (mode) => {
  it('holds even a daemon that erases its environment', async () => {
    const bench = new RealBench({ containment: mode });
    const seconds = 100_000 + process.pid;
    const run = await bench.shell(`env -i /usr/bin/setsid /bin/sleep ${seconds} & sleep 0.05`);
    expect(marked(run.spec.key)).toEqual([]);
    expect(sleeping(seconds)).toHaveLength(1);
    await run.swept();
    expect(sleeping(seconds)).toEqual([]);
    await bench.close();
  });
});

describe('the guard of a host without namespaces', () => {
  it('is replaced when it is killed, and the new one knows everything', async () => {
    const prefix = `guarded-${process.pid}-`;
    const { child, said } = startExecutor('marker-scan', prefix);
    await until(() => said().includes('3 exited') && marked(prefix).length >= 9);
    const guards = (): readonly number[] => childrenOf(child.pid!).filter(isGuard);
    const [first] = guards();
    process.kill(first!, 'SIGKILL');
    await until(() => guards().length === 1 && guards()[0] !== first);
    child.kill('SIGKILL');
    await until(() => marked(prefix).length === 0, orphanMsMax);
  });
});

describe('the crew of helpers', () => {
  it('refuses a start by name when too many wait', async () => {
    const bench = new RealBench({ helpers: 1 });
    const runs = Array.from({ length: startsQueuedMax + 1 }, () => bench.run({}));
    expect(await runs.at(-1)!.ended()).toMatchObject({
      kind: 'failed',
      reason: `${startsQueuedMax} starts wait already`,
    });
    await bench.close();
    expect(runs.every((run) => run.events.at(-1)!.kind !== 'started')).toBe(true);
  });

  it('grows with lasting tasks and shrinks when they are gone', async () => {
    // The crew lives twenty times faster, so that idle helpers leave after half a second.
    const clock = {
      ...hostClock,
      after: (delayMs: number, run: () => void) => hostClock.after(delayMs / 20, run),
    };
    const bench = new RealBench({ helpers: 2, clock });
    // The keeper of the groups, where there are groups.
    const before = childrenOf(process.pid).length;
    const runs = Array.from({ length: 12 }, () => bench.run({ argv: ['sleep', '0.3'] }));
    await Promise.all(runs.map((run) => run.ended()));
    await Promise.all(runs.map((run) => run.swept()));
    expect(childrenOf(process.pid).length - before).toBeGreaterThan(4);
    await until(() => childrenOf(process.pid).length - before <= 2);
    await bench.close();
  });
});

describe('the choice of containment', () => {
  it('takes the strongest way that the host allows and says so', async () => {
    const told: TraceFields[] = [];
    const bench = new RealBench({ trace: (_level, _name, fields = {}) => told.push(fields) });
    expect(bench.real.mode).toBe(allowedModes[0]);
    expect(told).toContainEqual(expect.objectContaining({ mode: allowedModes[0] }));
    await bench.close();
  });

  it('always has the marker scan to fall back on', () => {
    expect(allowedModes).toContain('marker-scan');
  });
});

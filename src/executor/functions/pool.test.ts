import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessEvent, Processes, ProcessSpec } from '../../base/ports.ts';
import { realClock } from '../../node/real-ports.ts';
import { FunctionPool } from './pool.ts';

/** A process that somebody asked for. */
interface Started {
  readonly spec: ProcessSpec;
  readonly signals: string[];
  readonly tell: (event: ProcessEvent) => void;
}

let folder: string;
let started: Started[];
let pool: FunctionPool;
let later: { readonly ms: number; run: () => void }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-pool-'));
  started = [];
  later = [];
  const processes: Processes = {
    start(spec, tell) {
      const signals: string[] = [];
      started.push({ spec, signals, tell });
      return { signal: (name) => signals.push(name), sweep: (done) => setImmediate(done) };
    },
  };
  let marks = 0;
  pool = new FunctionPool({
    clock: {
      ...realClock,
      soon: (run) => realClock.soon(run),
      after(ms, run) {
        const timer = { ms, run };
        later.push(timer);
        return { cancel: () => (timer.run = () => {}) };
      },
    },
    processes,
    folder,
    inherited: { PATH: '/bin' },
    nextMark: () => `mark-${++marks}`,
    waiting: (path) => ['node', 'worker', 'wait', path],
    callFileOf: (argv) => argv.at(-1) ?? '',
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

const specOf = (differs: Partial<ProcessSpec> = {}): ProcessSpec => ({
  key: 'own',
  argv: ['node', 'worker', 'run', '/a/call.json'],
  env: { PATH: '/bin', MINE: '1' },
  cwd: '/a/work',
  stdoutFile: '/a/stdout',
  stderrFile: '/a/stderr',
  limits: { memoryBytes: 1000 },
  ...differs,
});

const isWaiting = ({ spec }: Started): boolean => spec.argv.includes('wait');
const waiters = (): readonly Started[] => started.filter(isWaiting);

/** Starts an attempt, and lets the workers boot that wait for the next ones. */
async function call(differs: Partial<ProcessSpec> = {}) {
  const events: ProcessEvent[] = [];
  const before = started.length;
  const process = pool.start(specOf(differs), (event) => events.push(event));
  const own = started.slice(before).find((each) => !isWaiting(each));
  // Each worker that is to boot has a timer from the beginning.
  await expect.poll(() => waiters().length).toBe(later.length);
  return { process, events, own };
}

describe('workers that wait', () => {
  it('the first call starts anew, the next one is taken over as it was to be started', async () => {
    const first = await call();
    expect(first.own?.spec).toEqual(specOf());
    const [worker] = waiters();
    expect(worker?.spec).toMatchObject({ env: { PATH: '/bin' }, limits: { memoryBytes: 1000 } });
    worker?.tell({ kind: 'started', pid: 7 });
    const second = await call({ env: { MINE: '2' } });
    expect(second.own).toBeUndefined();
    const file = `${worker?.spec.cwd}/handover.json`;
    await expect.poll(() => existsSync(file)).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      ...{ callFile: '/a/call.json', env: { MINE: '2' }, cwd: '/a/work' },
      ...{ stdoutFile: '/a/stdout', stderrFile: '/a/stderr' },
    });
    expect(second.events).toEqual([{ kind: 'started', pid: 7 }]);
    second.process.signal('TERM');
    expect(worker?.signals).toEqual(['TERM']);
    const exit = { kind: 'exited', code: 0, signal: undefined } as const;
    worker?.tell(exit);
    expect(second.events.at(-1)).toEqual(exit);
    await new Promise<void>((done) => second.process.sweep(done));
    expect(existsSync(file)).toBe(false);
  });

  it('W1: one is given only to what it was started like', async () => {
    await call();
    waiters()[0]?.tell({ kind: 'started', pid: 7 });
    const others: readonly Partial<ProcessSpec>[] = [
      { limits: { memoryBytes: 2000 } },
      { user: { name: 'u', uid: 1, gid: 1 } },
      { masked: ['secret'] },
      { env: { NODE_OPTIONS: '--expose-gc' } },
    ];
    for (const differs of others) expect((await call(differs)).own).toBeDefined();
  });

  it('one that has not begun to run is not given away', async () => {
    await call();
    expect((await call()).own).toBeDefined();
  });

  it('W2: no more than four wait, however many run', async () => {
    for (let at = 0; at < 9; at++) await call();
    expect(pool.waiting).toBe(4);
    await call({ limits: { memoryBytes: 5 } });
    expect(pool.waiting).toBe(4);
  });

  it('one that nobody wants, or that dies, is gone with its folder', async () => {
    await call();
    const [worker] = waiters();
    worker?.tell({ kind: 'started', pid: 7 });
    expect(later[0]?.ms).toBe(60_000);
    later[0]?.run();
    expect(worker?.signals).toEqual(['KILL']);
    expect(pool.waiting).toBe(0);
    worker?.tell({ kind: 'exited', code: 137, signal: 9 });
    await expect.poll(() => existsSync(worker?.spec.cwd ?? '')).toBe(false);
    expect((await call()).own).toBeDefined();
  });
});

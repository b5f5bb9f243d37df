import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonicMs } from '../../base/brand.ts';
import type { ProcessEvent, Processes, ProcessSpec } from '../../base/ports.ts';
import { ok, type Result } from '../../base/result.ts';
import { realClock } from '../../node/real-ports.ts';
import type { MaskedLog } from '../masking/masker.ts';
import { type Answer, type ServedCall, servingFilesIn } from './call.ts';
import type { AskedCall } from './served-attempt.ts';
import { ServingPool } from './serving-pool.ts';

/** A worker that the test plays: its pipes are real, its process is not. */
class Played {
  readonly spec: ProcessSpec;
  readonly signals: string[] = [];
  readonly #tell: (event: ProcessEvent) => void;
  #calls: FileHandle | undefined;
  #answers: FileHandle | undefined;

  constructor(spec: ProcessSpec, tell: (event: ProcessEvent) => void) {
    this.spec = spec;
    this.#tell = tell;
  }

  async boot(): Promise<void> {
    const files = servingFilesIn(this.spec.cwd);
    this.#calls = await open(files.calls, 'r');
    this.#answers = await open(files.answers, 'w');
    this.#tell({ kind: 'started', pid: 7 });
    await this.says({ kind: 'ready' });
  }

  async hears(): Promise<ServedCall> {
    const header = Buffer.alloc(4);
    await this.#calls?.read(header, 0, 4);
    const text = Buffer.alloc(header.readUInt32LE());
    await this.#calls?.read(text, 0, text.length);
    return JSON.parse(text.toString());
  }

  async says(answer: Answer): Promise<void> {
    await this.#answers?.write(`${JSON.stringify(answer)}\n`);
  }

  async answers(number: number, more: Partial<Extract<Answer, { kind: 'ended' }>> = {}) {
    const figures = { exitCode: 0, tookMs: 1, cpuMs: 1, cpuMsTotal: number, memoryBytesMax: 10 };
    const output = null;
    await this.says({ kind: 'ended', number, ...figures, output, stays: true, ...more });
  }

  async ends(event: Exclude<ProcessEvent, { kind: 'started' }>): Promise<void> {
    await this.close();
    this.#tell(event);
  }

  async close(): Promise<void> {
    await this.#calls?.close();
    await this.#answers?.close();
    this.#calls = undefined;
    this.#answers = undefined;
  }
}

let folder: string;
let workers: Played[];
let pool: ServingPool;
let nowMs: number;
/** What the masker has been asked to open and has not answered; logs that it has closed. */
let masking: ((result: Result<MaskedLog, string>) => void)[];
let closedLogs: number;
let timers: { readonly at: number; run: (() => void) | undefined }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-serving-'));
  workers = [];
  timers = [];
  masking = [];
  closedLogs = 0;
  nowMs = 1000;
  const processes: Processes = {
    start(spec, tell) {
      const worker = new Played(spec, tell);
      workers.push(worker);
      const killed = { kind: 'exited', code: 137, signal: 9 } as const;
      let hasEnded = false;
      const kill = (): void => {
        if (!hasEnded) void worker.ends(killed);
        hasEnded = true;
      };
      return {
        signal(name) {
          worker.signals.push(name);
          if (name === 'KILL') kill();
        },
        sweep(done) {
          kill();
          setImmediate(done);
        },
      };
    },
  };
  let marks = 0;
  pool = new ServingPool({
    clock: {
      ...realClock,
      monotonicMs: () => monotonicMs(nowMs),
      after(ms, run) {
        const timer: (typeof timers)[number] = { at: nowMs + ms, run };
        timers.push(timer);
        return {
          cancel() {
            timer.run = undefined;
          },
        };
      },
    },
    processes,
    folder,
    inherited: { PATH: '/bin' },
    nextMark: () => `mark-${++marks}`,
    serving: (path) => ['node', 'worker', 'serve', path],
    masker: { open: (_files, _secrets, done) => masking.push(done), stop() {} },
  });
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  rmSync(folder, { recursive: true, force: true });
});

function advance(ms: number): void {
  nowMs += ms;
  for (const timer of [...timers]) {
    if (timer.at > nowMs) continue;
    timers.splice(timers.indexOf(timer), 1);
    timer.run?.();
  }
}

const specOf = (differs: Partial<ProcessSpec> = {}): ProcessSpec => ({
  key: 'own',
  argv: [],
  env: { PATH: '/bin', MINE: '1' },
  cwd: '/a/work',
  stdoutFile: '/a/stdout',
  stderrFile: '/a/stderr',
  ...differs,
});

const askedOf = (differs: Partial<AskedCall> = {}): AskedCall => ({
  owner: ['default', 'dag', 'task'],
  code: 'export default 1',
  call: {
    ...{ file: '', isInline: true, export: 'default', input: null },
    ...{ cache: '/cache', compiler: '/esbuild' },
  },
  ...differs,
});

function call(spec: Partial<ProcessSpec> = {}, asked: Partial<AskedCall> = {}) {
  const events: ProcessEvent[] = [];
  const process = pool.start(specOf(spec), askedOf(asked), (event) => events.push(event));
  return { process, events };
}

/** The worker that is booted as number `at`. */
async function booted(at: number): Promise<Played> {
  await expect.poll(() => workers.length).toBeGreaterThan(at);
  const worker = workers[at];
  if (worker === undefined) throw new Error('there is one');
  await worker.boot();
  return worker;
}

const exited = { kind: 'exited', code: 0, signal: undefined } as const;

describe('workers that stay', () => {
  it('a call is given what a process would be started with, and ends as one', async () => {
    const { process, events } = call();
    const worker = await booted(0);
    expect(worker.spec).toMatchObject({ key: 'mark-1', env: { PATH: '/bin' } });
    expect(await worker.hears()).toMatchObject({
      ...{ number: 1, env: { PATH: '/bin', MINE: '1' }, cwd: '/a/work' },
      ...{ stdoutFile: '/a/stdout', stderrFile: '/a/stderr' },
      call: { file: `${worker.spec.cwd}/main.mjs` },
    });
    await worker.answers(1, { cpuMs: 3.4, exitCode: 101 });
    await expect
      .poll(() => events)
      .toEqual([
        { kind: 'started', pid: 7 },
        { ...exited, code: 101, usage: { cpuMs: 3, memoryBytesMax: 10 } },
      ]);
    await new Promise<void>((done) => process.sweep(done));
    expect(worker.signals).toEqual([]);
    const next = call();
    expect(await worker.hears()).toMatchObject({ number: 2 });
    await worker.answers(2);
    await expect.poll(() => next.events.length).toBe(2);
    expect(workers.length).toBe(1);
  });

  it('SP1: what differs in one of these has a worker of its own', async () => {
    call();
    await (await booted(0)).hears();
    await workers[0]?.answers(1);
    const asked = askedOf();
    const others: readonly [Partial<ProcessSpec>, Partial<AskedCall>][] = [
      [{}, { owner: ['other', 'dag', 'task'] }],
      [{}, { owner: ['default', 'other', 'task'] }],
      [{}, { owner: ['default', 'dag', 'other'] }],
      [{}, { code: 'export default 2' }],
      [{}, { call: { ...asked.call, export: 'other' } }],
      [{ limits: { memoryBytes: 5 } }, {}],
      [{ env: { NODE_OPTIONS: '--expose-gc' } }, {}],
    ];
    for (const [at, [spec, differs]] of others.entries()) {
      call(spec, differs);
      const worker = await booted(at + 1);
      await worker.hears();
    }
    expect(workers.at(-1)?.spec.env).toEqual({ PATH: '/bin', NODE_OPTIONS: '--expose-gc' });
  });

  it('one more is booted when somebody has waited for as long as that takes', async () => {
    const calls = [call(), call(), call()];
    const first = await booted(0);
    await first.hears();
    advance(40);
    expect(workers.length).toBe(1);
    advance(40);
    const second = await booted(1);
    expect(await second.hears()).toMatchObject({ number: 1 });
    await first.answers(1);
    expect(await first.hears()).toMatchObject({ number: 2 });
    await first.answers(2);
    await second.answers(1);
    await expect.poll(() => calls.map(({ events }) => events.length)).toEqual([2, 2, 2]);
    expect(workers.length).toBe(2);
  });

  it('SP2: one that does not stay, is asked to stop or ends is given no call', async () => {
    const first = call();
    const one = await booted(0);
    await one.hears();
    const waiting = call();
    await one.answers(1, { stays: false });
    await expect.poll(() => first.events.length).toBe(2);
    const two = await booted(1);
    await two.hears();
    waiting.process.signal('TERM');
    expect(two.signals).toEqual(['TERM']);
    await two.answers(1);
    await expect.poll(() => waiting.events.length).toBe(2);
    call();
    const three = await booted(2);
    await three.hears();
    await three.ends({ kind: 'exited', code: 134, signal: 6 });
    await expect.poll(() => pool.alive).toBe(2);
    const next = call();
    await (await booted(3)).hears();
    await workers[3]?.answers(1);
    await expect.poll(() => next.events.length).toBe(2);
    expect(existsSync(one.spec.cwd)).toBe(true);
    await new Promise<void>((done) => first.process.sweep(done));
    await expect.poll(() => existsSync(one.spec.cwd)).toBe(false);
  });

  it('a call that ends its worker is told what is left of the account', async () => {
    call();
    const worker = await booted(0);
    await worker.hears();
    await worker.answers(1, { cpuMsTotal: 40 });
    const { events } = call();
    await worker.hears();
    const usage = { cpuMs: 100, memoryBytesMax: 7, readBytes: 3 };
    await worker.ends({ kind: 'exited', code: 137, signal: 9, usage, met: 'memory' });
    await expect
      .poll(() => events.at(-1))
      .toMatchObject({ signal: 9, met: 'memory', usage: { cpuMs: 60, memoryBytesMax: 7 } });
  });

  it('an answer to another call, or none that it is, ends the worker', async () => {
    const { events } = call();
    const worker = await booted(0);
    await worker.hears();
    await worker.answers(5);
    await expect.poll(() => events.at(-1)).toMatchObject({ kind: 'exited', signal: 9 });
  });

  it('a call that meets a changed file is made by another worker, before all others', async () => {
    const first = call({ cwd: '/one' });
    call({ cwd: '/two' });
    const one = await booted(0);
    await one.hears();
    await one.says({ kind: 'stale', number: 1 });
    const two = await booted(1);
    expect(await two.hears()).toMatchObject({ number: 1, cwd: '/one' });
    await two.answers(1);
    await expect.poll(() => first.events.map(({ kind }) => kind)).toEqual(['started', 'exited']);
    expect(await two.hears()).toMatchObject({ cwd: '/two' });
  });

  it('a call that is to stop is not made by another worker', async () => {
    const { process, events } = call();
    const worker = await booted(0);
    await worker.hears();
    process.signal('TERM');
    await worker.says({ kind: 'stale', number: 1 });
    const reason = 'it was ended before it started';
    await expect.poll(() => events.at(-1)).toEqual({ kind: 'failed', reason });
    expect(workers.length).toBe(1);
  });

  it('a call that is to stop while its log is being opened waits for no worker', async () => {
    const log: MaskedLog = {
      close(done) {
        closedLogs += 1;
        done();
      },
    };
    const hidden = call({ masked: ['hunter2'] });
    hidden.process.signal('KILL');
    masking.shift()?.(ok(log));
    const reason = 'it was ended before it started';
    await expect.poll(() => hidden.events).toEqual([{ kind: 'failed', reason }]);
    expect(closedLogs).toBe(1);
    const next = call();
    const worker = await booted(0);
    await worker.hears();
    await worker.answers(1);
    await expect.poll(() => next.events.at(-1)).toMatchObject({ kind: 'exited', code: 0 });
  });

  it('a worker that never gets ready is ended, and who waits hears of it', async () => {
    const { events } = call();
    await expect.poll(() => workers.length).toBe(1);
    advance(30_000);
    await expect.poll(() => events).toMatchObject([{ kind: 'exited', signal: 9 }]);
    const silent = call();
    await expect.poll(() => workers.length).toBe(2);
    await workers[1]?.ends({ kind: 'exited', code: 0, signal: undefined });
    await expect.poll(() => silent.events).toMatchObject([{ kind: 'failed' }]);
  });

  it('SP3: few wait without a call, and not for long', async () => {
    for (let at = 0; at < 10; at++) {
      call({}, { owner: ['default', 'dag', `task-${at}`] });
      const worker = await booted(at);
      await worker.hears();
      await worker.answers(1);
      await expect.poll(() => pool.alive).toBe(Math.min(8, at + 1));
    }
    expect(workers.map(({ spec }) => existsSync(spec.cwd)).filter(Boolean).length).toBe(8);
    advance(60_000);
    await expect.poll(() => pool.alive).toBe(0);
  });

  it('ten thousand calls are enough for one', async () => {
    let events = 0;
    const made = 10_000;
    for (let at = 1; at <= made; at++) {
      pool.start(specOf(), askedOf(), () => {
        events += 1;
      });
      if (at === 1) await booted(0);
      await workers[0]?.hears();
      await workers[0]?.answers(at);
    }
    await expect.poll(() => events).toBe(2 * made);
    call();
    await expect.poll(() => workers.length).toBe(2);
  });
});

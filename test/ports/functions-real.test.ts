/**
 * Functions whose calls share a process, with the containment and the masking of a real node: what
 * one call does to its worker is told of that call, and nothing of a worker outlives its executor.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { incarnation } from '../../src/base/brand.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { processMarks } from '../../src/executor/attempt-key.ts';
import { inheritable } from '../../src/executor/context.ts';
import { maskedProcesses } from '../../src/executor/masking/masked-processes.ts';
import { makeMasker } from '../../src/executor/masking/masker.ts';
import { nodeFiles } from '../../src/executor/node-files.ts';
import type { ContainmentMode } from '../../src/executor/processes/containment.ts';
import { createProcesses } from '../../src/executor/processes/create-processes.ts';
import { realRunners } from '../../src/executor/real-runners.ts';
import type { Work } from '../../src/executor/runner.ts';
import { dispatchOf } from '../../src/executor/testing/executor-story.ts';
import { observed } from '../../src/executor/testing/observed.ts';
import { realClock } from '../../src/node/real-ports.ts';
import { BuiltProgram } from '../support/tasks/built.ts';
import { allowedModes, marked, until } from '../support/tasks/real-bench.ts';

const mib = 1024 * 1024;
const maskerProgram = new BuiltProgram('src/executor/masking/masker-main.ts');
afterAll(() => maskerProgram.remove());

let lives = 0;

class Node {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'skein-functions-'));
  readonly life = `functions-${process.pid}-${++lives}`;
  readonly real;
  readonly #masker = makeMasker(silentTrace, maskerProgram.file);
  readonly #runners;
  #tokens = 0;

  constructor(mode: ContainmentMode) {
    this.real = createProcesses({ helpers: 2, containment: mode, owner: this.life });
    this.#runners = realRunners({
      clock: realClock,
      processes: maskedProcesses(this.real.processes, this.#masker),
      masker: this.#masker,
      files: nodeFiles,
      dataDir: this.dataDir,
      inherited: inheritable(process.env),
      nextMark: processMarks(incarnation(this.life)),
    });
  }

  call(code: string, more: Partial<Work> = {}) {
    const token = ++this.#tokens;
    const action = { kind: 'function', code, file: null, export: 'default', input: null } as const;
    const work = dispatchOf('task', token, { action: { ...action, reuse: true }, ...more });
    const directory = `${this.dataDir}/attempts/default/run-1/task/0/1-${token}`;
    const log = (name: 'stdout' | 'stderr') => readFileSync(`${directory}/${name}`, 'utf8');
    const runner = present(this.#runners.get('function'), 'a real runner');
    return { ...observed(runner, work), log, stdout: `${directory}/stdout` };
  }

  /** Every process of every attempt and worker of this node. */
  alive(): readonly number[] {
    return marked(`${this.life}.`);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.real.close(resolve));
    this.#masker.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

const counting = (body: string): string => `
  import { spawn } from 'node:child_process';
  let calls = 0;
  export default async () => { calls += 1; ${body}; return calls; }`;

describe.each(allowedModes)('functions with reuse (%s)', (mode) => {
  const node = new Node(mode);
  afterAll(() => node.close());
  /** Without a namespace nobody can tell what a call has left. */
  const stays = mode !== 'marker-scan';

  it('stay where it can be told what they leave behind', async () => {
    const code = counting('console.log(calls)');
    for (const calls of [1, 2, 3]) {
      const call = node.call(code);
      expect((await call.result).output).toBe(String(stays ? calls : 1));
      expect(call.log('stdout')).toBe(`${stays ? calls : 1}\n`);
    }
    expect(node.alive().length).toBe(stays ? 1 : 0);
  });

  it('leave no child behind: with what a call has started, the worker ends', async () => {
    const before = node.alive();
    const code = counting(`
      spawn('sh', ['-c', 'sleep 1000 & (setsid sleep 1000 &)'], { stdio: 'ignore' }).unref();
      spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref();
      await new Promise((go) => setTimeout(go, 100))`);
    for (let at = 0; at < 2; at++) {
      expect((await node.call(code).result).output).toBe('1');
      expect(node.alive()).toEqual(before);
    }
  });

  it('are killed with all that they have started, in the middle of a call', async () => {
    const before = node.alive();
    const call = node.call(
      counting(`
      spawn('setsid', ['sh', '-c', 'trap "" TERM; sleep 1000; sleep 1000'], { stdio: 'ignore' });
      console.log('ready');
      await new Promise(() => {})`),
    );
    await call.started;
    await until(() => existsSync(call.stdout) && call.log('stdout') === 'ready\n');
    call.job.stop('KILL');
    expect(await call.result).toMatchObject({ outcome: 'failed', signal: 9 });
    expect(node.alive()).toEqual(before);
  });

  it('meet their memory limit: that call fails, the next one has a worker', async (context) => {
    if (!node.real.controllers.includes('memory')) return context.skip();
    const limits = { memory: 128 * mib };
    const code = counting(`
      const held = [];
      if (calls === 2) for (;;) held.push(Buffer.alloc(8 * ${mib}, 1))`);
    const first = await node.call(code, { limits }).result;
    expect(first.output).toBe('1');
    if (stays) {
      const result = await node.call(code, { limits }).result;
      expect(result).toMatchObject({ outcome: 'failed', errorClass: 'out_of_memory', signal: 9 });
      expect(result.error).toMatch(/^ran out of memory: the limit is 128Mi, it held 1\d\d/);
    }
    expect((await node.call(code, { limits }).result).output).toBe('1');
  });

  it('hide the secrets of each call, also in pieces and from children', async () => {
    const secret = 'a long secret of 31 characters!';
    const opened = { variables: { SKEIN_CONN_DB: secret }, secrets: [secret] };
    const code = counting(`
      const { SKEIN_CONN_DB: secret } = process.env;
      for (let at = 0; at < 2000; at++) {
        process.stdout.write('x' + secret.slice(0, at % 31));
        process.stdout.write(secret.slice(at % 31) + calls);
      }
      await new Promise((done) => spawn('sh', ['-c', 'printf %s "$SKEIN_CONN_DB" >&2'],
        { stdio: 'inherit' }).on('exit', done))`);
    for (const calls of [1, 2, 3]) {
      const call = node.call(code, { opened });
      const told = stays ? calls : 1;
      expect((await call.result).output).toBe(String(told));
      expect(call.log('stdout')).toBe(`x***${told}`.repeat(2000));
      expect(call.log('stderr')).toBe('***');
    }
    // Another secret is another worker: this one may remember its own.
    const other = { variables: { SKEIN_CONN_DB: 'other' }, secrets: ['other'] };
    expect((await node.call(code, { opened: other }).result).output).toBe('1');
  });

  it('end with the executor', async () => {
    const other = new Node(mode);
    await other.call(counting('')).result;
    await other.close();
    expect(other.alive()).toEqual([]);
  });
});

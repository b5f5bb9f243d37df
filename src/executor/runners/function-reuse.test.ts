import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { dagId, namespace } from '../../base/brand.ts';
import type { FunctionAction } from '../../model/code-action.ts';
import type { Dispatch } from '../../model/protocol.ts';
import { realClock } from '../../node/real-ports.ts';
import { attemptId } from '../testing/executor-story.ts';
import { type Run, RunnerStory } from '../testing/runner-story.ts';

const story = new RunnerStory(realClock);
afterAll(() => story.close());

const folder = `${story.dataDir}/sources`;
mkdirSync(folder);
function source(name: string, text: string): string {
  writeFileSync(`${folder}/${name}`, text);
  return `${folder}/${name}`;
}

const call = (action: Partial<FunctionAction>, more: Partial<Dispatch> = {}): Run =>
  story.run(
    {
      ...{ kind: 'function', code: null, file: null, export: 'default', input: null, reuse: true },
      ...action,
    },
    more,
  );
const inline = (code: string, more: Partial<Dispatch> = {}): Run => call({ code }, more);

async function outputOf(run: Run): Promise<ReturnType<typeof JSON.parse>> {
  const { output, error } = await run.result;
  expect(error).toBeNull();
  return JSON.parse(output ?? 'null');
}

/** Says how often this worker was called, which begins anew in another one. */
const counting = (body = ''): string => `
  import * as processes from 'node:child_process';
  import * as files from 'node:fs';
  import { createServer } from 'node:net';
  let calls = 0;
  export default async (input, context) => { calls += 1; ${body}; return calls; }`;

describe('a function with reuse', () => {
  test('what its module keeps in memory is there for the next call', async () => {
    const code = counting();
    for (const calls of [1, 2, 3]) expect(await outputOf(inline(code))).toBe(calls);
  });

  test('and for no other task, DAG, namespace, code, export, limit or NODE_OPTIONS', async () => {
    const code = `${counting()}\nexport const other = async () => { calls += 1; return calls; }`;
    expect(await outputOf(inline(code))).toBe(1);
    const others: readonly Partial<Dispatch>[] = [
      { id: { ...attemptId('other', 1001) } },
      { id: { ...attemptId('task', 1002), namespace: namespace('other') } },
      { dagId: dagId('other') },
      { limits: { memory: 512 * 1024 * 1024 } },
      { env: { NODE_OPTIONS: '--stack-trace-limit=20' } },
    ];
    for (const more of others) expect(await outputOf(inline(code, more))).toBe(1);
    expect(await outputOf(inline(`${code} // other`))).toBe(1);
    expect(await outputOf(call({ code, export: 'other' }))).toBe(1);
    expect(await outputOf(inline(code))).toBe(2);
  });

  test('each call has its own environment, directory, logs and context', async () => {
    const code = counting(`
      const { SKEIN_ATTEMPT_KEY, ...env } = process.env;
      process.env.LEFT = '1';
      process.env.MINE = 'changed';
      delete process.env.PATH;
      console.log('out', context.params.n);
      console.error('err', context.params.n);
      processes.execFileSync('/bin/sh', ['-c', 'echo child; echo child >&2'], { stdio: 'inherit' });
      return { calls, cwd: process.cwd(), env, n: context.params.n, input }`);
    const told = [];
    for (const n of [1, 2]) {
      const run = call({ code, input: { n } }, { params: { n }, env: { MINE: 'yes' } });
      const { calls, cwd, env, ...rest } = await outputOf(run);
      expect({ calls, cwd, ...rest }).toEqual({
        ...{ calls: n, cwd: `${run.directory}/work`, n, input: { n } },
      });
      expect(env).toMatchObject({ MINE: 'yes', SKEIN_PARAM_N: String(n), PATH: process.env.PATH });
      expect(env.SKEIN_OUTPUT).toBe(`${run.directory}/output.json`);
      expect(run.log('stdout')).toBe(`out ${n}\nchild\n`);
      expect(run.log('stderr')).toBe(`err ${n}\nchild\n`);
      told.push(Object.keys(env).sort());
    }
    expect(told[1]).toEqual(told[0]);
  });

  test.each([
    ["c.skip('no rows')", { outcome: 'skipped', exitCode: 101 }],
    ['c.retry()', { outcome: 'failed', exitCode: 99, retryable: true }],
    ['c.fail()', { outcome: 'failed', exitCode: 100, retryable: false }],
    ['{ throw 7 }', { errorClass: 'thrown', error: '7' }],
    ['1n', { errorClass: 'output_invalid' }],
    ['"x".repeat(70_000)', { errorClass: 'output_too_large' }],
    ['{}', { outcome: 'success', output: null }],
    ['null', { outcome: 'success', output: 'null' }],
  ])('%s ends as in a process of its own, and the worker stays', async (body, expected) => {
    const code = `let calls = 0; export default (_, c) => ++calls % 2 ? calls : ${body}`;
    const paren = code.replace(': {', ': (() => {').concat(body.startsWith('{') ? ')()' : '');
    expect(await outputOf(inline(paren))).toBe(1);
    expect(await inline(paren).result).toMatchObject(expected);
    expect(await outputOf(inline(paren))).toBe(3);
  });

  test.each([
    ['new Promise(() => {})', { errorClass: 'never_settled' }],
    ['process.exit(100)', { exitCode: 100, retryable: false }],
    ['process.exit(0)', { outcome: 'success', output: null }],
    [
      'new Promise(() => setTimeout(() => { throw new RangeError("late") }))',
      { errorClass: 'RangeError', error: 'RangeError: late' },
    ],
    ['process.kill(process.pid, "SIGKILL")', { signal: 9, errorClass: 'signal_9' }],
  ])('%s ends as in a process of its own, and the worker with it', async (body, expected) => {
    const code = `let calls = 0; export default () => ++calls % 2 ? calls : ${body}`;
    expect(await outputOf(inline(code))).toBe(1);
    expect(await inline(code).result).toMatchObject(expected);
    expect(await outputOf(inline(code))).toBe(1);
  });

  test('what cannot be loaded is tried by another worker', async () => {
    const missing = await inline("import 'no-such-package'; export default () => 1").result;
    expect(missing).toMatchObject({ outcome: 'failed', errorClass: 'Error' });
    const flag = `${folder}/flag`;
    const code = `import { existsSync } from 'node:fs';
      if (!existsSync(${JSON.stringify(flag)})) throw new Error('not yet');
      export default () => 1;`;
    expect(await inline(code).result).toMatchObject({ error: 'Error: not yet' });
    source('flag', '');
    expect(await outputOf(inline(code))).toBe(1);
    const none = await inline('export const other = 1').result;
    expect(none).toMatchObject({ errorClass: 'no_such_function', retryable: false });
  });

  test.each([
    ['setInterval(() => {}, 1000)', 'it left open Timeout'],
    ["createServer().listen(0, '127.0.0.1')", 'it left open'],
    ["processes.spawn('sleep', ['1000'])", 'it left open'],
    [
      "processes.spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref()",
      'it left processes running',
    ],
    ["processes.execSync('setsid sleep 1000 >/dev/null 2>&1 &')", 'it left processes running'],
    ['process.umask(0)', 'it changed the umask'],
  ])('%s: the worker is not used again, and nothing of it stays', async (body, words) => {
    const code = counting(`${body}; await new Promise((go) => setTimeout(go, 50))`);
    const run = inline(code);
    expect(await outputOf(run)).toBe(1);
    expect(run.log('stderr')).toContain(`this worker makes no further call: ${words}`);
    expect(await outputOf(inline(code))).toBe(1);
    const left = readdirSync('/proc').filter((pid) => commandOf(pid).startsWith('sleep\x001000'));
    expect(left).toEqual([]);
  });

  test('what is unrefd is kept on purpose; what was closed in time is nothing', async () => {
    const code = counting(`
      setInterval(() => {}, 1000).unref();
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((done) => server.on('listening', done));
      await new Promise((done) => server.close(done));
      await files.promises.readFile('/proc/self/stat');
      processes.execFileSync('true')`);
    for (const calls of [1, 2, 3]) expect(await outputOf(inline(code))).toBe(calls);
  });

  test('an error that nobody catches ends the worker, not the next call', async () => {
    const code = counting('Promise.reject(new Error("nobody"))');
    expect(await outputOf(inline(code))).toBe(1);
    expect(await outputOf(inline(code))).toBe(1);
  });

  test('TERM ends it, or is told to one that asks; the next call has a new worker', async () => {
    const waiting = `setInterval(() => {}, 1000);
      const told = input === 'asks' && new Promise((go) =>
        context.signal.addEventListener('abort', go));
      console.log(calls);
      await (told || new Promise(() => {}))`;
    const code = counting(`if (input !== null) { ${waiting} }`);
    expect(await outputOf(inline(code))).toBe(1);
    const plain = call({ code, input: 'stays' });
    await expect.poll(() => readable(plain)).toBe('2\n');
    plain.job.stop('TERM');
    expect(await plain.result).toMatchObject({ outcome: 'failed', signal: 15 });
    const polite = call({ code, input: 'asks' });
    await expect.poll(() => readable(polite)).toBe('1\n');
    polite.job.stop('TERM');
    expect(await outputOf(polite)).toBe(1);
    const killed = call({ code, input: 'asks' });
    await expect.poll(() => readable(killed)).toBe('1\n');
    killed.job.stop('KILL');
    expect(await killed.result).toMatchObject({ outcome: 'failed', signal: 9 });
    expect(await outputOf(inline(code))).toBe(1);
  });

  test('calls that last are made side by side', async () => {
    const together = `${folder}/together`;
    mkdirSync(together);
    // Each waits for all of them: one after the other they would wait for ever.
    const code = counting(`
      files.writeFileSync(input + '/' + crypto.randomUUID(), '');
      while (files.readdirSync(input).length < 6) await new Promise((go) => setTimeout(go, 50))`);
    const runs = Array.from({ length: 6 }, () => outputOf(call({ code, input: together })));
    expect(await Promise.all(runs)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('a call that waits for a worker can be stopped', async () => {
    const code = counting('await new Promise((go) => setTimeout(go, 300))');
    const runs = [inline(code), inline(code)];
    await new Promise((go) => setTimeout(go, 30));
    runs[1]?.job.stop('TERM');
    expect(await runs[1]?.result).toMatchObject({ outcome: 'failed' });
    expect(await runs[0]?.result).toMatchObject({ outcome: 'success' });
  });

  test('a worker that cannot start says why', async () => {
    const run = inline('export default () => 1', { env: { NODE_OPTIONS: '--no-such-option' } });
    const result = await run.result;
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 9 });
    expect(run.log('stderr')).toContain('--no-such-option');
  });

  test('a worker that holds much of what its task may take is not used again', async () => {
    const limits = { memory: 400 * 1024 * 1024 };
    const code = counting('(globalThis.held ??= []).push(Buffer.alloc(120 * 1024 * 1024, 1))');
    const calls = [];
    for (let at = 0; at < 4; at++) {
      const run = inline(code, { limits });
      calls.push(await outputOf(run));
      if (calls.at(-1) === 3) expect(run.log('stderr')).toContain('holds more than 300 MiB');
    }
    expect(calls).toEqual([1, 2, 3, 1]);
  });

  test('is told what it took, and what its worker held', async () => {
    const code = counting(`
      const before = process.cpuUsage();
      while (process.cpuUsage(before).user < (input ?? 0) * 1000);`);
    const busy = await call({ code, input: 300 }).result;
    expect(busy.usage?.cpuMs).toBeGreaterThan(150);
    const idle = await inline(code).result;
    expect(idle.usage?.cpuMs).toBeLessThan(100);
    expect(idle.usage?.memoryBytesMax).toBeGreaterThan(20 * 1024 * 1024);
  });

  test('files: loaded once, and anew when they have changed', async () => {
    source('kept.ts', 'export const kept: { calls: number } = { calls: 0 };');
    const file = source(
      'load.ts',
      "import { kept } from './kept.ts';\nexport default () => ['old', ++kept.calls]",
    );
    const load = () => outputOf(call({ file }));
    expect([await load(), await load()]).toEqual([
      ['old', 1],
      ['old', 2],
    ]);
    source('kept.ts', 'export const kept: { calls: number } = { calls: 10 };');
    expect(await load()).toEqual(['old', 11]);
    const script = source('plain.mjs', 'let calls = 0; export default () => ["a", ++calls]');
    const plain = () => outputOf(call({ file: script }));
    expect([await plain(), await plain()]).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
    source('plain.mjs', 'let calls = 0; export default () => ["bb", ++calls]');
    expect(await plain()).toEqual(['bb', 1]);
  });

  test('a large input goes through the pipe whole', async () => {
    const input = 'x'.repeat(300_000);
    const run = call({ code: 'export default (input) => input.length', input });
    expect(await outputOf(run)).toBe(300_000);
  });
});

function readable(run: Run): string {
  return existsSync(`${run.directory}/stdout`) ? run.log('stdout') : '';
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

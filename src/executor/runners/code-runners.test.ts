import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { FunctionAction, PythonCall, ScriptAction } from '../../model/code-action.ts';
import { outputBytesMax } from '../../model/output.ts';
import type { Dispatch } from '../../model/protocol.ts';
import { realClock } from '../../node/real-ports.ts';
import { type Run, RunnerStory } from '../testing/runner-story.ts';

const story = new RunnerStory(realClock);
afterAll(() => story.close());

const folder = `${story.dataDir}/sources`;
mkdirSync(`${folder}/helper`, { recursive: true });
function source(name: string, text: string): string {
  writeFileSync(`${folder}/${name}`, text);
  return `${folder}/${name}`;
}

const script = (action: Partial<ScriptAction>, more: Partial<Dispatch> = {}): Run =>
  story.run(
    { kind: 'script', interpreter: ['sh'], code: null, file: null, args: [], ...action },
    more,
  );

describe('script', () => {
  test('any interpreter reads the code, and gets its arguments word by word', async () => {
    const code = 'print join("|", @ARGV); warn "by perl\n"';
    const args = ['a b', "it's $HOME", '; touch x', '-n'];
    const run = script({ interpreter: ['perl', '-w'], code, args });
    expect(await run.result).toMatchObject({ outcome: 'success' });
    expect(run.log('stdout')).toBe(args.join('|'));
    expect(run.log('stderr')).toBe('by perl\n');
  });

  test('a file of the node runs like inline code', async () => {
    const file = source('-dashed', 'echo "from $0" > "$SKEIN_OUTPUT.x"; exit 101');
    expect(await script({ file }).result).toMatchObject({ outcome: 'skipped' });
    const relative = script({ file: '-dashed' }, { cwd: folder });
    expect(await relative.result).toMatchObject({ outcome: 'skipped', exitCode: 101 });
  });

  test('an interpreter that is not there is a failure that says so', async () => {
    const run = script({ interpreter: ['no-such-interpreter'], code: 'x' });
    expect(await run.result).toMatchObject({
      outcome: 'failed',
      error: 'command not found (exit code 127)',
    });
  });

  test.each([['-S sh'], ['A=b'], ['']])('%j is no interpreter', async (word) => {
    expect(await script({ interpreter: [word], code: 'x' }).result).toMatchObject({
      outcome: 'failed',
      retryable: false,
    });
  });
});

function callable(name: string, more: Partial<PythonCall> = {}): Run {
  const call = { name, args: [], kwargs: {}, ...more };
  const action = { kind: 'python', code: null, file: null, args: [], callable: call } as const;
  return story.run(action, { cwd: folder, params: { day: '2026-01-01' } });
}

describe('a python callable', () => {
  source(
    'loads.py',
    [
      'import skein',
      'class Orders:',
      '    @staticmethod',
      '    def load(shop, *, days=1): return {"shop": shop, "days": days, **skein.params}',
      'def nothing(): print("done")',
      'def skip(): raise skein.Skip("no rows")',
      'def retry(): raise skein.Retry()',
      'def bad():',
      '    try: raise skein.Fail("for good")',
      '    except Exception: pass',
      'def broken(): raise LookupError("no such day")',
      'def endless(): return float("nan")',
    ].join('\n'),
  );

  test('gets its arguments as JSON, and what it returns is the output', async () => {
    const call = { args: [{ id: 7 }], kwargs: { days: 3 } };
    const { output, error } = await callable('loads:Orders.load', call).result;
    expect(error).toBeNull();
    expect(JSON.parse(output ?? '')).toEqual({ shop: { id: 7 }, days: 3, day: '2026-01-01' });
  });

  test('that returns nothing has no output', async () => {
    const run = callable('loads:nothing');
    expect(await run.result).toMatchObject({ outcome: 'success', output: null });
    expect(run.log('stdout')).toBe('done\n');
  });

  test.each([
    ['loads:skip', { outcome: 'skipped', exitCode: 101 }],
    ['loads:retry', { outcome: 'failed', exitCode: 99, retryable: true }],
    ['loads:bad', { outcome: 'failed', exitCode: 100, retryable: false }],
    ['loads:broken', { outcome: 'failed', exitCode: 1, errorClass: 'LookupError' }],
    ['loads:endless', { outcome: 'failed', exitCode: 1, errorClass: 'ValueError' }],
    ['loads:none', { outcome: 'failed', errorClass: 'AttributeError' }],
    ['no_such_module:load', { outcome: 'failed', errorClass: 'ModuleNotFoundError' }],
  ])('%s ends as its exception says', async (name, expected) => {
    expect(await callable(name).result).toMatchObject(expected);
  });

  test('scripts can import the helper as well, behind their own modules', async () => {
    const code = [
      'import os, skein',
      'skein.output([skein.upstream("extract"), skein.upstream("none"), skein.item])',
      'print(os.environ["PYTHONPATH"].split(":")[0])',
    ].join('\n');
    const run = story.run(
      { kind: 'python', code, file: null, args: [] },
      { upstream: { extract: '{"rows":3}' }, env: { PYTHONPATH: '/my/modules' }, item: '"x"' },
    );
    expect(await run.result).toMatchObject({ output: '[{"rows": 3}, null, "x"]' });
    expect(run.log('stdout')).toBe('/my/modules\n');
  });
});

const call = (action: Partial<FunctionAction>, more: Partial<Dispatch> = {}): Run =>
  story.run(
    { kind: 'function', code: null, file: null, export: 'default', input: null, ...action },
    more,
  );
const inline = (code: string, more: Partial<Dispatch> = {}): Run => call({ code }, more);

describe('a function', () => {
  test('the first calls may come together', async () => {
    const runs = [1, 2, 3].map((input) => call({ code: 'export default (x) => x', input }).result);
    const outputs = (await Promise.all(runs)).map(({ output }) => output);
    expect(outputs).toEqual(['1', '2', '3']);
  });

  test('is called with its input and the context, and what it returns is the output', async () => {
    const code = `
      interface Input { readonly shop: string }
      export default async (input: Input, context: { params: any; upstream: any }) =>
        ({ ...input, day: context.params.day, rows: context.upstream.extract.rows });`;
    const run = call(
      { code, input: { shop: 'a' } },
      { params: { day: '2026-01-01' }, upstream: { extract: '{"rows":3}' } },
    );
    const { output, error } = await run.result;
    expect(error).toBeNull();
    expect(JSON.parse(output ?? '')).toEqual({ shop: 'a', day: '2026-01-01', rows: 3 });
  });

  test('the name of what it throws is the class of the failure', async () => {
    const code = `class NoSuchDay extends Error { name = 'NoSuchDay' }
      export default () => {
        throw new NoSuchDay('2026-02-30');
      };`;
    const run = inline(code);
    expect(await run.result).toMatchObject({
      outcome: 'failed',
      retryable: true,
      error: 'NoSuchDay: 2026-02-30',
      errorClass: 'NoSuchDay',
    });
    // The stack names lines of the source, not of what was compiled.
    expect(run.log('stderr')).toMatch(/code\.ts:3:\d+/);
  });

  test.each([
    ["export default (_, c) => c.skip('no rows')", { outcome: 'skipped', exitCode: 101 }],
    ['export default (_, c) => c.retry()', { outcome: 'failed', exitCode: 99, retryable: true }],
    ['export default (_, c) => c.fail()', { outcome: 'failed', exitCode: 100, retryable: false }],
    ['export default () => { throw 7 }', { errorClass: 'thrown', error: '7' }],
    ['export default () => new Promise(() => {})', { errorClass: 'never_settled' }],
    ['export default () => 1n', { errorClass: 'output_invalid' }],
    ['export default () => () => 1', { errorClass: 'output_invalid' }],
    ['export const other = 1', { errorClass: 'no_such_function', retryable: false }],
    ["import 'no-such-package'; export default () => 1", { errorClass: 'Error' }],
    [
      'setTimeout(() => { throw new RangeError("late") }); export default () => new Promise(Date)',
      { errorClass: 'RangeError', error: 'RangeError: late' },
    ],
    ['export default () => process.exit(100)', { exitCode: 100, retryable: false }],
    ['export default () => "x".repeat(70_000)', { errorClass: 'output_too_large' }],
    ['export default () => {}', { outcome: 'success', output: null }],
    ['export default () => null', { outcome: 'success', output: 'null' }],
  ])('%s', async (code, expected) => {
    expect(await inline(code).result).toMatchObject(expected);
    expect(outputBytesMax).toBeLessThan(70_000);
  });

  test('a syntax error is known by line and column, and not tried again', async () => {
    const { error, errorClass, retryable } = await inline('const a = 1;\nexport defalt 2;').result;
    expect(error).toContain('syntax error in its code, line 2, column 8: ');
    expect({ errorClass, retryable }).toEqual({ errorClass: 'syntax_error', retryable: false });
  });

  test('a worker that waited and a new one are alike to the function', async () => {
    const code = `
      import { execSync } from 'node:child_process';
      export default () => {
        process.stdout.write('out ');
        console.error('err');
        execSync('echo child; echo child >&2', { stdio: 'inherit' });
        const { SKEIN_ATTEMPT_KEY, SKEIN_TOKEN, OLDPWD, _, PWD, SHLVL, ...env } = process.env;
        return { cwd: process.cwd(), names: Object.keys(env).sort(), kept: globalThis.kept ?? 0,
          ...(globalThis.kept = 1, {}) };
      };`;
    const told: unknown[] = [];
    for (let at = 0; at < 4; at++) {
      const run = inline(code, { env: { MINE: 'yes' } });
      const { output, error } = await run.result;
      expect(error).toBeNull();
      const { cwd, ...rest } = JSON.parse(output ?? '');
      expect(cwd).toBe(`${run.directory}/work`);
      expect(run.log('stdout')).toBe('out child\n');
      expect(run.log('stderr')).toBe('err\nchild\n');
      told.push(rest);
    }
    expect(told[0]).toMatchObject({ kept: 0, names: expect.arrayContaining(['MINE', 'PATH']) });
    expect(new Set(told.map((rest) => JSON.stringify(rest))).size).toBe(1);
  });

  test('variables that Node reads when it starts are heeded', async () => {
    const code = 'export default () => process.execArgv.length + Number(Boolean(globalThis.gc))';
    for (let at = 0; at < 2; at++) {
      const run = inline(code, { env: { NODE_OPTIONS: '--expose-gc' } });
      expect(await run.result).toMatchObject({ outcome: 'success', output: '1' });
    }
  });

  test('TERM ends it, or is told to one that asks; KILL ends all of them', async () => {
    const stubborn = inline(`export default (_, { signal }) => new Promise(() => {
      setInterval(() => {}, 1000);
      signal.addEventListener('abort', () => console.log('told'));
      console.log('ready');
    })`);
    await expect.poll(() => readable(stubborn), { timeout: 10_000 }).toBe('ready\n');
    stubborn.job.stop('TERM');
    await expect.poll(() => readable(stubborn)).toBe('ready\ntold\n');
    stubborn.job.stop('KILL');
    expect(await stubborn.result).toMatchObject({ outcome: 'failed', signal: 9 });
    const plain = inline(
      'console.log(1); setInterval(() => {}, 1000); export default () => new Promise(() => {})',
    );
    await expect.poll(() => readable(plain), { timeout: 10_000 }).toBe('1\n');
    plain.job.stop('TERM');
    expect(await plain.result).toMatchObject({ outcome: 'failed', signal: 15 });
  });

  test('a stop before the start starts nothing', async () => {
    const run = inline('export default () => 1');
    run.job.stop('TERM');
    expect(await run.result).toMatchObject({ error: 'stopped before it started' });
  });
});

function readable(run: Run): string {
  try {
    return run.log('stdout');
  } catch {
    return '';
  }
}

describe('a file with a function', () => {
  test('TypeScript with what it imports, and anew when that has changed', async () => {
    source('helper/day.ts', 'export const day: string = "mon";');
    const file = source(
      'load.ts',
      "import { basename } from 'node:path';\nimport { day } from './helper/day.ts';\n" +
        'export const load = (input: number) => [basename("/x/y"), day, input].join(" ");\n' +
        'export const where = () => import.meta.url;',
    );
    const load = () => call({ file, export: 'load', input: 1 }).result;
    expect(await load()).toMatchObject({ output: '"y mon 1"' });
    expect(await load()).toMatchObject({ output: '"y mon 1"' });
    source('helper/day.ts', 'export const day: string = "tue";');
    expect(await load()).toMatchObject({ output: '"y tue 1"' });
    const where = await call({ file, export: 'where' }).result;
    expect(where.output).toBe(JSON.stringify(`file://${file}`));
    expect(readdirSync(`${story.dataDir}/functions/cache`)).toHaveLength(1);
  });

  test('packages are found from where the file lies', async () => {
    mkdirSync(`${folder}/node_modules/greeting`, { recursive: true });
    source('node_modules/greeting/package.json', '{"exports":{"import":"./own.mjs"}}');
    source('node_modules/greeting/own.mjs', 'export const hello = "hello";');
    const file = source(
      'greet.ts',
      "import { hello } from 'greeting';\nexport default () => hello",
    );
    expect(await call({ file }).result).toMatchObject({ output: '"hello"' });
  });

  test('JavaScript of both kinds', async () => {
    const module = source('esm.mjs', 'export const go = (input) => input + 1');
    expect(await call({ file: module, export: 'go', input: 1 }).result).toMatchObject({
      output: '2',
    });
    const common = source('common.cjs', 'exports.go = (input) => input + 2');
    expect(await call({ file: common, export: 'go', input: 1 }).result).toMatchObject({
      output: '3',
    });
    const whole = source('whole.cjs', 'module.exports = (input) => input + 3');
    expect(await call({ file: whole, input: 1 }).result).toMatchObject({ output: '4' });
  });

  test.each([['wrong.ts'], ['wrong.mjs']])(
    'a syntax error in %s has line and column',
    async (name) => {
      const file = source(name, 'export default () => {\n  return 1 +;\n};');
      const result = await call({ file }).result;
      expect(result).toMatchObject({ errorClass: 'syntax_error', retryable: false });
      expect(result.error).toContain(`syntax error in ${file}, line 2, column 13: `);
    },
  );

  test('that is not there is a failure that says so', async () => {
    for (const file of ['/no/such.ts', '/no/such.mjs']) {
      expect((await call({ file }).result).error).toContain(file);
    }
  });

  test('what the function writes into the place of a failure is data', async () => {
    const code = `import { writeFileSync } from 'node:fs';
      export default (_, c) => {
        writeFileSync(process.env.SKEIN_OUTPUT, '{"error": 1}');
        process.exit(1);
      }`;
    const run = inline(code);
    expect(await run.result).toMatchObject({ error: 'ended with exit code 1', errorClass: null });
  });
});

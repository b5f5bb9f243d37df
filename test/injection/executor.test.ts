/**
 * Dispatches with payloads, run by the real runners with real processes and files: the task says
 * what has reached it. How a leader makes such dispatches is for `values.test.ts`.
 */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { incarnation, namespace, runId, taskId } from '../../src/base/brand.ts';
import { processMarks } from '../../src/executor/attempt-key.ts';
import { inheritable } from '../../src/executor/context.ts';
import { nodeFiles } from '../../src/executor/node-files.ts';
import { createProcesses } from '../../src/executor/processes/create-processes.ts';
import { realRunners } from '../../src/executor/real-runners.ts';
import type { RunResult } from '../../src/executor/runner.ts';
import { dispatchOf } from '../../src/executor/testing/executor-story.ts';
import { workspaceOf } from '../../src/executor/workspace.ts';
import type { WorkAction } from '../../src/model/dag.ts';
import type { Dispatch } from '../../src/model/protocol.ts';
import { realClock as clock } from '../../src/node/real-ports.ts';
import { environmentNames, payloadGroups, payloads, shown } from './payloads.ts';
import { expectNoCanary, Sandbox, textIn } from './sandbox.ts';
import { canaryMarker, canaryName } from './shell-payloads.ts';

const sandbox = new Sandbox();
const dataDir = join(sandbox.work, 'data');
mkdirSync(dataDir);
const real = createProcesses({ helpers: 2 });
const runners = realRunners({
  clock,
  processes: real.processes,
  files: nodeFiles,
  dataDir,
  // As if the executor had a secret in its own environment.
  inherited: inheritable({ ...process.env, [canaryName]: canaryMarker }),
  nextMark: processMarks(incarnation(`injection-${process.pid}`)),
});

/** Tells what it was given: its arguments, its variables, its context, as JSON on stdout. */
const teller = join(sandbox.work, 'tell.py');
writeFileSync(
  teller,
  `import json, os, sys
context = json.load(open(os.environ["SKEIN_CONTEXT"]))
print(json.dumps([sys.argv[1:], dict(os.environ), context]))
`,
);
chmodSync(teller, 0o755);
const before = sandbox.listing();

afterAll(async () => {
  await new Promise<void>((done) => real.close(done));
  sandbox.remove();
});

let attempts = 0;

interface Ran {
  readonly result: RunResult;
  readonly directory: string;
  readonly out: string;
}

function run(action: WorkAction, more: Partial<Dispatch> = {}): Promise<Ran> {
  attempts += 1;
  const dispatch = dispatchOf('task', attempts, { action, ...more });
  const space = workspaceOf(dataDir, { id: dispatch.id, number: dispatch.attempt });
  const directory = space.ok ? space.value.directory : '';
  return new Promise((resolve) => {
    present(runners.get(action.kind), 'a runner').start(dispatch, (event) => {
      if (event.kind !== 'ended') return;
      const writes = action.kind === 'shell' || action.kind === 'python';
      const isThere = writes && event.result.outcome === 'success';
      const out = isThere ? textIn(`${directory}/stdout`) : '';
      resolve({ result: event.result, directory, out });
    });
  });
}

/** What the task has been given, as it told it. */
type Told = readonly [
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  context: { readonly params: unknown; readonly upstream: unknown; readonly item: unknown },
];

const tell = (args: readonly string[], more: Partial<Dispatch>): Promise<Ran> =>
  run({ kind: 'python', code: null, file: teller, args }, more);

/** Outside of the attempts' own folders nothing is new. */
function expectUntouched(): void {
  const foreign = sandbox.listing().filter((entry) => !entry.startsWith('outer/cell/data'));
  expect(foreign).toEqual(before.filter((entry) => !entry.startsWith('outer/cell/data')));
  expectNoCanary('after a task');
}

/** No process can be given these, so the executor says so before it starts one. */
const isCarriable = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

/** Every fifth of all, in parallel on two helpers. */
const sample = payloads.filter((_, place) => place % 5 === 0);

test('injection: arguments, variables, params and outputs reach a task as they are', async () => {
  await Promise.all(
    sample.map(async (payload) => {
      const json = JSON.stringify({ v: payload });
      const { result, out, directory } = await tell([payload, 'next'], {
        env: { VALUE: payload },
        params: { v: payload, [`odd-${'x'}`]: payload },
        upstream: { up: json },
        item: json,
        trigger: json,
      });
      if (!isCarriable(payload)) {
        expect(result, shown(payload)).toMatchObject({ outcome: 'failed' });
        return;
      }
      expect(result.outcome, `${shown(payload)}: ${result.error}`).toBe('success');
      const [args, env, context]: Told = JSON.parse(out);
      expect(args).toEqual([payload, 'next']);
      expect([env.VALUE, env.SKEIN_PARAM_V, env.SKEIN_PARAM_ODD_X]).toEqual(Array(3).fill(payload));
      expect(env[canaryName]).toBeUndefined();
      expect(context.params).toMatchObject({ v: payload });
      expect([context.upstream, context.item]).toEqual([{ up: { v: payload } }, { v: payload }]);
      expect(readdirSync(join(directory, 'work'))).toEqual([]);
    }),
  );
  expectUntouched();
});

test('injection: arguments of scripts, callables and functions are data', async () => {
  writeFileSync(
    join(sandbox.work, 'data', 'echo_back.py'),
    'def back(*given): return list(given)\n',
  );
  const env = { PYTHONPATH: join(sandbox.work, 'data') };
  const some = sample.filter((text, place) => place % 4 === 0 && !/\p{Surrogate}/u.test(text));
  expect(some.length).toBeGreaterThan(10);
  for (const payload of some) {
    const code = 'printf %s "$1" > "$SKEIN_CONTEXT.seen"';
    const interpreter = ['sh'];
    const script = { kind: 'script', interpreter, code, file: null, args: [payload] } as const;
    const { result, directory } = await run(script);
    if (isCarriable(payload)) {
      expect(result.outcome, shown(payload)).toBe('success');
      expect(textIn(`${directory}/context.json.seen`), shown(payload)).toBe(payload);
    } else expect(result.outcome, shown(payload)).toBe('failed');
    const callable = { name: 'echo_back:back', args: [payload, { v: payload }], kwargs: {} };
    const python = { kind: 'python', code: null, file: null, args: [], callable } as const;
    const called = await run(python, { env });
    expect(JSON.parse(called.result.output ?? '0')).toEqual([payload, { v: payload }]);
    const input = [payload, { [payload]: payload }];
    const echo = 'export default (input) => input';
    const fn = { kind: 'function', code: echo, file: null, export: 'default', input } as const;
    const answered = await run(fn);
    expect(JSON.parse(answered.result.output ?? '0'), shown(payload)).toEqual(input);
  }
  expectUntouched();
}, 60_000);

test('injection: names that a linker or a shell obeys reach the task and nobody else', async () => {
  const names = environmentNames.filter((name) => /^[A-Za-z_]\w*$/.test(name));
  await Promise.all(
    names.map(async (name) => {
      const { result, out } = await run(
        { kind: 'shell', command: `/usr/bin/env | grep -a '^${name}=' || true` },
        { env: { [name]: './nowhere; touch canary' } },
      );
      expect(result.outcome, `${name}: ${result.error}`).toBe('success');
      // Its own marks no task can take away from it.
      if (name.startsWith('SKEIN_')) expect(out).not.toContain('canary');
    }),
  );
  const after = await run({ kind: 'shell', command: 'echo "$PATH"; echo fine' });
  expect(after.out).toBe(`${process.env.PATH}\nfine\n`);
  expectUntouched();
});

test('injection: ids that are no names of folders end an attempt before it begins', async () => {
  const id = dispatchOf('task', 1).id;
  // `...` is a strange name and a harmless one.
  const isName = (text: string): boolean => /^[\w.-]+$/.test(text) && text !== '.' && text !== '..';
  const wrong = [...payloadGroups.paths, ...payloadGroups.zeros].filter((text) => !isName(text));
  expect(wrong.length).toBeGreaterThan(20);
  for (const text of wrong) {
    for (const named of [
      { ...id, namespace: namespace(text) },
      { ...id, runId: runId(text) },
      { ...id, taskId: taskId(text) },
    ]) {
      const { result } = await run({ kind: 'shell', command: 'touch canary' }, { id: named });
      expect(result, shown(text)).toMatchObject({ outcome: 'failed', retryable: false });
    }
  }
  expect(readdirSync(join(dataDir, 'attempts'))).toEqual(['default']);
  expectUntouched();
});

test('injection: working folders and script paths are words, not commands', async () => {
  const folders = payloads
    .filter((text, place) => place % 12 === 0 && isCarriable(text))
    .map((text) => `/nowhere/${text}`);
  await Promise.all(
    folders.map(async (path) => {
      const inFolder = await run({ kind: 'shell', command: 'true' }, { cwd: path });
      expect(inFolder.result.outcome, shown(path)).toBe('failed');
      const script = await run({ kind: 'python', code: null, file: path, args: [] });
      expect(script.result.outcome, shown(path)).toBe('failed');
    }),
  );
  expectUntouched();
});

test('injection: a path that is looked for leads nowhere else', async () => {
  for (const text of payloads) {
    const { result } = await run({ kind: 'file', path: `${sandbox.work}/${text}` });
    const { output } = result;
    if (output === null) continue;
    const { files } = JSON.parse(output);
    for (const { path } of files)
      expect(path.startsWith(`${sandbox.work}/`), shown(text)).toBe(true);
  }
  expectUntouched();
});

interface Heard {
  readonly url: string;
  readonly headers: readonly string[];
  readonly body: string;
}

const heard: Heard[] = [];
const server = createServer((request, response) => {
  const { url = '', rawHeaders } = request;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    heard.push({ url, headers: rawHeaders, body: Buffer.concat(chunks).toString() });
    response.end();
  });
});

beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(() => new Promise<void>((done) => server.close(() => done())));

const request = (more: object): WorkAction => {
  const { port } = server.address() as AddressInfo;
  const base = {
    kind: 'http',
    method: 'POST',
    url: `http://127.0.0.1:${port}/`,
    headers: {},
  } as const;
  return { ...base, body: null, successStatus: [], ...more };
};

test('injection: a header is one header or none, a body is the body', async () => {
  for (const text of payloads) {
    const asHeader = await run(request({ headers: { 'x-value': text } }));
    if (/[\r\n\0]/.test(text.trim())) expect(asHeader.result.outcome, shown(text)).toBe('failed');
  }
  for (const text of sample) {
    const { result } = await run(request({ body: text }));
    expect(result.outcome, shown(text)).toBe('success');
    expect(heard.at(-1)?.body).toBe(Buffer.from(text).toString());
  }
  const names = heard.flatMap(({ headers }) => headers.filter((_, at) => at % 2 === 0));
  expect(names.map((name) => name.toLowerCase())).not.toContain('x-injected');
});

test('injection: other schemes are refused for good, and no file is read', async () => {
  for (const url of payloadGroups.urls) {
    if (/^https?:/i.test(url)) continue;
    const { result } = await run(request({ url }));
    expect(result, url).toMatchObject({ outcome: 'failed', retryable: false, output: null });
  }
});

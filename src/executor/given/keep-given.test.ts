import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { incarnation, nodeId, runId, taskId, token } from '../../base/brand.ts';
import { silentTrace } from '../../base/trace.ts';
import type { WorkAction } from '../../model/dag.ts';
import { type Given, givenBytesMax } from '../../model/given.ts';
import type { Dispatch } from '../../model/protocol.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import { nodeFiles } from '../node-files.ts';
import { type Runners, succeeded, type Work } from '../runner.ts';
import { dispatchOf } from '../testing/executor-story.ts';
import { RunnerStory } from '../testing/runner-story.ts';
import { GivenDesk } from './given-desk.ts';
import { givenOfContext, givenText } from './given-text.ts';
import { keepGiven } from './keep-given.ts';

const around = (runners: Runners, { dataDir }: { readonly dataDir: string }): Runners =>
  keepGiven(runners, { clock, files: nodeFiles, dataDir, trace: silentTrace });
const story = new RunnerStory(clock, around);
afterAll(() => story.close());

/** What a text says again. */
const read = (text: string): Given => JSON.parse(text);
const shell = (command: string): WorkAction => ({ kind: 'shell', command });
const textOf = (more: Partial<Work>): string =>
  givenText({ ...dispatchOf('task', 1), ...more } as Work, '2026-01-01T00:00:00.000Z');

const inputs: Partial<Dispatch> = {
  env: { TABLE: 'orders' },
  params: { day: '2026-01-31' },
  upstream: { extract: '{"rows":7}' },
  upstreamOmitted: [taskId('large')],
  item: '"a.csv"',
};
const inputsKept = {
  env: { TABLE: 'orders' },
  params: { day: '2026-01-31' },
  upstream: { extract: { rows: 7 } },
  upstreamOmitted: ['large'],
  ...{ item: 'a.csv', trigger: null, connections: [], inputs: [], leftOut: [] },
};

test('given: it lies beside the logs at the end, with every text as it was rendered', async () => {
  const script = { kind: 'script', code: 'echo "$TABLE"', file: null, args: [] } as const;
  const run = story.run({ ...script, interpreter: ['sh'] }, inputs);
  expect((await run.result).outcome).toBe('success');
  expect(run.events).toEqual(['started', 'ended']);
  expect(read(readFileSync(`${run.directory}/given.json`, 'utf8'))).toMatchObject({
    ...{ action: { kind: 'script', code: 'echo "$TABLE"' }, ...inputsKept },
  });
});

test('given: of a shell task it lies in its context, unless there are secrets', async () => {
  const run = story.run(shell('cat "$SKEIN_CONTEXT"'), inputs);
  expect((await run.result).outcome).toBe('success');
  expect(readdirSync(run.directory).includes('given.json')).toBe(false);
  const context = readFileSync(`${run.directory}/context.json`, 'utf8');
  expect(readFileSync(`${run.directory}/stdout`, 'utf8')).toBe(context);
  const action = shell('cat "$SKEIN_CONTEXT"');
  expect(read(givenOfContext(context) ?? '')).toMatchObject({ action, ...inputsKept });

  const opened = { variables: {}, secrets: ['hunter22'] };
  const hidden = story.run(shell('echo hunter22'), { opened });
  await hidden.result;
  expect(read(readFileSync(`${hidden.directory}/given.json`, 'utf8'))).toMatchObject({
    action: { command: 'echo ***' },
  });
  const without = readFileSync(`${hidden.directory}/context.json`, 'utf8');
  expect(without).not.toContain('hunter22');
  expect([givenOfContext(without), givenOfContext('{'), givenOfContext('7')]).toEqual(
    Array(3).fill(null),
  );
});

test('given: what a request proves itself with is hidden, in its address too', () => {
  const http = { kind: 'http', method: 'GET', body: null, successStatus: [] } as const;
  const headers = { Cookie: 'hunter22', Accept: 'text/plain' };
  const action = { ...http, url: 'https://bob:hunter22@example.org/x?to=a@b', headers };
  expect(read(textOf({ action })).action).toMatchObject({
    url: 'https://example.org/x?to=a@b',
    headers: { Cookie: '***', Accept: 'text/plain' },
  });
  const wrong = textOf({ action: { ...action, url: 'https://bob:hunter22@exa mple.org' } });
  expect(wrong).not.toContain('hunter22');
});

test('given: what is too large in a context is left out as elsewhere', () => {
  const given = { at: 'now', action: shell('true') };
  const upstream = { a: 'x'.repeat(givenBytesMax) };
  expect(read(givenOfContext(JSON.stringify({ given, upstream, params: {} })) ?? '')).toEqual({
    ...{ ...given, params: {}, upstream: null, leftOut: ['upstream'] },
  });
});

test('given: a disk that takes nothing does not hold up the end', async () => {
  const files = {
    ...nodeFiles,
    makeDirectory: (_: string, done: (error: string | undefined) => void) =>
      clock.soon(() => done('no space left')),
  };
  const warnings: string[] = [];
  const call = { kind: 'http', method: 'GET', url: 'http://x', body: null } as never;
  const runner = keepGiven(
    new Map([
      [
        'http',
        {
          start: (_, observe) => {
            clock.soon(() => observe({ kind: 'ended', result: succeeded() }));
            return { stop: () => {} };
          },
        },
      ],
    ]) satisfies Runners,
    { clock, files, dataDir: '/nowhere', trace: (_, what) => warnings.push(what) },
  ).get('http');
  const outcome = await new Promise((resolve) =>
    runner?.start({ ...dispatchOf('task', 1), action: call }, (event) =>
      resolve(event.kind === 'ended' ? event.result.outcome : event.kind),
    ),
  );
  expect([outcome, warnings]).toEqual(['success', ['executor.given_not_kept']]);
});

test('given: secrets are hidden in every text, name and number', () => {
  const text = textOf({
    action: shell('psql -p hunter22 --pin 12345678'),
    env: { hunter22: 'x-hunter22' },
    params: { pin: 12345678, deep: [{ a: 'hunter22' }], n: 1 },
    upstream: { a: '"hunter22"' },
    opened: { variables: { SKEIN_CONN_DB: 'hunter22' }, secrets: ['hunter22', '12345678'] },
  });
  expect(text).not.toMatch(/hunter22|12345678/);
  expect(read(text)).toMatchObject({
    action: { command: 'psql -p *** --pin ***' },
    env: { '***': 'x-***' },
    params: { pin: '***', deep: [{ a: '***' }], n: 1 },
    upstream: { a: '***' },
  });
});

test('given: what a call proves itself with is hidden, wherever it came from', () => {
  const http = { method: 'GET', url: 'http://x', body: null, successStatus: [] } as const;
  const headers = { Authorization: 'Bearer abc', 'X-Api-Key': 'abc', accept: 'text/plain' };
  const bearer = { kind: 'bearer', token: 'abc' } as const;
  expect(read(textOf({ action: { kind: 'http', ...http, headers, auth: bearer } })).action).toEqual(
    {
      ...{ kind: 'http', ...http, auth: { kind: 'bearer', token: '***' } },
      headers: { Authorization: '***', 'X-Api-Key': '***', accept: 'text/plain' },
    },
  );
});

test('given: what is too large is left out, outputs first, and named', () => {
  const large = JSON.stringify('x'.repeat(givenBytesMax));
  const one = read(textOf({ upstream: { a: large }, action: shell('echo 1') }));
  expect(one).toMatchObject({ leftOut: ['upstream'], upstream: null, action: { kind: 'shell' } });
  const all = textOf({ action: shell(large), params: { a: large } });
  expect(read(all).leftOut).toEqual(['upstream', 'item', 'trigger', 'params', 'env', 'action']);
  expect(all.length).toBeLessThan(givenBytesMax);
});

test('given: peers alone are told what lies there, and null where nothing does', async () => {
  const run = story.run(shell('true'));
  await run.result;
  const [, number, mark] = /(\d+)-(\d+)$/.exec(run.directory) ?? [];
  const sent: unknown[] = [];
  let hear: (message: unknown, from: never) => void = () => {};
  const self = { node: nodeId('n1'), side: 'executor', incarnation: incarnation('1') } as const;
  const desk = new GivenDesk({
    wire: {
      self,
      send: (to, _inbox, _lane, message) => void sent.push([to, message]),
      listen: (_, receive) => {
        hear = receive;
        return { cancel: () => {} };
      },
    },
    files: nodeFiles,
    dataDir: story.dataDir,
  });
  const { id } = dispatchOf('task', 1);
  const asked = { kind: 'given-request', attempt: Number(number) };
  const place = { ...id, token: token(Number(mark)) };
  const peer = { ...self, side: 'peer', node: nodeId('n2') };
  hear({ ...asked, requestId: 'r1', id: place }, self as never);
  hear({ ...asked, requestId: 'r2', id: place }, peer as never);
  hear({ ...asked, requestId: 'r3', id: { ...place, runId: runId('gone') } }, peer as never);
  hear({ ...asked, requestId: 'r4', id: { ...place, taskId: taskId('..') } }, peer as never);
  await expect.poll(() => sent.length).toBe(3);
  const kept = givenOfContext(readFileSync(`${run.directory}/context.json`, 'utf8'));
  expect(kept).toContain('"command":"true"');
  expect(new Set(sent)).toEqual(
    new Set(
      [
        ['r2', kept],
        ['r3', null],
        ['r4', null],
      ].map(([requestId, text]) => ['n2', { kind: 'given-answer', requestId, text }]),
    ),
  );
  desk.stop();
});

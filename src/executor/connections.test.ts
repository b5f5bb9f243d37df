import { expect, test } from 'vitest';
import { namespace } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import type { GivenConnection, Opener } from '../model/connection.ts';
import { realClock as clock } from '../node/real-ports.ts';
import { withConnections } from './connections.ts';
import { nodeFiles } from './node-files.ts';
import { failedWith, type Runner, type RunResult, succeeded, type Work } from './runner.ts';
import { dispatchOf } from './testing/executor-story.ts';

/** Boxes that hold their secret behind the name of their place. */
const opener: Opener = {
  open: ({ name, field }, { key, box }) =>
    key === 'known' && box.startsWith(`${name}.${field}:`)
      ? ok(box.slice(name.length + field.length + 2))
      : fail('no such key'),
};
const given = (name: string, secret: string, key = 'known'): GivenConnection => ({
  ...{ namespace: namespace('default'), name, kind: 'postgres', fields: { host: 'db' } },
  secrets: { password: { key, box: `${name}.password:${secret}` } },
});

/** What the runner was given, and what came of it. */
async function run(connections: Work['connections'], result: RunResult = succeeded()) {
  let work: Work | undefined;
  const runner: Runner = {
    start(dispatch, observe) {
      work = dispatch;
      clock.soon(() => observe({ kind: 'ended', result }));
      return { stop: () => {} };
    },
  };
  const opening = withConnections(new Map([['shell', runner]]), {
    ...{ clock, opener, files: nodeFiles, dataDir: '/nowhere' },
  }).get('shell');
  const dispatch = dispatchOf('task', 1, connections === undefined ? {} : { connections });
  const ended = await new Promise<RunResult>((resolve) =>
    opening?.start(dispatch, (event) => event.kind === 'ended' && resolve(event.result)),
  );
  return { work, ended, dispatch };
}

test('connections: a task that names none is handed on as it is', async () => {
  const { work, dispatch } = await run(undefined);
  expect(work).toBe(dispatch);
});

test('connections: the variable holds fields and secrets, and the dispatch does not', async () => {
  const { work } = await run({ 'my-db': given('my-db', 'hunter22') });
  expect(JSON.parse(work?.opened?.variables.SKEIN_CONN_MY_DB ?? '')).toEqual({
    ...{ kind: 'postgres', host: 'db', password: 'hunter22' },
  });
  expect(work?.opened?.secrets).toContain('hunter22');
  const { opened: _, ...rest } = work ?? {};
  expect(JSON.stringify(rest)).not.toContain('"hunter22');
});

test('connections: one that is missing or does not open may be tried again', async () => {
  const missing = await run({ gone: null });
  expect(missing.work).toBeUndefined();
  expect(missing.ended).toMatchObject({ retryable: true, errorClass: 'connection_missing' });
  const sealed = await run({ db: given('db', 'x', 'other') });
  expect(sealed.ended).toMatchObject({ retryable: true, errorClass: 'connection_sealed' });
  expect(sealed.ended.error).toBe('connection "db" does not open: no such key');
});

test('connections: a box that was put under another name does not open', async () => {
  const stolen = { ...given('theirs', 'hunter22'), name: 'mine' };
  expect((await run({ mine: stolen })).ended.errorClass).toBe('connection_sealed');
});

test('connections: error, last lines and output are without secrets', async () => {
  const connections = { db: given('db', '12345678') };
  const stderrTail = new TextEncoder().encode('5678\nlogin as 12345678 failed\n');
  const failure = { ...failedWith('with 12345678', { retryable: true }), stderrTail };
  const { ended } = await run(connections, failure);
  expect(ended.error).toBe('with ***');
  expect(Buffer.from(ended.stderrTail).toString()).toBe('***\nlogin as *** failed\n');
  const outputs = [
    ['{"a":"12345678","n":1e2}', '{"a":"***","n":1e2}'],
    ['{"a":"1234567\\u0038"}', '{"a":"***"}'],
    ['{"n":12345678}', '"***"'],
    ['{"n":10000000000000000001}', '{"n":10000000000000000001}'],
  ] as const;
  for (const [written, shown] of outputs) {
    expect((await run(connections, succeeded(written))).ended.output).toBe(shown);
  }
});

/** What the command line shows of other people's texts: words, and no orders to the terminal. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { namespace, runId } from '../../src/base/brand.ts';
import { runFact, taskFact } from '../../src/model/fact.ts';
import { type Ran, serve, skein } from '../cli/kit.ts';
import { payloadGroups, payloads, shown } from './payloads.ts';

/** A terminal obeys these, or a reader is led astray by them; lines are ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what they are about.
const orders = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

function expectTame({ out, err }: Ran, why: string): void {
  if (orders.test(out + err)) expect.unreachable(`${why}: ${JSON.stringify(out + err)}`);
}

const hostile = [...payloadGroups.terminal, ...payloadGroups.unicode, 'x\ny\r\nz'];

/** All free texts of a DAG say this. */
const dagWith = (text: string): string =>
  JSON.stringify({
    id: 'd',
    ...{ description: text, owner: [`o${text}`], tags: [`t${text}`] },
    params: { p: { type: 'string', default: text }, q: { type: 'array', default: [text] } },
    triggers: [
      { name: 'asset', asset: `asset://x/${text}` },
      { name: 'file', file: `/x/${text}` },
    ],
    tasks: {
      a: { type: 'shell', command: text === '' ? 'x' : text, produces: `asset://y/${text}` },
      b: { type: 'approval', message: `m${text}`, dependsOn: ['a'] },
    },
  });

test.each(hostile.map((text) => [shown(text), text]))(
  'injection: %s moves no cursor from a DAG, a run, a pool or a variable',
  async (_, text) => {
    const { server, service } = await serve();
    const env = { SKEIN_SERVER: server.url };
    const applied = await skein(['apply', '-f', '-'], { env, stdin: dagWith(text) });
    expectTame(applied, 'apply');
    if (applied.code !== 0) return;
    await skein(['run', 'd', '--id', 'r1', '-p', `p=${text}`], { env });
    const live = [...service.state.runs()].find(({ run }) => run.runId === runId('r1'));
    expect(live).toBeDefined();
    service.setTask(runId('r1'), 'a', 'failed');
    const task = service.state.run(namespace('default'), runId('r1'))?.tasks.values().next().value;
    service.commit(text, [
      runFact({
        ...live!.run,
        ...{ createdBy: text, heldBy: text, payload: JSON.stringify({ [text]: text }) },
        notes: [{ at: live!.run.createdAt, by: text, text }],
      }),
      taskFact({
        ...task!,
        ...{ status: 'failed', reason: text, endedAt: live!.run.createdAt, markedBy: text },
        attempts: task!.attempts.map((attempt) => ({ ...attempt, error: text })),
      } as never),
    ]);
    await skein(['variable', 'set', 'v', JSON.stringify(text)], { env });
    await skein(['pool', 'set', 'p', '1', '--description', text], { env });
    for (const args of [
      ['dags'],
      ['dag', 'show', 'd'],
      ['dag', 'versions', 'd'],
      ['runs'],
      ['show', 'r1'],
      ['show', 'r1', '--all'],
      ['events', 'r1'],
      ['triggers'],
      ['assets'],
      ['variable', 'list'],
      ['variable', 'get', 'v'],
      ['pool', 'list'],
      ['approvals'],
      ['letters'],
      ['dags', '--json'],
      ['dag', 'show', 'd', '--json'],
      ['show', 'r1', '--json'],
      ['events', 'r1', '--json'],
    ]) {
      const ran = await skein(args, { env });
      expect(ran.code, `${args.join(' ')}: ${ran.err}`).not.toBe(2);
      expectTame(ran, args.join(' '));
    }
  },
);

test('injection: arguments that make no sense are told back without their power', async () => {
  const { server } = await serve();
  const env = { SKEIN_SERVER: server.url };
  // The system hands over arguments as UTF-8, in which halves of pairs do not exist.
  for (const text of hostile.filter((each) => !/\p{Surrogate}/u.test(each))) {
    for (const args of [
      ['show', text],
      ['dag', 'show', text],
      ['run', text],
      ['runs', '--state', text],
      ['runs', '--since', text],
      ['cancel', text],
      ['logs', `${text}/a`],
      ['variable', 'get', text],
      ['--server', text, 'dags'],
      ['-n', text, 'dags'],
      ['apply', '-f', `/nowhere/${text}`],
      [`x${text}`],
      ['dags', `--x${text}`],
    ]) {
      expectTame(await skein(args, { env }), JSON.stringify(args));
    }
  }
});

const folder = mkdtempSync(join(tmpdir(), 'skein-injection-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('injection: what is wrong in a file is told without what is in the file', async () => {
  const file = join(folder, 'd.json');
  // Every tenth, and each that a terminal would obey.
  const some = payloads.filter((text, place) => place % 10 === 0 || orders.test(text));
  for (const text of some) {
    for (const content of [
      { id: 'd', tasks: { a: { type: text } } },
      { id: 'd', [`k${text}`]: 1, tasks: { a: { type: 'noop', timeout: text } } },
      { id: text, schedule: text, tasks: { a: { type: 'noop', dependsOn: [text] } } },
      { id: 'd', tasks: { a: { type: 'noop', condition: `x${text}` } } },
    ]) {
      writeFileSync(file, JSON.stringify(content));
      expectTame(await skein(['lint', file]), shown(text));
    }
    writeFileSync(file, `{"id": "d", ${text}`);
    expectTame(await skein(['lint', file]), shown(text));
  }
});

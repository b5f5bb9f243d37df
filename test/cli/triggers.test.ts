import { expect, test } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { FakeService } from '../http/fake-service.ts';
import { serve, skein } from './kit.ts';

const yaml = `
id: d
tasks: { load: { type: noop, produces: ["asset://clean"] } }
triggers:
  - { name: order, webhook: {} }
  - { name: ready, all: [{ asset: "asset://raw" }, { subject: go }], window: 2h }
`;

async function withTriggers() {
  const service = new FakeService();
  const submit = service.submit.bind(service);
  service.submit = async (submission) => {
    const { command } = submission;
    const { index } = service;
    if (command.kind === 'switch-trigger') {
      return ok({ reply: { kind: 'trigger-switched', enabled: command.enabled }, index });
    }
    if (command.kind !== 'outside-events') return submit(submission);
    service.submissions.push(submission);
    return ok({ reply: { kind: 'events-taken', runs: [], known: 1 }, index });
  };
  const all = await serve(service);
  const env = { SKEIN_SERVER: all.server.url };
  expect((await skein(['apply', '-f', '-'], { env, stdin: yaml })).code).toBe(0);
  return { service, env };
}

test('cli: triggers lists what each DAG waits for', async () => {
  const { env } = await withTriggers();
  const { code, out } = await skein(['triggers'], { env });
  expect(code).toBe(0);
  expect(out).toMatch(/^d +order +enabled +webhook \(no secret\) +- +-$/m);
  expect(out).toMatch(/^d +ready +enabled +asset asset:\/\/raw and subject go within 2h/m);
  expect((await skein(['triggers', '--dag', 'no'], { env })).code).toBe(3);
});

test('cli: a trigger is switched by name', async () => {
  const { env } = await withTriggers();
  const { code, out } = await skein(['trigger', 'disable', 'd', 'order'], { env });
  expect([code, out]).toEqual([0, 'd order  disabled\n']);
});

test('cli: an event is told with its payload and key', async () => {
  const { env, service } = await withTriggers();
  const said = ['--payload', '{"id": 7}', '--key', 'k'];
  const { code, out } = await skein(['trigger', 'fire', 'd', 'order', ...said], { env });
  expect([code, out]).toEqual([0, 'the event was known already\n']);
  await skein(['event', 'send', '--asset', 'asset://raw', ...said], { env });
  const told = service.submissions.flatMap(({ command }) =>
    command.kind === 'outside-events' ? command.events : [],
  );
  expect(told).toMatchObject([
    { source: { kind: 'trigger', dagId: 'd', trigger: 'order' }, key: 'k', payload: '{"id":7}' },
    { source: { kind: 'asset', uri: 'asset://raw' }, key: 'k', payload: '{"id":7}' },
  ]);
});

test('cli: an event without a source, or with a broken payload, is wrong usage', async () => {
  const { env } = await withTriggers();
  expect((await skein(['event', 'send'], { env })).code).toBe(2);
  const broken = ['event', 'send', '--subject', 'go', '--payload', '{'];
  expect((await skein(broken, { env })).code).toBe(2);
});

test('cli: assets lists who produces and who needs them', async () => {
  const { env } = await withTriggers();
  const { out } = await skein(['assets'], { env });
  expect(out).toMatch(/^asset:\/\/clean +unplanned +- +d\/load +-$/m);
  expect(out).toMatch(/^asset:\/\/raw +- +- +- +d\/ready$/m);
});

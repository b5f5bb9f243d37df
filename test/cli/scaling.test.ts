import { expect, test } from 'vitest';
import { wallMs } from '../../src/base/brand.ts';
import { nodeFact, nodePoolFact } from '../../src/model/fact.ts';
import { node } from '../../src/scheduler/testing/rows.ts';
import { serve, skein } from './kit.ts';

async function cluster() {
  const { service, server } = await serve();
  const run = (...args: readonly string[]) => skein(['--server', server.url, ...args]);
  return { service, run };
}

test('cli: a node pool is given rules, listed, shown and let be', async () => {
  const { run, service } = await cluster();
  const set = ['node-pool', 'set', 'burst', '--max', '5', '--provider', 'local-process'];
  expect((await run('node-pool', 'list')).out).toContain('No node pool scales');
  expect(await run(...set, '--min', '1', '--wait', 'never', '--cooldown', '90s')).toMatchObject({
    ...{ code: 0, out: 'burst  created\n', err: '' },
  });
  const row = service.state.nodePool('burst')!;
  expect(row).toMatchObject({ min: 1, max: 5, up: 80, waitMsMax: null, cooldownMs: 90_000 });
  const scaling = { at: wallMs(0), from: 0, to: 1, reason: 'too few', outcome: '1 of 1 is up' };
  service.commit('scale', [
    nodePoolFact({ ...row, wanted: 1, scalings: [scaling] }),
    nodeFact(node('burst-1', { pool: 'burst' })),
  ]);
  expect((await run('node-pool', 'list')).out).toMatch(
    /^burst +1 +1 +1-5 +30-80 % +local-process +.* ago +too few$/m,
  );
  const shown = (await run('node-pool', 'show', 'burst')).out;
  expect(shown).toMatch(/^alive +burst-1$/m);
  expect(shown).toMatch(/ago +0 -> 1 +too few +1 of 1 is up$/m);
  const asJson = JSON.parse((await run('--json', 'node-pool', 'show', 'burst')).out);
  expect(asJson).toMatchObject({ wanted: 1, scalings: [{ reason: 'too few' }] });
  expect((await run('node-pool', 'delete', 'burst')).out).toBe('burst  deleted\n');
  expect((await run('node-pool', 'show', 'burst')).code).toBe(3);
});

test('cli: each provider is told what it needs', async () => {
  const { run, service } = await cluster();
  const set = (...more: readonly string[]) =>
    run('node-pool', 'set', 'p', '--max', '5', '--provider', ...more);
  const provider = () => service.state.nodePool('p')?.provider;
  await set('command', '--program', '/bin/scale', '--arg', '-v', '--arg', 'two words');
  expect(provider()).toEqual({ kind: 'command', program: '/bin/scale', args: ['-v', 'two words'] });
  await set('kubernetes', '--stateful-set', 'skein-burst');
  const set1 = { kind: 'kubernetes', namespace: 'default', statefulSet: 'skein-burst' };
  expect(provider()).toEqual(set1);
  for (const wrong of [['command'], ['kubernetes'], ['cloud'], ['local-process', '--up', 'x']]) {
    expect((await set(...wrong)).code).toBe(2);
  }
});

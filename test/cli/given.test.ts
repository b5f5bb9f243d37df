import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runId } from '../../src/base/brand.ts';
import type { Given } from '../../src/model/given.ts';
import { chainYaml } from '../http/kit.ts';
import { serve, skein } from './kit.ts';

const kept: Given = {
  ...{ at: '2026-01-01T00:00:00.000Z', leftOut: ['upstream'], upstream: null, upstreamOmitted: [] },
  ...{ action: { kind: 'shell', command: 'echo a\n\u001b[2Jecho b' }, env: { A: 'b' }, params: {} },
  ...{ trigger: null, item: null, connections: ['db'], inputs: [], cwd: null, timeoutMs: null },
};

async function ran() {
  const { service, server } = await serve();
  const env = { SKEIN_SERVER: server.url };
  const file = join(tmpdir(), `skein-given-${process.pid}.yaml`);
  writeFileSync(file, chainYaml);
  await skein(['apply', '-f', file], { env });
  await skein(['run', 'chain', '--id', 'r1'], { env });
  service.setTask(runId('r1'), 'a', 'success');
  service.given.set('r1/a/1', JSON.stringify(kept));
  return (...args: readonly string[]) => skein(['given', ...args], { env });
}

test('cli: what a task was given, texts as they were rendered, without tricks', async () => {
  const given = await ran();
  expect(await given('r1/a')).toMatchObject({
    code: 0,
    out: [
      'attempt 1 on n1, 2026-01-01T00:00:00.000Z',
      'kind  shell',
      'command',
      'echo a',
      'echo b',
      'env',
      '{',
      '  "A": "b"',
      '}',
      'connections',
      '[',
      '  "db"',
      ']',
      'left out, because they are large: upstream',
      '',
    ].join('\n'),
  });
});

test('cli: a name without a task, and an attempt that is not there', async () => {
  const given = await ran();
  expect((await given('r1')).code).toBe(2);
  expect(await given('r1/a', '--attempt', '2')).toMatchObject({ code: 3 });
});

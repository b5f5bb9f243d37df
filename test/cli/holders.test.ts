import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hold } from '../http/fake-holds.ts';
import { serve, skein } from './kit.ts';

test('cli: who holds slots, keys and places, one line each', async () => {
  const { service, server } = await serve();
  const env = { SKEIN_SERVER: server.url };
  expect((await skein(['holders'], { env })).out).toBe('Nothing is held.\n');
  const file = join(tmpdir(), `skein-holders-${process.pid}.yaml`);
  writeFileSync(file, 'id: d\ntasks: { a: { type: shell, command: echo } }\n');
  await skein(['apply', '-f', file], { env });
  for (const id of ['r1', 'r2']) await skein(['run', 'd', '--id', id], { env });
  hold(service, [{ pool: { name: 'db', slots: 2 } }, { key: 'a\u001b[2Jb' }]);
  const { code, out } = await skein(['holders'], { env });
  expect(code).toBe(0);
  const lines = out.split('\n').map((line) => line.replace(/ {2,}\S+ ago$/, '').trimEnd());
  expect(lines[0]).toMatch(/^what +taken +held by +slots +node +since$/i);
  expect(lines[1]).toMatch(/^pool db +2\/8 +r1\/a +2 +n1/);
  expect(lines[2]).toMatch(/^key ab +1 +r2\/a +1 +n1/);
  expect(lines[3]).toMatch(/^runs of d +2\/16 +r1 +1 +-/);
  expect(lines[4]).toMatch(/^ +r2 +1 +-/);
});

import { expect, test } from 'vitest';
import { serve, skein } from './kit.ts';

const nightly = `
id: nightly
schedule: { cron: "30 2 * * *", timezone: Europe/Berlin }
tasks: { a: { type: noop } }
`;

test('skein schedule preview shows local times, also of a file that is not applied', async () => {
  const { server } = await serve();
  const env = { SKEIN_SERVER: server.url };
  const range = ['-n', '2', '--from', '2026-03-28T12:00:00Z'];
  const file = ['schedule', 'preview', '-f', '-', ...range];
  const before = await skein(file, { env, stdin: nightly });
  expect(before.out).toContain('2026-03-29 03:00:00+02:00');
  expect(before.out).toContain('right behind a gap');
  expect((await skein(['apply', '-f', '-'], { env, stdin: nightly })).code).toBe(0);
  const applied = await skein(['schedule', 'preview', 'nightly', ...range], { env });
  expect(applied).toEqual(before);
  expect((await skein(['schedule', 'preview'], { env })).code).not.toBe(0);
});

test('skein schedule fires lists what is to come, as JSON too', async () => {
  const { server } = await serve();
  const env = { SKEIN_SERVER: server.url };
  await skein(['apply', '-f', '-'], { env, stdin: nightly });
  const range = ['--since', '2026-01-01', '--until', '2026-01-03'];
  const listed = await skein(['schedule', 'fires', 'nightly', ...range], { env });
  expect(listed).toMatchObject({ code: 0, out: expect.stringContaining('pending') });
  const json = await skein(['--json', 'schedule', 'fires', 'nightly', ...range], { env });
  expect(JSON.parse(json.out)).toMatchObject({
    items: [{ state: 'pending' }, { state: 'pending' }],
    truncated: false,
  });
});

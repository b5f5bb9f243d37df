import { expect, test } from 'vitest';
import { complaints, tasksOf } from './testing/dag-texts.ts';

test('dag-file: an email has recipients, one line of subject, and a text', () => {
  const tasks = tasksOf(`
  one:
    type: email
    connection: smtp
    to: Ada Lovelace <ada@example.org>
    subject: "{{ dag_id }} is done"
    text: All of it
  many:
    type: email
    connection: smtp
    to: [ada@example.org, "{{ run.id }}@b.org"]
    cc: [bob@example.org]
    bcc: eve@example.org
    replyTo: team@example.org
    subject: s
    html: <b>t</b>
`);
  expect(tasks.one!.action).toEqual({
    ...{ kind: 'email', connection: 'smtp', to: ['Ada Lovelace <ada@example.org>'] },
    ...{ cc: [], bcc: [], subject: '{{ dag_id }} is done', text: 'All of it', html: null },
  });
  expect(tasks.one!.resources).toEqual({ slots: 1 });
  expect(tasks.many!.action).toMatchObject({
    ...{ to: ['ada@example.org', '{{ run.id }}@b.org'], cc: ['bob@example.org'] },
    ...{ bcc: ['eve@example.org'], replyTo: 'team@example.org', text: null, html: '<b>t</b>' },
  });
});

test('dag-file: mistakes in emails are named', () => {
  const email = (said: string) =>
    complaints(`id: x\ntasks: { a: { type: email, connection: c, subject: s, ${said} } }\n`);
  expect(email('to: a@b.org, text: t')).toEqual([]);
  expect(email('to: a@b.org')).toEqual([expect.stringContaining('say `text`, `html` or both')]);
  expect(email('text: t')).toEqual([expect.stringContaining('to')]);
  for (const to of ['"a@b.org\\nBcc: eve@evil.org"', '"a@b.org, c@d.org"', 'ada', '[]']) {
    expect(email(`to: ${to}, text: t`)).toHaveLength(1);
  }
  const people = Array.from({ length: 60 }, (_, at) => `a${at}@b.org`).join(', ');
  expect(email(`to: [${people}], cc: [${people}], text: t`)).toEqual([
    expect.stringContaining('at most 100 recipients'),
  ]);
  const twoLines = 'id: x\ntasks: { a: { type: email, connection: c, to: a@b.c, text: t,';
  expect(complaints(`${twoLines} subject: "a\\nb" } }`)).toHaveLength(1);
});

test('dag-file: a message has a text, and may have a title, a severity and details', () => {
  const tasks = tasksOf(`
  one: { type: notify, connection: ops, message: "{{ run.id }} is done" }
  two:
    type: notify
    connection: ops
    title: Load failed
    message: No rows
    severity: critical
    details: { rows: 0, table: "t {{ ds }}" }
`);
  expect(tasks.one!.action).toEqual({
    ...{ kind: 'notify', connection: 'ops', title: null, message: '{{ run.id }} is done' },
    ...{ severity: 'info', details: {} },
  });
  expect(tasks.two!.action).toMatchObject({
    ...{ title: 'Load failed', severity: 'critical' },
    details: { rows: 0, table: 't {{ ds }}' },
  });
  const notify = (said: string) =>
    complaints(`id: x\ntasks: { a: { type: notify, connection: c, ${said} } }\n`);
  expect(notify('title: t')).toEqual([expect.stringContaining('message')]);
  expect(notify('message: m, severity: fatal')).toHaveLength(1);
  expect(notify('message: "{{ nope.x }}"')).toEqual([expect.stringContaining('tasks.a.message')]);
  expect(notify('message: m, details: { a: "{{ nope.x }}" }')).toHaveLength(1);
});

test('dag-file: a request may take its credentials, and its address, from a connection', () => {
  const tasks = tasksOf(`
  a: { type: http, url: /orders, auth: { connection: api } }
  b: { type: sensor, http: { url: /ready, auth: { connection: api } } }
`);
  const auth = { kind: 'connection', name: 'api' };
  expect(tasks.a!.action).toMatchObject({ kind: 'http', url: '/orders', auth });
  expect(tasks.b!.action).toMatchObject({ kind: 'http', url: '/ready', auth });
  const http = (said: string) => complaints(`id: x\ntasks: { a: { type: http, ${said} } }\n`);
  expect(http('url: /orders')).toEqual([expect.stringContaining('auth: { connection')]);
  expect(http('url: /orders, auth: { bearer: t }')).toHaveLength(1);
  expect(http('url: //evil.org, auth: { connection: api }')).toHaveLength(1);
});

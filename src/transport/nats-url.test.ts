import { expect, test } from 'vitest';
import { parseNatsUrl } from './nats-url.ts';

test('nats url: servers, ports and the default port', () => {
  expect(parseNatsUrl('nats://10.0.0.1:4333, n2.example')).toEqual({
    ok: true,
    value: {
      hosts: ['10.0.0.1:4333', 'n2.example:4222'],
      credentials: { kind: 'none' },
      tls: undefined,
    },
  });
});

test('nats url: a token, or a user with a password', () => {
  expect(parseNatsUrl('nats://s%40cret@h')).toMatchObject({
    value: { hosts: ['h:4222'], credentials: { kind: 'token', token: 's@cret' } },
  });
  expect(parseNatsUrl('nats://me:p%3Aw@h:1')).toMatchObject({
    value: { hosts: ['h:1'], credentials: { kind: 'password', user: 'me', pass: 'p:w' } },
  });
});

test('nats url: a % that stands for itself is refused with what to write', () => {
  for (const bad of [
    'nats://me:100%@h',
    'nats://100%zz@h',
    'nats://m%e:100@h',
    'h,nats://me:%ff@h',
  ]) {
    const parsed = parseNatsUrl(bad);
    expect([bad, parsed.ok]).toEqual([bad, false]);
    if (parsed.ok) continue;
    expect(parsed.error).toContain('write % as %25');
    expect(parsed.error).not.toContain('100');
  }
  expect(parseNatsUrl('nats://me:100%25@h')).toMatchObject({
    value: { credentials: { pass: '100%' } },
  });
});

test('nats url: tls with the files that it names', () => {
  expect(parseNatsUrl('tls://h?ca=/etc/ca.pem&cert=/c.pem&key=/k.pem')).toMatchObject({
    value: { tls: { caFile: '/etc/ca.pem', certFile: '/c.pem', keyFile: '/k.pem' } },
  });
  expect(parseNatsUrl('tls://h')).toMatchObject({ value: { tls: {} } });
});

test('nats url: a refusal says what to write and repeats no secret', () => {
  for (const bad of ['', 'http://tok3n@h', 'nats://tok3n@', 'nats://tok3n@h:99999']) {
    const parsed = parseNatsUrl(bad);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) continue;
    expect(parsed.error).toContain('nats://host:4222');
    expect(parsed.error).not.toContain('tok3n');
  }
  expect(parseNatsUrl(Array(17).fill('h').join()).ok).toBe(false);
});

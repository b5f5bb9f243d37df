import { expect, test } from 'vitest';
import { type Header, open, seal, sealBytes } from './envelope.ts';

const key = Buffer.from('a secret of sixteen bytes or more');
const header: Header = {
  cluster: 'c1',
  node: 'n1',
  side: 'peer',
  life: { incarnation: 'i1', startedMs: 1_700_000_000_000, nonce: 7 },
  lane: 'control',
  inbox: 'raft',
  receivers: ['n2', 'n3'],
  sequence: 2 ** 40,
  piece: { index: 0, count: 1, totalBytes: 5 },
};
const body = Buffer.from('hello');

test('envelope: what was sealed is opened, header and body', () => {
  const frame = seal(key, header, body);
  expect(frame.length).toBe(sealBytes(header) + body.length);
  const opened = open(key, frame);
  expect(opened).toMatchObject({ ok: true, value: { header } });
  if (opened.ok) expect(Buffer.from(opened.value.body).toString()).toBe('hello');
});

test('envelope: every flipped bit and every cut is a forgery', () => {
  const frame = seal(key, header, body);
  for (let at = 0; at < frame.length; at++) {
    const flipped = new Uint8Array(frame);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    expect(open(key, flipped)).toEqual({ ok: false, error: 'forged' });
    expect(open(key, frame.subarray(0, at))).toEqual({ ok: false, error: 'forged' });
  }
});

test('envelope: another key is a forgery', () => {
  const frame = seal(Buffer.from('another secret of the same kind'), header, body);
  expect(open(key, frame)).toEqual({ ok: false, error: 'forged' });
});

test('envelope: an authentic frame that we cannot read is malformed', () => {
  const nonsense: Header[] = [
    { ...header, sequence: -1 },
    { ...header, piece: { index: 3, count: 3, totalBytes: 5 } },
    { ...header, life: { ...header.life, nonce: 0.5 } },
  ];
  for (const bad of nonsense) {
    expect(open(key, seal(key, bad, body))).toEqual({ ok: false, error: 'malformed' });
  }
});

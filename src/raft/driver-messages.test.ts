import { expect, test } from 'vitest';
import { logIndex, nodeId, term } from '../base/brand.ts';
import { decode, encode } from '../base/codec.ts';
import { fromWire, vitalsOf, wireAppend, withVitals } from './driver-messages.ts';
import type { Message, SendAppend } from './types.ts';

const send: SendAppend = {
  kind: 'send-append',
  to: [nodeId('b')],
  term: term(7),
  prevIndex: logIndex(4),
  prevTerm: term(2),
  commit: logIndex(3),
  lastIndex: logIndex(8),
  cut: false,
};

const entries = [2, 3, 3, 7].map((entryTerm, place) => ({
  index: logIndex(5 + place),
  term: term(entryTerm),
  payload: new Uint8Array([place]),
}));

const travelled = (value: unknown): unknown => decode(encode(value));

test('driver: an append arrives with the entries that were sent', () => {
  const append = fromWire(travelled(wireAppend(send, entries)));
  const { prevIndex, prevTerm, commit } = send;
  expect(append).toMatchObject({ kind: 'append', term: 7, prevIndex, prevTerm, commit });
  const arrived = append?.kind === 'append' ? append.entries : [];
  expect(arrived.map((entry) => [entry.index, entry.term, entry.payload[0]])).toEqual([
    [5, 2, 0],
    [6, 3, 1],
    [7, 3, 2],
    [8, 7, 3],
  ]);
});

test('driver: an append without entries stays one', () => {
  expect(fromWire(travelled(wireAppend(send, [])))).toMatchObject({ kind: 'append', entries: [] });
});

test('driver: what is not one of our messages is not understood', () => {
  const append = wireAppend(send, entries);
  const strange: unknown[] = [
    undefined,
    null,
    'append',
    [],
    {},
    { kind: 'constructor', term: 1 },
    { kind: 'heartbeat', term: 1, commit: 1 },
    { kind: 'heartbeat', term: -1, commit: 1, round: 1 },
    { kind: 'heartbeat', term: 1.5, commit: 1, round: 1 },
    { kind: 'vote-answer', term: 1, granted: 1 },
    { ...append, runs: [1, 2] },
    { ...append, runs: [9, 2] },
    { ...append, payloads: ['text'] },
  ];
  for (const value of strange) expect(fromWire(value)).toBeUndefined();
});

test('driver: a member says what it speaks also where it hears no leader', () => {
  const own = { speaks: 9, diskLow: true };
  const asks = { kind: 'pre-vote', term: 2, lastIndex: 1, lastTerm: 1 } as unknown as Message;
  expect(vitalsOf(travelled(withVitals(asks, own)))).toEqual(own);
  // Version 4 and older ask for votes without a word of themselves.
  expect(vitalsOf(travelled(asks))).toBeUndefined();
  expect(vitalsOf({ ...asks, kind: 'heartbeat-answer' })).toMatchObject({ speaks: 1 });
  const vote = { ...asks, kind: 'vote' } as unknown as Message;
  expect(vitalsOf(travelled(withVitals(vote, own)))).toBeUndefined();
});

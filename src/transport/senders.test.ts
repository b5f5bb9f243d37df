import { expect, test } from 'vitest';
import { retiredMax, Senders, sendersMax, silenceMs, type Verdict } from './senders.ts';

/** How frames are judged; each is `[incarnation, startedMs, sequence, nowMs, lane]`. */
function judge(
  senders: Senders,
  frames: readonly (readonly [string, number, number, number, string?])[],
): readonly Verdict[] {
  return frames.map(([incarnation, startedMs, sequence, nowMs, lane = 'control']) =>
    senders.judge({
      sender: 'n1/peer',
      life: { incarnation, startedMs, nonce: 1 },
      ...{ lane, sequence, nowMs },
    }),
  );
}

test('senders: per lane a sequence only grows; gaps are fine', () => {
  expect(
    judge(new Senders(), [
      ['a', 1, 0, 0],
      ['a', 1, 0, 0],
      ['a', 1, 5, 0],
      ['a', 1, 4, 0],
      ['a', 1, 0, 0, 'bulk'],
    ]),
  ).toEqual(['new', 'stale', 'new', 'stale', 'new']);
});

test('senders: a later life takes over, and the retired one is not heard while that speaks', () => {
  expect(
    judge(new Senders(), [
      ['a', 1, 9, 0],
      ['b', 2, 0, 1],
      ['a', 1, 10, 2],
      ['b', 2, 1, silenceMs],
      ['a', 1, 11, 2 + silenceMs],
    ]),
  ).toEqual(['new', 'new', 'stale', 'new', 'stale']);
});

test('senders: a recorded message of a life with a later start makes nobody deaf for ever', () => {
  expect(
    judge(new Senders(), [
      ['b', 1, 5, 0],
      ['a', 9, 3, 1],
      ['b', 1, 6, 2],
      ['b', 1, 5, 1 + silenceMs],
      ['b', 1, 7, 1 + silenceMs],
      ['a', 9, 3, 2 + silenceMs],
    ]),
  ).toEqual(['new', 'new', 'stale', 'stale', 'new', 'stale']);
});

test('senders: the same incarnation started again is another life', () => {
  expect(
    judge(new Senders(), [
      ['a', 1, 9, 0],
      ['a', 2, 0, 1],
      ['a', 1, 10, 2],
    ]),
  ).toEqual(['new', 'new', 'stale']);
});

test('senders: a late message of an unknown earlier life does not depose the present one', () => {
  expect(
    judge(new Senders(), [
      ['b', 2, 0, 0],
      ['a', 1, 7, 100],
      ['b', 2, 1, 200],
    ]),
  ).toEqual(['new', 'stale', 'new']);
});

test('senders: a node whose clock stood back is believed when the old life is silent', () => {
  expect(
    judge(new Senders(), [
      ['a', 50, 0, 0],
      ['b', 10, 0, silenceMs - 1],
      ['b', 10, 1, silenceMs],
      ['a', 50, 1, silenceMs + 1],
    ]),
  ).toEqual(['new', 'stale', 'new', 'stale']);
});

test('senders: the list is bounded, and room is made only among the silent', () => {
  const senders = new Senders();
  const meet = (name: string, nowMs: number, sequence = 0): Verdict =>
    senders.judge({
      ...{ sender: name, lane: 'control', sequence, nowMs },
      life: { incarnation: name, startedMs: 1, nonce: 1 },
    });
  for (let i = 0; i < sendersMax; i++) expect(meet(`n${i}`, i)).toBe('new');
  expect(meet('late', silenceMs - 1)).toBe('crowded');
  expect(meet('late', silenceMs)).toBe('new');
  expect(meet('n0', silenceMs, 0)).toBe('stale');
  expect(meet('n0', silenceMs, 1)).toBe('crowded');
  expect(meet('n1', silenceMs, 1)).toBe('new');
});

test('senders: the retired list is bounded', () => {
  const senders = new Senders();
  for (let i = 0; i <= retiredMax + 10; i++) {
    expect(judge(senders, [['a', i, 0, 0]])).toEqual(['new']);
  }
  // The oldest are forgotten, but they started earlier than the one that speaks.
  expect(judge(senders, [['a', 0, 1, 0]])).toEqual(['stale']);
});

import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { Custody, handOverMs } from './adoption-custody.ts';
import type { Papers } from './adoption-proof.ts';

const papers: Papers = { clusterName: 'main', node: 'n1', version: '1.0.0', digest: 'abc' };
const leaseMs = 10_000;

/** An executor whose tasks and socket are the test's. */
function scene() {
  const clock = new VirtualClock();
  const offers: string[] = [];
  const ends: string[] = [];
  const host = { isIdle: false, isFindable: true };
  const custody = new Custody({
    ...{ clock, papers, leaseMs },
    offer: (offer) => offers.push(offer),
    isIdle: () => host.isIdle,
    isFindable: () => host.isFindable,
    end: (how) => ends.push(how),
  });
  return { clock, custody, offers, ends, host };
}

test('custody: while a peer is there no other is let in (C1)', () => {
  const { custody, offers } = scene();
  expect(custody.claimed(papers)).toBe('busy');
  custody.lost();
  expect(custody.claimed(papers)).toBe('same');
  expect(custody.claimed(papers)).toBe('busy');
  expect(offers.at(-1)).toBe('work');
});

test('custody: without a peer no work is offered (C2)', () => {
  const { custody, offers } = scene();
  custody.lost();
  expect(offers).toEqual(['pause']);
});

test('custody: who is about to be handed over offers no work already (C2)', () => {
  const { custody, offers } = scene();
  custody.handsOver();
  expect(offers).toEqual(['pause']);
});

test('custody: a peer that went without a word is waited for as long as a lease (C3)', () => {
  const { clock, custody, ends } = scene();
  custody.lost();
  clock.advance(leaseMs - 1);
  expect(ends).toEqual([]);
  clock.advance(1);
  expect(ends).toEqual(['abandoned']);
  expect(custody.claimed(papers)).toBe('busy');
});

test('custody: a peer that handed over is waited for longer (C3)', () => {
  const { clock, custody, ends } = scene();
  custody.handsOver();
  custody.lost();
  clock.advance(handOverMs - 1);
  expect(ends).toEqual([]);
  clock.advance(1);
  expect(ends).toEqual(['abandoned']);
});

test('custody: a word of handing over counts once', () => {
  const { clock, custody, ends } = scene();
  custody.handsOver();
  custody.lost();
  expect(custody.claimed(papers)).toBe('same');
  custody.lost();
  clock.advance(leaseMs);
  expect(ends).toEqual(['abandoned']);
});

test('custody: an adopted executor does not end', () => {
  const { clock, custody, ends, host } = scene();
  custody.lost();
  clock.advance(leaseMs - 1);
  custody.claimed(papers);
  host.isIdle = true;
  host.isFindable = false;
  clock.advance(10 * handOverMs);
  expect(ends).toEqual([]);
});

test('custody: who cannot be found any more does not wait (C3)', () => {
  const { clock, custody, ends, host } = scene();
  custody.lost();
  host.isFindable = false;
  clock.advance(200);
  expect(ends).toEqual(['abandoned']);
});

test.each([
  ['version', { ...papers, version: '1.0.1' }],
  ['configuration', { ...papers, digest: 'def' }],
])('custody: under a peer of another %s it retires, and ends when it is done (C4)', (_, other) => {
  const { clock, custody, offers, ends, host } = scene();
  custody.lost();
  expect(custody.claimed(other)).toBe('retiring');
  expect(offers.at(-1)).toBe('nothing');
  clock.advance(5_000);
  expect(ends).toEqual([]);
  host.isIdle = true;
  clock.advance(200);
  expect(ends).toEqual(['retired']);
});

test('custody: what retires goes on retiring, whoever comes (C4)', () => {
  const { clock, custody, offers, ends } = scene();
  custody.lost();
  custody.claimed({ ...papers, digest: 'def' });
  custody.handsOver();
  custody.lost();
  expect(custody.claimed(papers)).toBe('retiring');
  expect(offers.slice(1)).toEqual(['nothing', 'nothing', 'nothing', 'nothing']);
  custody.lost();
  clock.advance(leaseMs);
  expect(ends).toEqual(['abandoned']);
});

test('custody: what was said before anybody heard it is said again', () => {
  const { custody, offers } = scene();
  custody.lost();
  custody.offerAgain();
  expect(offers).toEqual(['pause', 'pause']);
});

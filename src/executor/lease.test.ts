import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../base/brand.ts';
import { heartbeatsRememberedMax, Lease } from './lease.ts';

const at = monotonicMs;

describe('lease', () => {
  test('it does not run before the first answer', () => {
    const lease = new Lease();
    lease.beat(at(0));
    expect(lease.runs(at(0))).toBe(false);
    expect(lease.covers(1, at(0))).toBe(false);
  });

  test('it runs from the sending of the answered heartbeat, and not a moment longer', () => {
    const lease = new Lease();
    lease.beat(at(100));
    lease.answered({ seq: 1, leaseMs: 1000 });
    expect(lease.runs(at(1099))).toBe(true);
    expect(lease.runs(at(1100))).toBe(false);
  });

  test('a heartbeat that is too old to be remembered grants nothing', () => {
    const lease = new Lease();
    for (let seq = 1; seq <= heartbeatsRememberedMax + 1; seq++) lease.beat(at(seq));
    lease.answered({ seq: 1, leaseMs: 1000 });
    expect(lease.until).toBeUndefined();
    lease.answered({ seq: 2, leaseMs: 1000 });
    expect(lease.until).toBe(1002);
  });

  /** Heartbeats at growing times; answers to any of them, late, repeated, out of order or lost. */
  const histories = fc.record({
    pauses: fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 30 }),
    answers: fc.array(fc.integer({ min: 0, max: 35 }), { maxLength: 60 }),
    leaseMs: fc.integer({ min: 1, max: 10_000 }),
  });

  test('L1, L2: the end is sentAt + lease of the newest answered heartbeat, in any order', () => {
    fc.assert(
      fc.property(histories, ({ pauses, answers, leaseMs }) => {
        const lease = new Lease();
        const sentAt = new Map<number, number>();
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          sentAt.set(lease.beat(at(now)), now);
        }
        let newest = Number.NEGATIVE_INFINITY;
        let before = Number.NEGATIVE_INFINITY;
        for (const seq of answers) {
          lease.answered({ seq, leaseMs });
          newest = Math.max(newest, sentAt.get(seq) ?? Number.NEGATIVE_INFINITY);
          const until = lease.until ?? Number.NEGATIVE_INFINITY;
          expect(until).toBe(newest + leaseMs);
          expect(until).toBeGreaterThanOrEqual(before);
          before = until;
        }
      }),
    );
  });

  test('a dispatch is covered exactly while the lease of its heartbeat runs', () => {
    fc.assert(
      fc.property(histories, fc.nat(40_000), ({ pauses, answers, leaseMs }, delay) => {
        const lease = new Lease();
        const sentAt = new Map<number, number>();
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          sentAt.set(lease.beat(at(now)), now);
        }
        lease.answered({ seq: 1, leaseMs });
        for (const seq of answers) {
          const sent = sentAt.get(seq);
          const covered = sent !== undefined && now + delay < sent + leaseMs;
          expect(lease.covers(seq, at(now + delay))).toBe(covered);
          if (covered) expect(lease.runs(at(now + delay))).toBe(true);
        }
      }),
    );
  });
});

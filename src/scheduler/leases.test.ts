import { describe, expect, it } from 'vitest';
import { monotonicMs, token } from '../base/brand.ts';
import { Leases } from './leases.ts';
import { executorOf, node } from './testing/rows.ts';

const at = monotonicMs;
const settings = { leaseMs: 10_000, graceMs: 3000 };

describe('leases', () => {
  it('L1: an executor expires lease and grace after the newest answered heartbeat, once', () => {
    const leases = new Leases(settings);
    leases.heard(executorOf('n1'), 1, at(0));
    leases.heard(executorOf('n1'), 2, at(5000));
    expect(leases.nextExpiryMs(at(5000))).toBe(13_000);
    expect(leases.takeExpired(at(17_999))).toEqual([]);
    expect(leases.takeExpired(at(18_000))).toEqual([executorOf('n1')]);
    expect(leases.takeExpired(at(99_000))).toEqual([]);
    expect(leases.nextExpiryMs(at(99_000))).toBeUndefined();
  });

  it('L1: who was never heard counts from the take-over, who is lost already not at all', () => {
    const leases = new Leases(settings);
    leases.cover([node('n1'), node('n2', { status: 'lost' })], at(100));
    expect(leases.takeExpired(at(13_099))).toEqual([]);
    expect(leases.takeExpired(at(13_100))).toEqual([executorOf('n1')]);
  });

  it('covering again lengthens no lease that runs', () => {
    const leases = new Leases(settings);
    leases.heard(executorOf('n1'), 1, at(0));
    leases.cover([node('n1')], at(12_000));
    expect(leases.takeExpired(at(13_000))).toEqual([executorOf('n1')]);
    leases.cover([node('n1')], at(13_000));
    expect(leases.nextExpiryMs(at(13_000))).toBe(13_000);
  });

  it('only an answered heartbeat of the same life is a lease to start under', () => {
    const leases = new Leases(settings);
    leases.cover([node('n1')], at(0));
    expect(leases.seqOf(executorOf('n1'))).toBeUndefined();
    leases.heard(executorOf('n1'), 7, at(0));
    expect(leases.seqOf(executorOf('n1'))).toBe(7);
    expect(leases.seqOf(executorOf('n1', 2))).toBeUndefined();
    expect(leases.seqOf(executorOf('n2'))).toBeUndefined();
  });

  it('remembers what the heartbeat before lacked, but not across a restart', () => {
    const leases = new Leases(settings);
    const lacked = new Set([token(5)]);
    expect(leases.heard(executorOf('n1'), 1, at(0)).missingBefore.size).toBe(0);
    leases.lacked(executorOf('n1').node, lacked);
    expect(leases.heard(executorOf('n1'), 2, at(1)).missingBefore).toBe(lacked);
    expect(leases.heard(executorOf('n1', 2), 1, at(2)).missingBefore.size).toBe(0);
  });
});

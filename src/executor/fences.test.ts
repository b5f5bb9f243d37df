import { describe, expect, test } from 'vitest';
import { monotonicMs, token } from '../base/brand.ts';
import { Fences } from './fences.ts';

const at = monotonicMs;

describe('fences', () => {
  test('F1: the fence of an instance only rises', () => {
    const fences = new Fences();
    fences.hold('a', token(5));
    fences.hold('a', token(7));
    expect(fences.highest('a')).toBe(7);
    expect(() => fences.hold('a', token(6))).toThrow('F1');
  });

  test('F2, F3: a token is kept while it is held, and one lease longer', () => {
    const fences = new Fences();
    fences.hold('a', token(5));
    expect(fences.admits('other', at(1_000_000))).toBe(true);
    expect(fences.highest('a')).toBe(5);
    fences.release('a', { token: token(5), now: at(0), leaseMs: 10_000 });
    fences.admits('other', at(9_999));
    expect(fences.highest('a')).toBe(5);
    fences.admits('other', at(10_000));
    expect(fences.highest('a')).toBeUndefined();
  });

  test('an ack of an older token does not let go of a newer one', () => {
    const fences = new Fences();
    fences.hold('a', token(5));
    fences.hold('a', token(9));
    fences.release('a', { token: token(5), now: at(0), leaseMs: 1 });
    fences.admits('other', at(100));
    expect(fences.highest('a')).toBe(9);
  });

  test('a full memory refuses new instances, and forgets no old one', () => {
    const fences = new Fences(2);
    fences.hold('a', token(1));
    fences.hold('b', token(2));
    expect(fences.admits('c', at(0))).toBe(false);
    expect(fences.admits('a', at(0))).toBe(true);
    fences.release('b', { token: token(2), now: at(0), leaseMs: 1000 });
    expect(fences.admits('c', at(999))).toBe(false);
    expect(fences.admits('c', at(1000))).toBe(true);
    expect(fences.size).toBe(1);
  });

  test('before a lease length is known, a token is kept for a minute', () => {
    const fences = new Fences();
    fences.hold('a', token(1));
    fences.release('a', { token: token(1), now: at(0), leaseMs: undefined });
    fences.admits('other', at(59_999));
    expect(fences.highest('a')).toBe(1);
  });
});

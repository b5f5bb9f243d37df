import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runId, taskId, token, wallMs } from '../base/brand.ts';
import type { AttemptReport } from '../model/protocol.ts';
import { classesOf, hasRetryLeft, isRetried, notBefore, retryAt } from './retry.ts';
import { attemptId, report, start, task } from './testing/rows.ts';

const delay = (differs: Parameters<typeof task>[0], tries: number, seed = 's'): number =>
  retryAt(task(differs), tries, seed, start) - start;

describe('retries', () => {
  it('T04: retries are further attempts after the first', () => {
    expect([0, 1, 2, 3].map((tries) => hasRetryLeft(task({ retries: 2 }), tries))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(hasRetryLeft(task({ retries: 0 }), 1)).toBe(false);
  });

  it('a fixed delay stays, an exponential one doubles up to its maximum', () => {
    const fixed = { retryDelayMs: 500 };
    expect([1, 2, 3].map((tries) => delay(fixed, tries))).toEqual([500, 500, 500]);
    const growing = { ...fixed, retryBackoff: 'exponential', retryDelayMsMax: 1800 } as const;
    expect([1, 2, 3, 4].map((tries) => delay(growing, tries))).toEqual([500, 1000, 1800, 1800]);
    expect(delay({ ...growing, retryDelayMsMax: null }, 100)).toBe(86_400_000);
  });

  it('jitter takes at most half away, and the same for one attempt whoever computes it', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(1_000_000), (seed, retryDelayMs) => {
        const once = delay({ retryDelayMs, retryJitter: true }, 1, seed);
        expect(once).toBe(delay({ retryDelayMs, retryJitter: true }, 1, seed));
        expect(once).toBeGreaterThanOrEqual(Math.floor(retryDelayMs / 2));
        expect(once).toBeLessThanOrEqual(retryDelayMs);
      }),
    );
  });
});

describe('a retry that a server asked to be later', () => {
  const asked = (retryAfterMs?: number) =>
    report(attemptId(runId('r1'), taskId('a'), token(1)), 'failed', {
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });

  it('is never sooner than the task says, and at most a day later than now', () => {
    const at = wallMs(start + 5000);
    expect(notBefore(at, asked(), start)).toBe(at);
    expect(notBefore(at, asked(3000), start)).toBe(at);
    expect(notBefore(at, asked(9000), start)).toBe(start + 9000);
    expect(notBefore(at, asked(9e12), start)).toBe(start + 86_400_000);
  });
});

describe('kinds of failures', () => {
  const classes = (differs: Partial<AttemptReport>): readonly string[] => {
    const id = attemptId(runId('r1'), taskId('a'), token(1));
    return classesOf(report(id, 'failed', differs));
  };

  it('a class is of its families too', () => {
    expect(classes({ errorClass: 'http_503' })).toEqual(['http_503', 'http_5xx', 'http']);
    expect(classes({ errorClass: 'smtp_450' })).toEqual(['smtp_450', 'smtp_4xx', 'smtp']);
    expect(classes({ errorClass: 'signal_9' })).toEqual(['signal_9', 'signal']);
    expect(classes({ errorClass: 'ValueError' })).toEqual(['ValueError']);
    expect(classes({})).toEqual([]);
  });

  it('an executor that tells no class still tells signals and time-outs', () => {
    expect(classes({ signal: 15 })).toEqual(['signal_15', 'signal']);
    expect(classes({ outcome: 'timed_out', signal: 15 })).toEqual(['timeout']);
  });

  it('without a rule every failure is retried; a rule that names nothing means every one', () => {
    const failure = { exitCode: 1, classes: [] };
    const all = { exitCodes: null, errors: null };
    expect(isRetried(task(), failure)).toBe(true);
    expect(isRetried(task({ retryOn: all }), failure)).toBe(true);
    expect(isRetried(task({ noRetryOn: all }), failure)).toBe(false);
  });
});

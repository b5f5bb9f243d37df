import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, type ParentCounts, type TriggerRule, triggerRules } from './trigger-rule.ts';

const ends = ['success', 'failed', 'skipped'] as const;
const anyEnds = fc.array(fc.constantFrom(...ends), { maxLength: 6 });

function counts(total: number, some: readonly (typeof ends)[number][]): ParentCounts {
  const of = (kind: string): number => some.filter((each) => each === kind).length;
  return { total, success: of('success'), failed: of('failed'), skipped: of('skipped') };
}

describe('trigger rules', () => {
  it.each(triggerRules)('%s: a verdict is final, whatever ends afterwards', (rule) => {
    fc.assert(
      fc.property(anyEnds, (order) => {
        let before = judge(rule, counts(order.length, []));
        for (let done = 1; done <= order.length; done++) {
          const now = judge(rule, counts(order.length, order.slice(0, done)));
          if (before !== 'wait') expect(now).toBe(before);
          before = now;
        }
      }),
    );
  });

  it.each(triggerRules)('%s: when all have ended there is a verdict', (rule) => {
    fc.assert(
      fc.property(anyEnds, (all) => {
        expect(judge(rule, counts(all.length, all))).not.toBe('wait');
      }),
    );
  });

  it.each(triggerRules)(
    '%s: a task without parents runs, or is skipped for want of them',
    (rule) => {
      const verdict = judge(rule, counts(0, []));
      expect(verdict).toBe(rule === 'one_failed' ? 'skip' : 'run');
    },
  );

  const table: readonly [TriggerRule, string, string][] = [
    ['all_success', 'SS', 'run'],
    ['all_success', 'SF', 'upstream_failed'],
    ['all_success', 'SK', 'skip'],
    ['all_failed', 'FF', 'run'],
    ['all_failed', 'FS', 'skip'],
    ['all_done', 'SFK', 'run'],
    ['all_skipped', 'KK', 'run'],
    ['all_skipped', 'KS', 'skip'],
    ['one_success', 'FS', 'run'],
    ['one_success', 'FF', 'upstream_failed'],
    ['one_success', 'KK', 'skip'],
    ['one_failed', 'SF', 'run'],
    ['one_failed', 'SS', 'skip'],
    ['one_done', 'KF', 'run'],
    ['one_done', 'KK', 'skip'],
    ['none_failed', 'SK', 'run'],
    ['none_failed', 'SF', 'upstream_failed'],
    ['none_failed_min_one_success', 'SK', 'run'],
    ['none_failed_min_one_success', 'KK', 'skip'],
    ['none_failed_min_one_success', 'SF', 'upstream_failed'],
    ['none_skipped', 'SF', 'run'],
    ['none_skipped', 'SK', 'skip'],
  ];

  it.each(table)('%s with parents %s: %s', (rule, letters, verdict) => {
    const names = { S: 'success', F: 'failed', K: 'skipped' } as const;
    const all = [...letters].map((letter) => names[letter as keyof typeof names]);
    expect(judge(rule, counts(all.length, all))).toBe(verdict);
  });

  it('always runs before anything has ended', () => {
    expect(judge('always', counts(3, []))).toBe('run');
  });
});

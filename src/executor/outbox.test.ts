import { describe, expect, test } from 'vitest';
import { monotonicMs, token, wallMs } from '../base/brand.ts';
import type { AttemptReport } from '../model/protocol.ts';
import { Outbox, outboxLimits, resendMs } from './outbox.ts';
import { neverStarted } from './report.ts';
import { attemptId } from './testing/executor-story.ts';

const at = monotonicMs;
const report = (number: number, output: string | null = null): AttemptReport => ({
  ...neverStarted(attemptId(`t${number}`, number), wallMs(0)),
  output,
});
const tokensOf = (batches: readonly (readonly AttemptReport[])[]): number[] =>
  batches.flat().map(({ id }) => id.token);

describe('outbox', () => {
  test('O1: a report is due at once, then again and again until it is acked', () => {
    const outbox = new Outbox();
    outbox.add(report(1), at(0));
    const sentAt: number[] = [];
    for (let now = 0; now <= 60_000; now += 500) {
      if (outbox.take(at(now)).length > 0) sentAt.push(now);
    }
    expect(sentAt).toEqual([0, 1000, 3000, 7000, 15_000, 30_000, 45_000, 60_000]);
    expect(outbox.acked([token(1)]).map(({ id }) => id.token)).toEqual([1]);
    expect(outbox.acked([token(1)])).toEqual([]);
    expect(outbox.take(at(100_000))).toEqual([]);
    expect(outbox.nextDueAt).toBeUndefined();
  });

  test('O2: a second report of an attempt is a broken promise', () => {
    const outbox = new Outbox();
    outbox.add(report(1), at(0));
    expect(() => outbox.add(report(1), at(1))).toThrow('O2');
  });

  test('a new leader hears everything at once, and the pauses begin anew', () => {
    const outbox = new Outbox();
    outbox.add(report(1), at(0));
    outbox.add(report(2), at(0));
    for (let now = 0; now < 50_000; now += 1000) outbox.take(at(now));
    outbox.hastenAll(at(50_100));
    expect(tokensOf(outbox.take(at(50_100)))).toEqual([1, 2]);
    expect(outbox.nextDueAt).toBe(50_100 + resendMs.first);
  });

  test('hastening one report leaves the others alone', () => {
    const outbox = new Outbox();
    outbox.add(report(1), at(0));
    outbox.add(report(2), at(0));
    outbox.take(at(0));
    outbox.hasten(token(2), at(10));
    expect(tokensOf(outbox.take(at(10)))).toEqual([2]);
  });

  test('a batch has a number and a size that it does not exceed by more than one report', () => {
    const outbox = new Outbox();
    for (let number = 1; number <= outboxLimits.batchReports + 1; number++) {
      outbox.add(report(number), at(0));
    }
    expect(outbox.take(at(0)).map((batch) => batch.length)).toEqual([outboxLimits.batchReports, 1]);
    const large = new Outbox();
    const output = JSON.stringify('x'.repeat(60_000));
    for (let number = 1; number <= 20; number++) large.add(report(number, output), at(0));
    const batches = large.take(at(0));
    expect(batches.flat().length).toBe(20);
    for (const batch of batches) {
      expect(batch.length * output.length).toBeLessThan(outboxLimits.batchBytes + 64 * 1024);
    }
  });

  test('being full refuses more work, by number and by bytes, until something is acked', () => {
    const outbox = new Outbox();
    for (let number = 1; number < outboxLimits.reports; number++) outbox.add(report(number), at(0));
    expect(outbox.admits(1)).toBe(true);
    expect(outbox.admits(2)).toBe(false);
    const large = new Outbox();
    const output = 'x'.repeat(outboxLimits.bytes / 16);
    for (let number = 1; number <= 16; number++) large.add(report(number, output), at(0));
    expect(large.admits(1)).toBe(false);
    large.acked([token(3)]);
    expect(large.admits(1)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { type WallMs, wallMs } from '../base/brand.ts';
import type { EventTrigger } from './dag-trigger.ts';
import { dueInstants, nextInstant } from './trigger-time.ts';

const at = (text: string): WallMs => wallMs(Date.parse(text));
const trigger = (...crons: readonly string[]): EventTrigger => ({
  name: 't',
  needs: 'all',
  sources: crons.map((cron) => ({ kind: 'time', cron, timezone: 'UTC' })),
  windowMs: null,
  params: {},
  whilePaused: 'keep',
});

const due = (crons: readonly string[], after: string, now: string): readonly string[] =>
  dueInstants([trigger(...crons)], 'd', { after: at(after), now: at(now) }).map(
    ({ source, at: instant }) => `${source} ${new Date(instant).toISOString()}`,
  );

describe('time as a source of events', () => {
  it('is due at each instant of its cron, once', () => {
    expect(due(['0 3 * * *'], '2026-01-01T02:00Z', '2026-01-01T02:59Z')).toEqual([]);
    const first = ['0 2026-01-01T03:00:00.000Z'];
    expect(due(['0 3 * * *'], '2026-01-01T02:00Z', '2026-01-01T03:00Z')).toEqual(first);
    expect(due(['0 3 * * *'], '2026-01-01T03:00Z', '2026-01-01T04:00Z')).toEqual([]);
  });

  it('gives the newest of the instants that were missed', () => {
    const newest = ['0 2026-03-01T03:00:00.000Z'];
    expect(due(['0 3 * * *'], '2026-01-01T00:00Z', '2026-03-01T12:00Z')).toEqual(newest);
    const second = ['0 2026-03-01T12:00:00.000Z'];
    expect(due(['* * * * * *'], '2026-01-01T00:00Z', '2026-03-01T12:00Z')).toEqual(second);
    const sparse = ['0 2024-02-29T00:00:00.000Z'];
    expect(due(['0 0 29 2 *'], '2020-01-01T00:00Z', '2027-01-01T00:00Z')).toEqual(sparse);
  });

  it('looks at every source by itself', () => {
    expect(due(['0 3 * * *', '0 4 * * *'], '2026-01-01T00:00Z', '2026-01-01T05:00Z')).toEqual([
      '0 2026-01-01T03:00:00.000Z',
      '1 2026-01-01T04:00:00.000Z',
    ]);
  });

  it('says when to look next, and nothing where there is no time source', () => {
    const triggers = [trigger('0 4 * * *'), trigger('0 3 * * *')];
    const next = nextInstant(triggers, 'd', at('2026-01-01T00:00Z'));
    expect(next).toBe(at('2026-01-01T03:00Z'));
    expect(nextInstant([trigger()], 'd', at('2026-01-01T00:00Z'))).toBeUndefined();
  });
});

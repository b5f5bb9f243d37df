import { describe, expect, it } from 'vitest';
import { dagId, wallMs } from '../base/brand.ts';
import { here, later, spec, start } from '../scheduler/testing/rows.ts';
import { noCalendars } from './calendar.ts';
import type { DagSpec, ScheduleRow, ScheduleSpec } from './dag.ts';
import { dataIntervalOf } from './data-interval.ts';
import { fireHistory } from './fire-history.ts';
import { lookAtSchedule, newScheduleRow, nextDue, passOver } from './schedule.ts';
import { previewFires } from './schedule-preview.ts';
import { skippedOnce, skipsKept, withSkips } from './schedule-skips.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;

const every = (everyMs: number, jitterMs = 0): ScheduleSpec => ({
  kind: 'every',
  everyMs,
  jitterMs,
});
const cron = (expression: string, differs: object = {}): ScheduleSpec => ({
  ...{ kind: 'cron', expression, timezone: 'Europe/Berlin', dst: 'once', jitterMs: 0 },
  ...differs,
});
const scheduled = (schedules: readonly ScheduleSpec[], differs: Partial<DagSpec> = {}): DagSpec =>
  spec({}, { schedules, ...differs });
const rowFor = (of: DagSpec, now = start): ScheduleRow =>
  newScheduleRow({ namespace: here, dagId: dagId('d') }, of, now);
const tableOf = (of: DagSpec, row = rowFor(of)) => ({ spec: of, row, calendars: noCalendars });

describe('the missed-fire ledger', () => {
  it('W14: neighbours with one reason are one range; a run between them makes two', () => {
    const of = scheduled([every(hourMs)]);
    const one = withSkips(tableOf(of), [skippedOnce(later(hourMs), 'overlap')]);
    const two = withSkips(tableOf(of, one), [skippedOnce(later(2 * hourMs), 'overlap')]);
    expect(two.skips).toEqual([
      { from: later(hourMs), to: later(2 * hourMs), count: 2, reason: 'overlap' },
    ]);
    const three = withSkips(tableOf(of, two), [skippedOnce(later(4 * hourMs), 'overlap')]);
    expect(three.skips).toHaveLength(2);
    const four = withSkips(tableOf(of, three), [skippedOnce(later(5 * hourMs), 'paused')]);
    expect(four.skips?.map(({ count, reason }) => `${reason} ${count}`)).toEqual([
      'overlap 2',
      'overlap 1',
      'paused 1',
    ]);
    expect(four.skipped).toBe(4);
  });

  it('keeps the newest ranges only, and counts all', () => {
    const of = scheduled([every(minuteMs)]);
    let row = rowFor(of);
    for (let place = 1; place <= skipsKept + 5; place++) {
      row = withSkips(tableOf(of, row), [skippedOnce(later(2 * place * minuteMs), 'overlap')]);
    }
    expect(row.skips).toHaveLength(skipsKept);
    expect(row.skips?.[0]?.from).toBe(later(12 * minuteMs));
    expect(row.skipped).toBe(skipsKept + 5);
  });

  it('W14: says what the catch-up rule let go, and what one run stands for', () => {
    const of = scheduled([every(hourMs)]);
    expect(lookAtSchedule(of, rowFor(of), later(5 * hourMs + 1)).row.skips).toEqual([
      { from: later(hourMs), to: later(4 * hourMs), count: 4, reason: 'catchup' },
    ]);
    const coalesced = { ...of, catchUp: { windowMs: 3 * hourMs, coalesce: true } };
    const due = lookAtSchedule(coalesced, rowFor(of), later(9 * hourMs));
    expect(due.fires).toEqual([later(9 * hourMs)]);
    expect(due.row.skips).toEqual([
      { from: later(hourMs), to: later(5 * hourMs), count: 5, reason: 'catchup' },
      { from: later(6 * hourMs), to: later(8 * hourMs), count: 3, reason: 'coalesced' },
    ]);
  });

  it('a year of missed seconds is counted, not walked', () => {
    const of = scheduled([cron('* * * * * *', { timezone: 'UTC' })]);
    const { fires, row } = lookAtSchedule(of, rowFor(of), later(365 * 24 * hourMs));
    expect(fires).toHaveLength(61);
    expect(row.skipped).toBe(365 * 86_400 - 61);
  });

  it('W15: says which local times the clock skipped', () => {
    const of = scheduled([cron('30 2 * * *', { dst: 'skip' })]);
    const row = rowFor(of, wallMs(Date.parse('2026-03-28T12:00Z')));
    const now = wallMs(Date.parse('2026-03-30T00:30Z'));
    expect(nextDue(of, row)).toBe(now);
    expect(lookAtSchedule(of, row, now).row.skips).toEqual([
      skippedOnce(wallMs(Date.parse('2026-03-29T01:00Z')), 'dst'),
    ]);
  });

  it('what came while a DAG was paused is let go as that, once', () => {
    const of = scheduled([every(hourMs), { kind: 'once' }], { startDate: later(30 * minuteMs) });
    const row = passOver(tableOf(of), later(3 * hourMs), 'paused');
    expect(row.skips).toEqual([
      {
        from: later(30 * minuteMs),
        to: later(2.5 * hourMs),
        count: 3,
        reason: 'paused',
      },
    ]);
    // What comes only once is not lost by a pause.
    expect(lookAtSchedule(of, row, later(3 * hourMs + 1)).fires).toEqual([later(3 * hourMs + 1)]);
    expect(passOver(tableOf(of, row), later(3 * hourMs), 'paused')).toBe(row);
  });
});

describe('jitter', () => {
  const jittered = scheduled([every(hourMs, 40 * minuteMs), every(10 * minuteMs)], {
    startDate: later(5 * minuteMs),
  });

  it('of one schedule holds back no fire of another', () => {
    let row = rowFor(jittered);
    const fires: number[] = [];
    for (let at = 0; at <= 180; at++) {
      const due = lookAtSchedule(jittered, row, later(at * minuteMs));
      for (const fire of due.fires) fires.push((fire - start) / minuteMs);
      row = due.row;
    }
    const tens = Array.from({ length: 18 }, (_, place) => 5 + 10 * place);
    expect(fires.toSorted((left, right) => left - right)).toEqual(tens);
  });

  it('W13: an edit of it fires nothing again', () => {
    const before = scheduled([every(hourMs, 10 * minuteMs)]);
    const edited = scheduled([every(hourMs, 59 * minuteMs)]);
    const due = nextDue(before, rowFor(before)) ?? start;
    const { fires, row } = lookAtSchedule(before, rowFor(before), due);
    expect(fires).toEqual([later(hourMs)]);
    const again = lookAtSchedule(edited, row, wallMs(due + 59 * minuteMs));
    expect(again.fires).not.toContain(later(hourMs));
  });
});

describe('a fixed delay', () => {
  const after: ScheduleSpec = { kind: 'after', afterMs: hourMs, jitterMs: 0 };
  const of = scheduled([after]);

  it('fires at once, then so long after the end of its run, and never while it runs', () => {
    const first = lookAtSchedule(of, rowFor(of), later(1));
    expect(first.fires).toEqual([later(1)]);
    expect(first.row).toMatchObject({ afterAt: later(1), lastEndedAt: null });
    expect(nextDue(of, first.row)).toBeUndefined();
    const ended = { ...first.row, lastEndedAt: later(5 * hourMs) };
    expect(nextDue(of, ended)).toBe(later(6 * hourMs));
    // Whoever was late fires late: no catch-up rule lets it go.
    expect(lookAtSchedule(of, ended, later(90 * hourMs)).fires).toEqual([later(6 * hourMs)]);
  });

  it('waits for the start date', () => {
    const dated = scheduled([after], { startDate: later(2 * hourMs) });
    expect(nextDue(dated, rowFor(dated))).toBe(later(2 * hourMs));
  });
});

describe('data intervals', () => {
  const intervalOf = (of: DagSpec, at: string | number) => {
    const instant = wallMs(typeof at === 'string' ? Date.parse(at) : at);
    const found = dataIntervalOf(tableOf(of), instant);
    return (
      found && [found.start, found.end].map((each) => new Date(each).toISOString().slice(0, 16))
    );
  };

  it('reach from the fire before to the fire, whatever the clocks do', () => {
    const of = scheduled([cron('30 2 * * *')]);
    expect(intervalOf(of, '2026-03-29T01:00Z')).toEqual(['2026-03-28T01:30', '2026-03-29T01:00']);
    expect(intervalOf(of, '2026-03-30T00:30Z')).toEqual(['2026-03-29T01:00', '2026-03-30T00:30']);
  });

  it('of the first fire begin before the start date', () => {
    const of = scheduled([every(hourMs)], { startDate: start });
    expect(intervalOf(of, start)).toEqual(['2025-12-31T23:00', '2026-01-01T00:00']);
  });

  it('are not there where nothing comes again', () => {
    expect(intervalOf(scheduled([{ kind: 'once' }]), later(1))).toBeUndefined();
  });
});

describe('a preview', () => {
  it('W15: says what a change of clocks does, in local time', () => {
    const of = scheduled([cron('30 2 * * *')]);
    const after = wallMs(Date.parse('2026-03-27T12:00Z'));
    const lines = previewFires(tableOf(of), { after, count: 3 });
    expect(lines.map(({ notes }) => notes.join())).toEqual([
      '',
      'right behind a gap: the clock is set forward by 1h00m',
      '',
    ]);
    const both = scheduled([cron('30 2 * * *', { dst: 'both' })]);
    const autumn = wallMs(Date.parse('2026-10-24T12:00Z'));
    expect(
      previewFires(tableOf(both), { after: autumn, count: 2 }).map((line) => line.notes),
    ).toEqual([
      ['this local time comes twice: the first time'],
      ['this local time comes twice: the second time'],
    ]);
  });

  it('lists what `skip` leaves out as a line that starts nothing', () => {
    const of = scheduled([cron('30 2 * * *', { dst: 'skip' })]);
    const after = wallMs(Date.parse('2026-03-28T12:00Z'));
    const lines = previewFires(tableOf(of), { after, count: 1 });
    expect(lines.map(({ dueAt, notes }) => [dueAt === null, notes])).toEqual([
      [true, ['left out: the clock skips this local time']],
      [false, []],
    ]);
  });
});

describe('the history of fires', () => {
  it('is the union of what was let go and what is still open', () => {
    const of = scheduled([every(hourMs)]);
    const { row } = lookAtSchedule(of, rowFor(of), later(3 * hourMs + 1));
    const query = {
      since: start,
      until: later(5 * hourMs),
      limit: 10,
      now: later(4 * hourMs + 1),
      paused: false,
      catchUp: null,
    };
    const states = fireHistory(tableOf(of, row), [], query).map((each) => each.state);
    expect(states).toEqual(['pending', 'pending', 'skipped']);
    const paused = fireHistory(tableOf(of, row), [], { ...query, paused: true });
    expect(paused.map((each) => each.state)).toEqual(['pending', 'skipped', 'skipped']);
    expect(fireHistory(tableOf(of, row), [], { ...query, limit: 1 })).toHaveLength(2);
  });
});

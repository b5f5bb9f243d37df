import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dagId, type WallMs, wallMs } from '../base/brand.ts';
import { here, later, spec, start } from '../scheduler/testing/rows.ts';
import type { DagSpec, ScheduleRow, ScheduleSpec } from './dag.ts';
import { lookAtSchedule, newScheduleRow, nextDue } from './schedule.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

const every = (everyMs: number, jitterMs = 0): ScheduleSpec => ({
  kind: 'every',
  everyMs,
  jitterMs,
});
const cronUtc = (expression: string): ScheduleSpec => ({
  kind: 'cron',
  expression,
  timezone: 'UTC',
  dst: 'once',
  jitterMs: 0,
});
const scheduled = (schedules: readonly ScheduleSpec[], differs: Partial<DagSpec> = {}): DagSpec =>
  spec({}, { schedules, ...differs });
const rowFor = (of: DagSpec, now = start): ScheduleRow =>
  newScheduleRow({ namespace: here, dagId: dagId('d') }, of, now);

/** Looks at each of the times, and then until nothing more is due at the last of them. */
function look(of: DagSpec, row: ScheduleRow, times: readonly WallMs[], firesMax?: number) {
  const fires: WallMs[] = [];
  let skipped = 0;
  let most = 0;
  let seen = row;
  for (const at of [...times, ...times.slice(-1)]) {
    for (;;) {
      const due = lookAtSchedule(of, seen, at, undefined, firesMax);
      fires.push(...due.fires);
      most = Math.max(most, due.fires.length);
      skipped += due.skipped;
      const isSame = due.row.doneUntil === seen.doneUntil && due.fires.length === 0;
      seen = due.row;
      if (isSame) break;
    }
  }
  return { fires, skipped, most, row: seen };
}

const all = { windowMs: null, coalesce: false } as const;
const newest = { windowMs: null, coalesce: true } as const;
const anyTimes = fc
  .array(fc.integer({ min: -hourMs, max: 3 * dayMs }), { minLength: 1, maxLength: 12 })
  .map((offsets) => offsets.map(later));

describe('schedules', () => {
  it('W13, W14: with catch-up every instant fires once wherever the clock jumps', () => {
    const of = scheduled([every(45 * minuteMs), cronUtc('*/30 * * * *')], {
      startDate: start,
      catchUp: all,
    });
    fc.assert(
      fc.property(anyTimes, (times) => {
        const { fires } = look(of, rowFor(of), times);
        const until = Math.max(...times);
        const expected = new Set<number>();
        for (let at: number = start; at <= until; at += 15 * minuteMs) {
          const minutes = (at - start) / minuteMs;
          if (minutes % 45 === 0 || minutes % 30 === 0) expected.add(at);
        }
        expect(fires).toEqual([...expected]);
      }),
    );
  });

  it('W13: no instant fires twice under any rule, jitter and sequence of looks', () => {
    const catchUp = fc.constantFrom(null, all, newest, { windowMs: hourMs, coalesce: false });
    fc.assert(
      fc.property(anyTimes, catchUp, fc.nat(20 * minuteMs), (times, rule, jitterMs) => {
        const schedules = [every(10 * minuteMs, jitterMs), cronUtc('*/15 * * * *')];
        const of = scheduled(schedules, { catchUp: rule, startDate: start });
        const { fires } = look(of, rowFor(of), times);
        expect(new Set(fires).size).toBe(fires.length);
        // What jitter holds back is overtaken by another schedule's fire.
        if (jitterMs === 0) expect(fires).toEqual(fires.toSorted((left, right) => left - right));
        for (const at of fires) expect(at).toBeLessThanOrEqual(Math.max(...times));
      }),
    );
  });

  it('W24: no look starts more runs than there is room for, and none is lost by that', () => {
    const room = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(anyTimes, room, fc.nat(20 * minuteMs), (times, most, jitterMs) => {
        const schedules = [every(10 * minuteMs, jitterMs), cronUtc('*/15 * * * *')];
        const of = scheduled(schedules, { catchUp: all, startDate: start });
        const sorted = (fires: readonly WallMs[]) => fires.toSorted((left, right) => left - right);
        const whole = look(of, rowFor(of), times).fires;
        const bit = look(of, rowFor(of), times, most);
        expect(sorted(bit.fires)).toEqual(sorted(whole));
        expect(bit.most).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('W24: what stands for the instants before it waits for room behind @once', () => {
    const of = scheduled([{ kind: 'once' }, every(hourMs)], { startDate: start, catchUp: newest });
    const first = lookAtSchedule(of, rowFor(of), later(10 * hourMs), undefined, 1);
    expect(first.fires).toEqual([later(1)]);
    expect(nextDue(of, first.row)).toBe(later(10 * hourMs));
    const second = lookAtSchedule(of, first.row, later(10 * hourMs), undefined, 1);
    expect(second.fires).toEqual([later(10 * hourMs)]);
  });

  it('W13: an instant of two schedules starts once, though jitter holds one back', () => {
    const schedules = [every(10 * minuteMs, 10 * minuteMs), cronUtc('*/15 * * * *')];
    const of = scheduled(schedules, { catchUp: newest, startDate: start });
    const { fires } = look(of, rowFor(of), [later(30 * minuteMs), later(39 * minuteMs)]);
    expect(fires).toEqual([later(30 * minuteMs)]);
  });

  it('@once fires exactly once under any rule, however late it is looked at', () => {
    const catchUp = fc.constantFrom(null, all, newest, { windowMs: hourMs, coalesce: true });
    const lateness = fc.integer({ min: 1, max: 400 * dayMs });
    fc.assert(
      fc.property(anyTimes, catchUp, lateness, (times, rule, lateMs) => {
        const of = scheduled([{ kind: 'once' }], { catchUp: rule });
        const { fires, row } = look(of, rowFor(of), [...times, later(lateMs)]);
        expect(fires).toHaveLength(1);
        expect(row.onceDone).toBe(true);
        expect(nextDue(of, row)).toBeUndefined();
      }),
    );
  });

  it('@once is not lost among others that the catch-up rule lets go', () => {
    const of = scheduled([{ kind: 'once' }, every(hourMs)], { startDate: start, catchUp: newest });
    const { row, fires } = look(of, rowFor(of), [later(10 * hourMs)]);
    expect(row.onceDone).toBe(true);
    expect(fires).toEqual([later(1), later(10 * hourMs)]);
  });

  it('@once that is added to an old DAG fires', () => {
    const old = scheduled([every(hourMs)]);
    const { row } = look(old, rowFor(old), [later(5 * dayMs)]);
    const edited = scheduled([every(hourMs), { kind: 'once' }]);
    expect(nextDue(edited, row)).toBe(row.doneUntil + 1);
    expect(look(edited, row, [later(5 * dayMs + 1)]).row.onceDone).toBe(true);
  });

  it('@once with a start date waits for it', () => {
    const of = scheduled([{ kind: 'once' }], { startDate: later(dayMs) });
    expect(nextDue(of, rowFor(of))).toBe(later(dayMs));
    expect(look(of, rowFor(of), [later(dayMs - 1)]).fires).toEqual([]);
    expect(look(of, rowFor(of), [later(dayMs)]).fires).toEqual([later(dayMs)]);
  });

  it('T07: without a run before it, the first fire is counted from the start of the DAG', () => {
    const of = scheduled([every(hourMs)]);
    expect(nextDue(of, rowFor(of))).toBe(later(hourMs));
    const daily = scheduled([cronUtc('0 3 * * *')]);
    expect(nextDue(daily, rowFor(daily))).toBe(later(3 * hourMs));
  });

  it('T07: the window is kept on both sides, ends included', () => {
    const window = { startDate: later(hourMs), endDate: later(3 * hourMs), catchUp: all };
    const of = scheduled([every(hourMs)], window);
    const { fires, row } = look(of, rowFor(of), [later(dayMs)]);
    expect(fires).toEqual([later(hourMs), later(2 * hourMs), later(3 * hourMs)]);
    expect(nextDue(of, row)).toBeUndefined();
  });

  it('T07: without catch-up what was missed is skipped and counted, what is on time fires', () => {
    const of = scheduled([every(hourMs)]);
    const { fires, skipped } = look(of, rowFor(of), [later(5 * hourMs + 30_000)]);
    expect(fires).toEqual([later(5 * hourMs)]);
    expect(skipped).toBe(4);
    expect(look(of, rowFor(of), [later(5 * hourMs + 60_001)]).fires).toEqual([]);
  });

  it('T07: a catch-up window leaves out what is older', () => {
    const of = scheduled([every(hourMs)], {
      startDate: start,
      catchUp: { windowMs: 2 * hourMs, coalesce: false },
    });
    const { fires } = look(of, rowFor(of), [later(10 * hourMs)]);
    expect(fires).toEqual([later(8 * hourMs), later(9 * hourMs), later(10 * hourMs)]);
  });

  it.each([1, 2, 999, 1000, 1001, 2000, 2500])(
    'W14: %i missed fires that are made up for by one run give one run, for the newest',
    (count) => {
      const of = scheduled([every(minuteMs)], { startDate: later(minuteMs), catchUp: newest });
      const { fires, skipped } = look(of, rowFor(of), [later(count * minuteMs)]);
      expect(fires).toEqual([later(count * minuteMs)]);
      expect(skipped).toBe(count - 1);
    },
  );

  it('what was missed long ago is let go without being counted day by day', () => {
    const of = scheduled([cronUtc('0 * * * *')], {
      startDate: wallMs(Date.UTC(100, 0, 1)),
      catchUp: { windowMs: 2 * hourMs, coalesce: false },
    });
    const { fires, skipped } = look(of, rowFor(of), [start]);
    expect(fires).toEqual([later(-2 * hourMs), later(-hourMs), start]);
    expect(skipped).toBeLessThan(10 * 366 * 24);
    expect(skipped).toBeGreaterThan(8 * 365 * 24);
  });

  it('jitter delays a fire by the same amount whoever looks, and keeps its logical date', () => {
    const of = scheduled([every(hourMs, 10 * minuteMs)]);
    const due = nextDue(of, rowFor(of)) ?? wallMs(0);
    expect(due).toBe(nextDue(of, rowFor(of)));
    expect(due - later(hourMs)).toBeGreaterThan(0);
    expect(look(of, rowFor(of), [wallMs(due - 1)]).fires).toEqual([]);
    expect(look(of, rowFor(of), [due]).fires).toEqual([later(hourMs)]);
  });
});

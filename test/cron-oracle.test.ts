/**
 * Cron against an oracle that knows no algorithm: it walks the clock on the wall minute by minute,
 * reads it with the machine's own tables, and asks each field of the expression. Nothing of
 * `cron.ts`, `cron-fields.ts` or `zone.ts` is in it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WallMs, wallMs } from '../src/base/brand.ts';
import {
  type CronClock,
  countOnClock,
  type DstRule,
  lostOnClock,
  nextOnClock,
  parseCron,
  previousOnClock,
} from '../src/model/cron.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Changes of clocks of two years, forward and back; and zones that know none. */
const places: readonly (readonly [zone: string, ...changes: string[]])[] = [
  [
    'Europe/Berlin',
    '2026-03-29T01:00Z',
    '2026-10-25T01:00Z',
    '2027-03-28T01:00Z',
    '2027-10-31T01:00Z',
  ],
  [
    'America/New_York',
    '2026-03-08T07:00Z',
    '2026-11-01T06:00Z',
    '2027-03-14T07:00Z',
    '2027-11-07T06:00Z',
  ],
  [
    'Australia/Lord_Howe',
    '2026-04-04T15:00Z',
    '2026-10-03T15:30Z',
    '2027-04-03T15:00Z',
    '2027-10-02T15:30Z',
  ],
  [
    'America/Santiago',
    '2026-04-05T03:00Z',
    '2026-09-06T04:00Z',
    '2027-04-04T03:00Z',
    '2027-09-05T04:00Z',
  ],
  ['Asia/Shanghai', '2026-03-29T01:00Z', '2027-10-31T01:00Z'],
  ['UTC', '2026-03-29T01:00Z', '2028-02-28T23:00Z'],
];

/** A field: how it is written, and which values it means. */
interface Field {
  readonly text: string;
  readonly values: readonly number[];
}

/** `*` and steps go over the whole field; values come from a part of it, [low, high]. */
function field([from, to]: Limits, [low, high]: Limits = [from, to]): fc.Arbitrary<Field> {
  const all = whole([from, to]).values;
  const value = fc.integer({ min: low, max: high });
  const range = fc.tuple(value, value, fc.integer({ min: 1, max: 9 })).map(([one, two, by]) => {
    const [first, last] = one < two ? [one, two] : [two, one];
    const values = all.filter((v) => v >= first && v <= last && (v - first) % by === 0);
    return { text: by === 1 ? `${first}-${last}` : `${first}-${last}/${by}`, values };
  });
  const step = fc.integer({ min: 2, max: to }).map((by) => ({
    text: `*/${by}`,
    values: all.filter((each) => (each - from) % by === 0),
  }));
  const list = fc
    .uniqueArray(value, { minLength: 1, maxLength: 4 })
    .map((values) => ({ text: values.join(','), values }));
  return fc.oneof(fc.constant(whole([from, to])), range, step, list);
}

type Limits = readonly [from: number, to: number];

const whole = ([from, to]: Limits): Field => ({
  text: '*',
  values: Array.from({ length: to - from + 1 }, (_, place) => from + place),
});

interface Expression {
  readonly minute: Field;
  readonly hour: Field;
  readonly day: Field;
  readonly month: Field;
  readonly week: Field;
}

const star = (field: Field): boolean => field.text === '*';
const textOf = ({ minute, hour, day, month, week }: Expression): string =>
  [minute, hour, day, month, week].map(({ text }) => text).join(' ');

const often = (limits: Limits) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(whole(limits)) }, field(limits));

const expressions: fc.Arbitrary<Expression> = fc.record({
  minute: field([0, 59]),
  // Around the changes, where the rules are.
  hour: fc.oneof(field([0, 23]), field([0, 23], [0, 4])),
  day: often([1, 31]),
  month: fc.constant(whole([1, 12])),
  week: often([0, 6]),
});

/** The clock on the wall, by quarters of an hour: no zone changes in between. */
const walls = new Map<string, number>();
function wallOf(zone: string, at: number): number {
  const quarter = Math.floor(at / 900_000) * 900_000;
  const key = `${zone} ${quarter}`;
  let offset = walls.get(key);
  if (offset === undefined) {
    const text = new Date(quarter).toLocaleString('sv-SE', { timeZone: zone });
    offset = Date.parse(`${text.replace(' ', 'T')}Z`) - quarter;
    walls.set(key, offset);
  }
  return at + offset;
}

function means({ minute, hour, day, month, week }: Expression, wall: number): boolean {
  const date = new Date(wall);
  if (!minute.values.includes(date.getUTCMinutes())) return false;
  if (!hour.values.includes(date.getUTCHours())) return false;
  if (!month.values.includes(date.getUTCMonth() + 1)) return false;
  const inMonth = day.values.includes(date.getUTCDate());
  const inWeek = week.values.includes(date.getUTCDay());
  // Both are said: one of them is enough.
  return !star(day) && !star(week) ? inMonth || inWeek : inMonth && inWeek;
}

/** The rules as they are documented, for every minute in (from, to]. */
function oracle(of: Expression, zone: string, dst: DstRule, from: number, to: number): number[] {
  const found: number[] = [];
  const seen = new Set<number>();
  const isTimeOfDay = !of.hour.text.startsWith('*');
  for (let at = from - dayMs; at <= to; at += minuteMs) {
    const wall = wallOf(zone, at);
    const comesAgain = seen.has(wall);
    seen.add(wall);
    let fires = means(of, wall) && (!comesAgain || dst === 'both' || star(of.hour));
    for (let lost = wallOf(zone, at - minuteMs) + minuteMs; lost < wall; lost += minuteMs) {
      if (isTimeOfDay && dst !== 'skip' && means(of, lost)) fires = true;
    }
    if (fires && at > from) found.push(at);
  }
  return found;
}

function clockOf(text: string, zone: string, dst: DstRule): CronClock {
  const parsed = parseCron(text, 'seed');
  if (!parsed.ok) throw new Error(parsed.error);
  return { cron: parsed.value, zone, dst };
}

const forwards = (clock: CronClock, from: WallMs, to: WallMs): number[] => {
  const found: number[] = [];
  for (let at = nextOnClock(clock, from); at !== undefined && at <= to; ) {
    found.push(at);
    at = nextOnClock(clock, at);
  }
  return found;
};

const backwards = (clock: CronClock, from: WallMs, to: WallMs): number[] => {
  const found: number[] = [];
  for (let at = previousOnClock(clock, wallMs(to + 1)); at !== undefined && at > from; ) {
    found.push(at);
    at = previousOnClock(clock, at);
  }
  return found.reverse();
};

const rules = fc.constantFrom<DstRule>('once', 'skip', 'both');

describe('cron and a walk along the clock on the wall agree', () => {
  for (const [zone, ...changes] of places) {
    it.each(changes)(`T08, W15: ${zone} around %s, forwards, backwards and counted`, (change) => {
      const middle = Date.parse(change);
      const [from, to] = [wallMs(middle - 1.5 * dayMs), wallMs(middle + 1.5 * dayMs)];
      fc.assert(
        fc.property(expressions, rules, fc.nat(3 * 1440), (of, dst, cut) => {
          const clock = clockOf(textOf(of), zone, dst);
          const expected = oracle(of, zone, dst, from, to);
          expect(forwards(clock, from, to)).toEqual(expected);
          expect(backwards(clock, from, to)).toEqual(expected);
          const until = wallMs(from + cut * minuteMs);
          const part = expected.filter((at) => at <= until);
          expect(countOnClock(clock, { after: from, until })).toBe(part.length);
        }),
        { numRuns: 12 },
      );
    });
  }

  it('what `skip` loses is what `once` makes up for behind the gap, or what falls together', () => {
    const zone = 'Europe/Berlin';
    const span = {
      after: wallMs(Date.parse('2026-03-28T12:00Z')),
      until: wallMs(Date.parse('2026-03-29T12:00Z')),
    };
    const lost = (text: string) => lostOnClock(clockOf(text, zone, 'skip'), span);
    const behind = wallMs(Date.parse('2026-03-29T01:00Z'));
    expect(lost('30 2 * * *')).toEqual([{ at: behind, count: 1 }]);
    expect(lost('0,15,30 2 * * *')).toEqual([{ at: behind, count: 3 }]);
    expect(lost('30 * * * *')).toEqual([]);
    expect(lost('30 3 * * *')).toEqual([]);
    expect(lostOnClock(clockOf('30 2 * * *', zone, 'once'), span)).toEqual([]);
  });
});

describe('golden vectors of cron', () => {
  const vectors: readonly {
    readonly text: string;
    readonly zone: string;
    readonly dst: DstRule;
    readonly after: string;
    readonly next: readonly string[];
  }[] = [
    // The gap of Lord Howe is half an hour: 02:00 becomes 02:30.
    {
      text: '15 2 * * *',
      zone: 'Australia/Lord_Howe',
      dst: 'once',
      after: '2026-10-03T00:00Z',
      next: ['2026-10-03T15:30Z', '2026-10-04T15:15Z'],
    },
    {
      text: '15 2 * * *',
      zone: 'Australia/Lord_Howe',
      dst: 'skip',
      after: '2026-10-03T00:00Z',
      next: ['2026-10-04T15:15Z'],
    },
    // Midnight does not exist in Santiago on 6 September.
    {
      text: '0 0 * * *',
      zone: 'America/Santiago',
      dst: 'once',
      after: '2026-09-05T12:00Z',
      next: ['2026-09-06T04:00Z', '2026-09-07T03:00Z'],
    },
    {
      text: '0 0 * * *',
      zone: 'America/Santiago',
      dst: 'skip',
      after: '2026-09-05T12:00Z',
      next: ['2026-09-07T03:00Z'],
    },
    // 23:30 comes twice in Santiago on 4 April.
    {
      text: '30 23 * * *',
      zone: 'America/Santiago',
      dst: 'both',
      after: '2026-04-04T12:00Z',
      next: ['2026-04-05T02:30Z', '2026-04-05T03:30Z'],
    },
    {
      text: '30 23 * * *',
      zone: 'America/Santiago',
      dst: 'once',
      after: '2026-04-04T12:00Z',
      next: ['2026-04-05T02:30Z', '2026-04-06T03:30Z'],
    },
    // A rhythm goes on through both changes.
    {
      text: '*/30 * * * *',
      zone: 'America/New_York',
      dst: 'once',
      after: '2026-11-01T05:00Z',
      next: ['2026-11-01T05:30Z', '2026-11-01T06:00Z', '2026-11-01T06:30Z'],
    },
    {
      text: '*/30 * * * *',
      zone: 'Europe/Berlin',
      dst: 'skip',
      after: '2026-03-29T00:30Z',
      next: ['2026-03-29T01:00Z', '2026-03-29T01:30Z'],
    },
    {
      text: '0 12 29 2 *',
      zone: 'UTC',
      dst: 'once',
      after: '2026-01-01T00:00Z',
      next: ['2028-02-29T12:00Z'],
    },
    {
      text: '30 8 L * *',
      zone: 'Asia/Shanghai',
      dst: 'once',
      after: '2026-02-01T00:00Z',
      next: ['2026-02-28T00:30Z'],
    },
    // A day that a zone left out altogether.
    {
      text: '0 6 * * *',
      zone: 'Pacific/Apia',
      dst: 'skip',
      after: '2011-12-29T20:00Z',
      next: ['2011-12-30T16:00Z'],
    },
  ];
  it.each(vectors)('$text in $zone ($dst) after $after', ({ text, zone, dst, after, next }) => {
    const clock = clockOf(text, zone, dst);
    const found: string[] = [];
    for (let at: WallMs | undefined = wallMs(Date.parse(after)); found.length < next.length; ) {
      at = nextOnClock(clock, at);
      if (at === undefined) break;
      found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'));
    }
    expect(found).toEqual(next);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallMs } from '../base/brand.ts';
import { type Cron, type DstRule, nextCronFire, parseCron } from './cron.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

function cron(expression: string): Cron {
  const parsed = parseCron(expression, 'seed');
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** All fires in (from, to], as texts. */
function fires(expression: string, zone: string, dst: DstRule, from: string, to: string): string[] {
  const found: string[] = [];
  const end = Date.parse(to);
  for (let at = wallMs(Date.parse(from)); ; ) {
    const next = nextCronFire(cron(expression), zone, dst, at);
    if (next === undefined || next > end) return found;
    found.push(new Date(next).toISOString().replace(':00.000Z', 'Z'));
    at = next;
  }
}

/** Every change of clocks of 2026 in these zones: half hours, and one at midnight. */
const changes: readonly (readonly [string, string])[] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['America/Santiago', '2026-04-05T03:00Z'],
  ['America/Santiago', '2026-09-06T04:00Z'],
];

/** Cron fields and what they mean, kept apart from the parser. */
const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
const minuteFields = { '0': [0], '30': [30], '5,45': [5, 45], '*/20': [0, 20, 40] };
const hourFields = {
  '*': range(0, 23),
  '*/2': range(0, 23, 2),
  '2': [2],
  '1-3': [1, 2, 3],
  '0': [0],
  '0,23': [0, 23],
};
const weekFields = { '*': range(0, 6), '0': [0], '1-5': range(1, 5), '6': [6] };

interface Fields {
  readonly minute: keyof typeof minuteFields;
  readonly hour: keyof typeof hourFields;
  readonly week: keyof typeof weekFields;
}

const keysOf = <T extends object>(record: T) =>
  fc.constantFrom(...(Object.keys(record) as (keyof T & string)[]));
const anyFields: fc.Arbitrary<Fields> = fc.record({
  minute: keysOf(minuteFields),
  hour: keysOf(hourFields),
  week: keysOf(weekFields),
});

/** Local time by the machine's tables, by quarters of an hour, without our own zone file. */
const localTimes = new Map<string, number>();
function localOf(zone: string, at: number): number {
  const quarter = Math.floor(at / 900_000) * 900_000;
  const key = `${zone} ${quarter}`;
  let offset = localTimes.get(key);
  if (offset === undefined) {
    const text = new Date(quarter).toLocaleString('sv-SE', { timeZone: zone });
    offset = Date.parse(`${text.replace(' ', 'T')}Z`) - quarter;
    localTimes.set(key, offset);
  }
  return at + offset;
}

function matches({ minute, hour, week }: Fields, local: number): boolean {
  const date = new Date(local);
  return (
    minuteFields[minute].includes(date.getUTCMinutes()) &&
    hourFields[hour].includes(date.getUTCHours()) &&
    weekFields[week].includes(date.getUTCDay())
  );
}

/** Minute by minute: the documented rule, and nothing clever. */
function oracle(fields: Fields, zone: string, dst: DstRule, from: number, to: number): number[] {
  const found: number[] = [];
  const seen = new Set<number>();
  const isTimeOfDay = !fields.hour.startsWith('*');
  for (let at = from - dayMs; at <= to; at += minuteMs) {
    const local = localOf(zone, at);
    const isRepeat = seen.has(local);
    seen.add(local);
    let isDue = matches(fields, local) && (!isRepeat || dst === 'both' || fields.hour === '*');
    const before = localOf(zone, at - minuteMs);
    for (let lost = before + minuteMs; lost < local; lost += minuteMs) {
      if (isTimeOfDay && dst !== 'skip' && matches(fields, lost)) isDue = true;
    }
    if (isDue && at > from) found.push(at);
  }
  return found;
}

describe('cron', () => {
  for (const [zone, change] of changes) {
    it(`T08, W15: ${zone} around ${change} agrees with a walk minute by minute`, () => {
      const middle = Date.parse(change);
      const from = middle - 1.5 * dayMs;
      const to = middle + 1.5 * dayMs;
      const dst = fc.constantFrom<DstRule>('once', 'skip', 'both');
      fc.assert(
        fc.property(anyFields, dst, (fields, rule) => {
          const parsed = cron(`${fields.minute} ${fields.hour} * * ${fields.week}`);
          const found: number[] = [];
          let at = nextCronFire(parsed, zone, rule, wallMs(from));
          while (at !== undefined && at <= to) {
            found.push(at);
            at = nextCronFire(parsed, zone, rule, at);
          }
          expect(found).toEqual(oracle(fields, zone, rule, from, to));
        }),
        { numRuns: 40 },
      );
    });
  }

  it('W15: by default a skipped time fires behind the gap, a repeated one the first time', () => {
    const spring = ['2026-03-28T12:00Z', '2026-03-30T12:00Z'] as const;
    expect(fires('30 2 * * *', 'Europe/Berlin', 'once', ...spring)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
    const autumn = ['2026-10-24T12:00Z', '2026-10-25T12:00Z'] as const;
    expect(fires('30 2 * * *', 'Europe/Berlin', 'once', ...autumn)).toEqual(['2026-10-25T00:30Z']);
    expect(fires('30 2 * * *', 'Europe/Berlin', 'both', ...autumn)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
    ]);
  });

  it('days of the month and of the week', () => {
    const year = ['2026-01-01T00:00Z', '2026-06-30T23:00Z'] as const;
    const days = (expression: string): string[] =>
      fires(expression, 'UTC', 'once', ...year).map((text) => text.slice(5, 10));
    expect(days('0 12 L 1-3 *')).toEqual(['01-31', '02-28', '03-31']);
    expect(days('0 12 * 1-3 1#2')).toEqual(['01-12', '02-09', '03-09']);
    expect(days('0 12 * 1-3 5L')).toEqual(['01-30', '02-27', '03-27']);
    expect(days('0 12 13 2,3 5')).toEqual([
      '02-06',
      '02-13',
      '02-20',
      '02-27',
      '03-06',
      '03-13',
      '03-20',
      '03-27',
    ]);
  });

  it('finds 29 February eight years away', () => {
    const after = wallMs(Date.parse('2096-03-01T00:00Z'));
    const found = nextCronFire(cron('0 0 29 2 *'), 'UTC', 'once', after);
    expect(new Date(found ?? 0).toISOString()).toBe('2104-02-29T00:00:00.000Z');
  });

  it('six fields begin with seconds', () => {
    expect(nextCronFire(cron('*/15 * * * * *'), 'UTC', 'once', wallMs(15_000))).toBe(30_000);
  });

  it('H is a function of the seed', () => {
    expect(parseCron('H H * * *', 'etl')).toEqual(parseCron('H H * * *', 'etl'));
  });

  it.each(['', '* * * *', '61 * * * *', '* * * * * * *', 'every day', '*/0 * * * *', '0 0 30 2 *'])(
    '"%s" is refused with a sentence',
    (expression) => {
      expect(parseCron(expression, '')).toMatchObject({
        ok: false,
        error: expect.stringContaining('is not a cron expression'),
      });
    },
  );
});

/** Functions of instants and dates. Both are ISO text, as everywhere in Skein. */
import { parseDuration } from '../../base/duration.ts';
import {
  canBeText,
  dayMs,
  endOf,
  formatMoment,
  formatPattern,
  type Moment,
  parseMoment,
  patternCodes,
  startOf,
  units,
} from '../dates.ts';
import { isTimeZone, offsetMs } from '../zone.ts';
import { pay, spent } from './budget.ts';
import { type Builtin, builtin, ofText, wants } from './builtin.ts';
import { type Fault, isFault, refused, type Value } from './value.ts';

/** Patterns longer than this format nothing sensible. */
const formatLengthMax = 200;

/** Calendars and zones cost more than other functions. */
const unitsOfDates = 100;

/** A function of an instant and a text. */
const ofMoment = (
  what: string,
  apply: (moment: Moment, text: string) => Value | Fault,
): Builtin['apply'] =>
  ofText((text, [argument], budget) => {
    if (typeof argument !== 'string') return wants(what, argument);
    const moment = parseMoment(text);
    if (moment === undefined) return noMoment(text);
    return pay(budget, unitsOfDates) ? apply(moment, argument) : spent;
  });

const noMoment = (text: string): Fault =>
  refused(`"${text.slice(0, 40)}" is no instant: write it as 2026-11-21 or 2026-11-21T08:30:00Z`);

const written = (moment: Moment): string | Fault =>
  canBeText(moment) ? formatMoment(moment) : refused('years go from 100 to 9999');

const format = ofMoment('a pattern', (moment, pattern) => {
  if (pattern.length > formatLengthMax) return refused('the pattern is too long');
  const text = formatPattern(moment, pattern);
  return text ?? refused(`a letter is unknown; it knows %${patternCodes.join(' %')}`);
});

const moved = (sign: 1 | -1): Builtin['apply'] =>
  ofMoment('a duration', (moment, text) => {
    const duration = parseDuration(text);
    if (!duration.ok) return refused(duration.error);
    return written({ ...moment, at: moment.at + sign * duration.value });
  });

const edge = (find: typeof startOf): Builtin['apply'] =>
  ofText((text, [name, zone = null], budget) => {
    if (!pay(budget, unitsOfDates)) return spent;
    const unit = units.find((known) => known === name);
    if (unit === undefined) return refused(`knows the units ${units.join(', ')}`);
    if (zone !== null && typeof zone !== 'string') return wants('a time zone', zone);
    if (zone !== null && !isTimeZone(zone)) return noZone(zone);
    const moment = parseMoment(text);
    return moment === undefined ? noMoment(text) : written(find(unit, moment, zone));
  });

const noZone = (zone: string): Fault =>
  refused(`"${zone.slice(0, 40)}" is no time zone: write it as Europe/Berlin`);

export const dateFunctions = {
  ds_add: builtin(
    'string, int -> string',
    ofText((text, [days]) => {
      if (typeof days !== 'bigint') return wants('a number of days', days);
      const moment = parseMoment(text);
      if (moment === undefined) return noMoment(text);
      const at = moment.at + moment.offsetMs + Number(days) * dayMs;
      const day = written({ at, offsetMs: 0 });
      return isFault(day) ? day : day.slice(0, 10);
    }),
  ),
  ds_format: builtin('string, string -> string', format),
  format_date: builtin('string, string -> string', format),
  add: builtin('string, string -> string', moved(1)),
  sub: builtin('string, string -> string', moved(-1)),
  tz: builtin(
    'string, string -> string',
    ofMoment('a time zone', ({ at }, zone) =>
      isTimeZone(zone) ? written({ at, offsetMs: offsetMs(zone, at) }) : noZone(zone),
    ),
  ),
  start_of: builtin(
    ['string, string -> string', 'string, string, string -> string'],
    edge(startOf),
  ),
  end_of: builtin(['string, string -> string', 'string, string, string -> string'], edge(endOf)),
  /** Seconds since 1970. */
  epoch: builtin(
    'string -> int',
    ofText((text) => {
      const moment = parseMoment(text);
      return moment === undefined ? noMoment(text) : BigInt(Math.floor(moment.at / 1000));
    }),
  ),
} satisfies Record<string, Builtin>;

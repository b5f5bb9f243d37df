/**
 * A schedule in words: `0 3 * * 1-5 Asia/Shanghai` is "at 03:00 on weekdays (Asia/Shanghai)".
 * What it cannot say in a short sentence it leaves as the text that it was.
 */
import type { Language } from '../../kit/language.ts';

interface Fields {
  readonly second: string;
  readonly minute: string;
  readonly hour: string;
  readonly day: string;
  readonly month: string;
  readonly weekday: string;
}

const names = {
  en: {
    days: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
    months: [
      ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
      ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
    ],
  },
  zh: {
    days: ['周日', '周一', '周二', '周三', '周四', '周五', '周六'],
    months: Array.from({ length: 12 }, (_, at) => `${at + 1}月`),
  },
} as const;

const english = {
  every: (text: string) => `every ${text}`,
  after: (text: string) => `${text} after each end`,
  once: 'once',
  steps: (n: number, unit: 'second' | 'minute' | 'hour') =>
    n === 1 ? `every ${unit}` : `every ${n} ${unit}s`,
  within: (from: string, to: string) => `from ${from} to ${to}`,
  hourly: (minute: string) => `every hour at :${minute}`,
  everyHours: (n: number, minute: string) => `every ${n} hours at :${minute}`,
  at: (times: readonly string[]) => `at ${listed(times, ', ', ' and ')}`,
  daily: (times: string) => `every day ${times}`,
  on: (times: string, when: string) => `${times} ${when}`,
  weekdays: 'on weekdays',
  weekends: 'at weekends',
  days: (days: readonly string[]) => `on ${listed(days, ', ', ' and ')}`,
  dates: (dates: readonly string[]) => `on day ${listed(dates, ', ', ' and ')} of the month`,
  lastDay: 'on the last day of the month',
  months: (months: readonly string[]) => `in ${listed(months, ', ', ' and ')}`,
};

const chinese: typeof english = {
  every: (text) => `每 ${text}`,
  after: (text) => `每次结束后 ${text}`,
  once: '一次',
  steps: (n, unit) => {
    const unitText = { second: '秒', minute: '分钟', hour: '小时' }[unit];
    return n === 1 ? `每${unitText}` : `每 ${n} ${unitText}`;
  },
  within: (from, to) => `${from} 至 ${to}`,
  hourly: (minute) => `每小时 :${minute}`,
  everyHours: (n, minute) => `每 ${n} 小时 :${minute}`,
  at: (times) => times.join('、'),
  daily: (times) => `每天 ${times}`,
  on: (times, when) => `${when} ${times}`,
  weekdays: '工作日',
  weekends: '周末',
  days: (days) => `每${days.join('、')}`,
  dates: (dates) => `每月 ${dates.join('、')} 日`,
  lastDay: '每月最后一天',
  months: (months) => months.join('、'),
};

const listed = (items: readonly string[], comma: string, and: string): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(comma)}${and}${items.at(-1)}`;

/** As `DagView.schedules` has it, in words. */
export function scheduleWords(text: string, language: Language): string {
  const w = language === 'zh' ? chinese : english;
  if (text === '@once') return w.once;
  const every = /^every (\S+)$/.exec(text);
  if (every !== null) return w.every(shortDuration(every[1] ?? ''));
  const after = /^(\S+) after the end$/.exec(text);
  if (after !== null) return w.after(shortDuration(after[1] ?? ''));
  const parts = text.split(' ');
  const zone = /^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(parts.at(-1) ?? '') ? parts.at(-1) : undefined;
  const isZone = zone !== undefined && (zone.includes('/') || parts.length > 5);
  const fields = isZone ? parts.slice(0, -1) : parts;
  const words = cronWords(fields, language);
  if (words === undefined) return text;
  return isZone ? `${words} (${zone})` : words;
}

/** `15m00s` -> `15m`, `2h00m` -> `2h`. */
const shortDuration = (text: string): string =>
  text.replace(/^(\d+)\.0s$/, '$1s').replace(/([a-z])0+[a-z]$/, '$1');

function cronWords(parts: readonly string[], language: Language): string | undefined {
  const w = language === 'zh' ? chinese : english;
  const fields = fieldsOf(parts);
  if (fields === undefined) return undefined;
  const when = whenWords(fields, language);
  if (when === undefined) return undefined;
  const often = oftenWords(fields, w);
  if (often !== undefined) return when === '' ? often : w.on(often, when);
  const times = timesOf(fields);
  if (times === undefined) return undefined;
  return when === '' ? w.daily(w.at(times)) : w.on(w.at(times), when);
}

function fieldsOf(parts: readonly string[]): Fields | undefined {
  if (parts.length !== 5 && parts.length !== 6) return undefined;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts.slice(-5);
  const second = parts.length === 6 ? (parts[0] ?? '0') : '0';
  return { second, minute, hour, day, month, weekday };
}

/** What comes several times in an hour or a day, at a fixed step. */
function oftenWords({ second, minute, hour }: Fields, w: typeof english): string | undefined {
  const seconds = stepOf(second);
  if (seconds !== undefined && minute === '*' && hour === '*') return w.steps(seconds, 'second');
  if (second !== '0') return undefined;
  const minutes = stepOf(minute);
  const hours = stepOf(hour);
  if (minutes !== undefined) {
    const text = w.steps(minutes, 'minute');
    if (hour === '*') return text;
    const range = /^(\d+)-(\d+)$/.exec(hour);
    if (range === null) return undefined;
    return `${text} ${w.within(`${two(range[1])}:00`, `${two(range[2])}:59`)}`;
  }
  if (!/^\d+$/.test(minute) || hours === undefined) return undefined;
  return hours === 1 ? w.hourly(two(minute)) : w.everyHours(hours, two(minute));
}

/** Each step, for a star; undefined for anything else. */
function stepOf(field: string): number | undefined {
  if (field === '*') return 1;
  const step = /^\*\/(\d+)$/.exec(field);
  return step === null ? undefined : Number(step[1]);
}

/** More times of day than a sentence bears. */
const timesMax = 4;

function timesOf({ second, minute, hour }: Fields): readonly string[] | undefined {
  const isList = (field: string): boolean => /^\d+(,\d+)*$/.test(field);
  if (!isList(minute) || !isList(hour) || !/^\d+$/.test(second)) return undefined;
  const end = second === '0' ? '' : `:${two(second)}`;
  const times = hour
    .split(',')
    .flatMap((each) => minute.split(',').map((other) => `${two(each)}:${two(other)}${end}`));
  return times.length > timesMax ? undefined : times;
}

const two = (text: string | undefined): string => (text ?? '').padStart(2, '0');

/** On which days; '' for all of them. */
function whenWords({ day, month, weekday }: Fields, language: Language): string | undefined {
  const w = language === 'zh' ? chinese : english;
  const words: string[] = [];
  if (day !== '*' && weekday !== '*') return undefined;
  if (weekday !== '*') {
    const days = numbersOf(weekday, weekdayNames, 7);
    if (days === undefined) return undefined;
    const set = [...new Set(days.map((each) => each % 7))].sort((a, b) => a - b);
    const key = set.join('');
    if (key === '12345') words.push(w.weekdays);
    else if (key === '06') words.push(w.weekends);
    else words.push(w.days(set.map((each) => names[language].days[each] ?? '')));
  }
  if (day === 'L') words.push(w.lastDay);
  else if (day !== '*') {
    if (!/^\d+(,\d+)*$/.test(day)) return undefined;
    words.push(w.dates(day.split(',')));
  }
  if (month !== '*') {
    const months = numbersOf(month, monthNames, 12);
    if (months === undefined) return undefined;
    const text = w.months(months.map((each) => names[language].months[each - 1] ?? ''));
    if (language === 'zh') words.unshift(text);
    else words.push(text);
  }
  return words.join(' ');
}

const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const monthNames = [
  ...['', 'JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN'],
  ...['JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
];

/** `1-5`, `MON,WED`; undefined for what is more than that. */
function numbersOf(
  field: string,
  known: readonly string[],
  most: number,
): readonly number[] | undefined {
  const numbers: number[] = [];
  for (const part of field.split(',')) {
    const [from, to = from] = part.split('-').map((word) => {
      const at = known.indexOf(word.toUpperCase());
      return at >= 0 ? at : /^\d+$/.test(word) ? Number(word) : undefined;
    });
    if (from === undefined || to === undefined || to > most || from > to) return undefined;
    for (let each = from; each <= to; each++) numbers.push(each);
  }
  return numbers;
}

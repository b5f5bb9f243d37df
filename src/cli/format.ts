/** Small tables, states in colour, times for people. */
import { stripVTControlCharacters } from 'node:util';
import { formatDuration, formatSize } from '../base/duration.ts';
import type { Style, Terminal } from './terminal.ts';

/**
 * Columns as wide as their widest cell, two spaces apart, headings in capitals. A table without
 * rows is the sentence `empty`.
 */
export function table(
  terminal: Terminal,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
): string {
  if (rows.length === 0) return `${empty}\n`;
  const all = [
    headings.map((heading) => heading.toUpperCase()),
    ...rows.map((row) => row.map(tameCell)),
  ];
  const widths = headings.map((_, column) =>
    Math.max(...all.map((row) => widthOf(row[column] ?? ''))),
  );
  const lines = all.map((row, place) => {
    const cells = row.map((cell, column) => pad(cell, widths[column] ?? 0));
    const line = cells.join('  ').trimEnd();
    return place === 0 ? terminal.paint('gray', line) : line;
  });
  return `${lines.join('\n')}\n`;
}

/** Facts, one a line, with names `width` wide; what is empty is left out. */
export const factLines = (
  terminal: Terminal,
  facts: readonly (readonly [name: string, value: string])[],
  width: number,
): string =>
  facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${terminal.paint('gray', name.padEnd(width))} ${value}\n`)
    .join('');

/** What a terminal shows of a text: colour codes take no room. */
export const widthOf = (text: string): number => stripVTControlCharacters(text).length;
export const pad = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)));

const stateStyles: Readonly<Record<string, Style>> = {
  success: 'green',
  alive: 'green',
  failed: 'red',
  timed_out: 'red',
  lost: 'red',
  upstream_failed: 'red',
  cancelled: 'yellow',
  cancelling: 'yellow',
  up_for_retry: 'yellow',
  skipped: 'gray',
  pending: 'gray',
  running: 'cyan',
  queued: 'blue',
  deferred: 'blue',
  expanded: 'cyan',
  scheduled: 'blue',
};

export function stateText(terminal: Terminal, state: string): string {
  const style = stateStyles[state];
  return style === undefined ? state : terminal.paint(style, state);
}

/** `4.2s`, or the time since `startedAt` while it runs, or nothing. */
export function lastedText(
  span: { readonly durationMs: number | null; readonly startedAt: string | null },
  isLive: boolean,
): string {
  if (span.durationMs !== null) return formatDuration(span.durationMs);
  if (!isLive || span.startedAt === null) return '';
  return formatDuration(Math.max(0, Date.now() - Date.parse(span.startedAt)));
}

/** `3m05s ago`, or `in 2h10m`. */
export function agoText(time: string | null): string {
  if (time === null) return '';
  const ms = Date.now() - Date.parse(time);
  return ms >= 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`;
}

/** Local wall clock, `03:20:11`. */
export const clockText = (time: string): string => new Date(time).toTimeString().slice(0, 8);

/** Local time: of the clock alone for what is near, else with its day: `01-31 03:20`. */
export function whenText(time: string): string {
  const at = new Date(time);
  const isNear = Math.abs(at.getTime() - Date.now()) < 12 * 3_600_000;
  if (isNear) return clockText(time);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const isThisYear = at.getFullYear() === new Date().getFullYear();
  return `${isThisYear ? '' : `${at.getFullYear()}-`}${day} ${clockText(time).slice(0, 5)}`;
}

/** `cpu 0.5/4  memory 512Mi/8Gi`, for every dimension that the node has. */
export function usageText(
  used: Readonly<Record<string, number>>,
  capacity: Readonly<Record<string, number>>,
): string {
  const show = (name: string, amount: number): string =>
    name === 'memory' || name === 'disk' ? formatSize(amount) : String(amount);
  return Object.entries(capacity)
    .map(([name, amount]) => `${name} ${show(name, used[name] ?? 0)}/${show(name, amount)}`)
    .join('  ');
}

export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');

/** What moves the cursor, begins a line, or turns the direction of writing round. */
const unruly = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** Text of others (errors, reasons) on one line, without the power to move the cursor. */
export const tame = (text: string, charactersMax = 200): string =>
  stripVTControlCharacters(text).replace(unruly, ' ').trim().slice(0, charactersMax);

/** The same for text of several lines, which stay. */
export const tameLines = (text: string): string =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.replace(unruly, ' '))
    .join('\n');

/** JSON that a terminal may be shown: what JSON itself lets stand is written as an escape. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Sets and resets a colour or bold type, as `Terminal.paint` does. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what it is about.
const painting = /(\u001b\[(?:1|3[0-7]|90|22|39)m)/;

/**
 * The same for text that may be painted already: its colours stay. Whoever shows text of others
 * makes it `tame` where it comes from; what slipped through can be coloured here, and no more.
 */
const tameCell = (cell: string): string =>
  cell
    .split(painting)
    .map((part, place) => (place % 2 === 1 ? part : part.replace(unruly, ' ')))
    .join('');

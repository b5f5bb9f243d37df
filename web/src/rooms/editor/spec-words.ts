/** Values of a version as a DAG file writes them. */
import { formatSize, parseSize } from '../../../../src/base/duration.ts';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** 5_400_000 -> `1h30m`, with nothing lost. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count === 0) continue;
    text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** 134_217_728 -> `128Mi`; the number itself where a unit would lose something. */
export function sizeText(bytes: number): string {
  const text = formatSize(bytes);
  const back = parseSize(text);
  return back.ok && back.value === bytes ? text : String(bytes);
}

export const instantText = (at: number): string => new Date(at).toISOString();

/** Without the keys of which nothing was said. A null that was said stays. */
export const given = (map: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));

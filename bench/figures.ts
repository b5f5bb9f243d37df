/** Numbers for people: percentiles, spreads, lines of a report. */

/** The value below which `share` of the values lie (nearest rank). NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** `1.2 | 1.5 | 2.0`: minimum, median, maximum. */
export const spread = (values: readonly number[], digits = 1): string =>
  [0, 0.5, 1].map((share) => percentile(values, share).toFixed(digits)).join(' | ');

export const print = (text = ''): void => void process.stdout.write(`${text}\n`);

/** One figure per line, names in one column. */
export function printFigures(figures: Readonly<Record<string, string>>): void {
  const width = Math.max(...Object.keys(figures).map(({ length }) => length));
  for (const [name, value] of Object.entries(figures)) print(`  ${name.padEnd(width)}  ${value}`);
}

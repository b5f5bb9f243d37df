/**
 * Which tables a reader of LevelDB has looked into. Tables of level 0 overlap each other; those of
 * a deeper level stand in the order of their keys, and a reader goes from one to the next.
 */
import type { LiveTable } from './manifest.ts';

export interface KeySpan {
  /** Both inclusive. */
  readonly from: string;
  readonly to: string;
  /** One key that was asked for: nobody goes on from there. */
  readonly isPoint: boolean;
}

/**
 * Who reads a range opens every table of level 0, and in each deeper level those that overlap and,
 * to know that nothing more is to come, the first one beyond on either side.
 */
export function touched<T extends LiveTable>(
  tables: readonly T[],
  { from, to, isPoint }: KeySpan,
): readonly T[] {
  const overlaps = ({ firstKey, lastKey }: T): boolean => firstKey <= to && lastKey >= from;
  const found = new Set(tables.filter((each) => overlaps(each)));
  if (isPoint) return [...found];
  /** By level: the nearest ones before and behind. */
  const before = new Map<number, T>();
  const behind = new Map<number, T>();
  for (const table of tables) {
    const { level, firstKey, lastKey } = table;
    if (level === 0) found.add(table);
    else if (lastKey < from && lastKey >= (before.get(level)?.lastKey ?? lastKey))
      before.set(level, table);
    else if (firstKey > to && firstKey <= (behind.get(level)?.firstKey ?? firstKey))
      behind.set(level, table);
  }
  return [...found, ...before.values(), ...behind.values()];
}

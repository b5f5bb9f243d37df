/**
 * Lists in pages. The cursor is the key of the last row of the page before, so it stays good while
 * rows come and go.
 */
import { pageSizeDefault } from '../api/contract-kit.ts';

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface RowOrder<T> {
  /** Another one for each row; texts are compared as they are. */
  readonly key: (row: T) => string;
  /** The largest key first. */
  readonly down?: boolean;
}

/** One page of `rows`, whose order does not matter. */
export function pageOf<T>(
  rows: readonly T[],
  { key, down = false }: RowOrder<T>,
  query: PageQuery,
) {
  const { cursor, limit = pageSizeDefault } = query;
  const comesBefore = (one: string, other: string): boolean => (down ? one > other : one < other);
  const rest = rows
    .map((row) => ({ row, at: key(row) }))
    .filter(({ at }) => cursor === undefined || comesBefore(cursor, at))
    .sort((left, right) => (comesBefore(left.at, right.at) ? -1 : 1));
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ row }) => row),
    cursor: rest.length > shown.length && last !== undefined ? last.at : null,
  };
}

/** A key by which rows stand in order of time, and of their names at one instant. */
export const timeKey = (atMs: number, name: string): string =>
  `${String(atMs).padStart(16, '0')} ${name}`;

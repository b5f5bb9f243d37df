/** What a compiler found wrong, and where. */

export interface CompileFlaw {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly file?: string | undefined;
}

/** Out of what esbuild throws; undefined for any other error. */
export function flawIn(error: unknown): CompileFlaw | undefined {
  if (typeof error !== 'object' || error === null || !('errors' in error)) return undefined;
  const first: unknown = Array.isArray(error.errors) ? error.errors[0] : undefined;
  if (typeof first !== 'object' || first === null || !('text' in first)) return undefined;
  const message = String(first.text);
  const place: unknown = 'location' in first ? first.location : undefined;
  if (typeof place !== 'object' || place === null) return { message, line: 1, column: 1 };
  const line = 'line' in place ? Number(place.line) : 1;
  const column = 'column' in place ? Number(place.column) + 1 : 1;
  const file = 'file' in place && place.file !== '' ? String(place.file) : undefined;
  return { message, line, column, file };
}

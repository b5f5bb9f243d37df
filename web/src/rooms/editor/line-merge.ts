/**
 * Takes over an edit line by line. `base` is what a writer makes of the original without the edit,
 * and `edited` what it makes of it with the edit. Where `base` has as many lines as the original, a
 * line of the one stands for that line of the other, and only lines that differ between `base` and
 * `edited` are taken from `edited`.
 */

/** Lines of a changed region; a larger one is replaced as a whole. */
const regionMax = 1_500;

export function mergedLines(original: string, base: string, edited: string): string {
  const lines = original.split('\n');
  const before = base.split('\n');
  const after = edited.split('\n');
  // A writer ends its text with a line end; people do not always.
  if (lines.at(-1) !== '' && before.at(-1) === '') {
    before.pop();
    after.pop();
  }
  if (lines.length !== before.length) return after.join('\n');
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start])
    start += 1;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const kept = {
    from: before.slice(start, before.length - end),
    to: after.slice(start, after.length - end),
  };
  const middle = mergedRegion(lines.slice(start, lines.length - end), kept.from, kept.to);
  return [...lines.slice(0, start), ...middle, ...lines.slice(lines.length - end)].join('\n');
}

/** The longest common lines stay as the original has them. */
function mergedRegion(
  original: readonly string[],
  from: readonly string[],
  to: readonly string[],
): readonly string[] {
  if (from.length > regionMax || to.length > regionMax) return to;
  const width = to.length + 1;
  const length = new Uint32Array((from.length + 1) * width);
  const at = (row: number, column: number): number => length[row * width + column] ?? 0;
  for (let row = from.length - 1; row >= 0; row -= 1) {
    for (let column = to.length - 1; column >= 0; column -= 1) {
      length[row * width + column] =
        from[row] === to[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const merged: string[] = [];
  let row = 0;
  let column = 0;
  while (column < to.length) {
    if (row < from.length && from[row] === to[column]) {
      merged.push(original[row] ?? to[column] ?? '');
      row += 1;
      column += 1;
    } else if (row < from.length && at(row + 1, column) >= at(row, column + 1)) row += 1;
    else {
      merged.push(to[column] ?? '');
      column += 1;
    }
  }
  return merged;
}

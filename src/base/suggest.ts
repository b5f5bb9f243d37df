/**
 * "Did you mean": the nearest known name, by edits (Damerau-Levenshtein, adjacent swaps count 1).
 */

/** Names longer than this are not compared: the work grows with the square of the length. */
const lengthMax = 64;
/** Beyond this many candidates a suggestion is not worth the wait. */
export const candidatesMax = 2_000;

/** The nearest of `known` if it is near enough to be a slip of the finger. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > lengthMax) return undefined;
  let best: string | undefined;
  // A third of the letters may be wrong, so two letters are never corrected to others.
  let bestEdits = Math.floor(name.length / 3) + 1;
  let looked = 0;
  for (const candidate of known) {
    if (++looked > candidatesMax) break;
    if (Math.abs(candidate.length - name.length) >= bestEdits) continue;
    const edits = editsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = suggest(name, known);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

function editsBetween(source: string, target: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: target.length + 1 }, (_, place) => place);
  for (let i = 1; i <= source.length; i++) {
    const row = [i];
    for (let j = 1; j <= target.length; j++) {
      const same = source[i - 1] === target[j - 1];
      const at = (cells: readonly number[], place: number): number => cells[place] ?? 0;
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && source[i - 1] === target[j - 2] && source[i - 2] === target[j - 1]) {
        edits = Math.min(edits, at(beforeLast, j - 2) + 1);
      }
      row.push(edits);
    }
    [beforeLast, last] = [last, row];
  }
  return last[target.length] ?? 0;
}

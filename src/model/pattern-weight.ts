/**
 * How large the program of a regular expression will be, before it is compiled: compiling
 * `(a{1000}){1000}` is what costs. An upper estimate; it need not understand all of a pattern, but
 * it must not miss a repetition.
 */

/** What stands behind an atom: `{3}`, `{3,}`, `{3,5}`. */
const countPattern = /\{(\d+)(?:,(\d*))?\}/y;

/** Instructions, roughly. Undefined: the pattern has something that we do not weigh. */
export function patternWeight(pattern: string): number | undefined {
  /** The weights of the open groups, the innermost last. */
  const groups = [0];
  /** Of the atom before: a repetition is one of it. */
  let atom = 0;
  const add = (weight: number): void => {
    atom = weight;
    groups.push((groups.pop() ?? 0) + weight);
  };
  for (let at = 0; at < pattern.length; ) {
    const letter = pattern[at];
    // \p takes tables that take long to make; behind \Q nothing means what it means elsewhere.
    if (letter === '\\' && /[pPQ]/.test(pattern[at + 1] ?? '')) return undefined;
    countPattern.lastIndex = at;
    const count = letter === '{' ? countPattern.exec(pattern) : null;
    if (count !== null) {
      add(atom * Math.max(Number(count[1]), Number(count[2] ?? 0)));
      at += count[0].length;
      continue;
    }
    if (letter === '(') groups.push(1);
    else if (letter === ')') add((groups.length > 1 ? groups.pop() : 0) ?? 0);
    else add(1);
    at = letter === '[' ? classEnd(pattern, at) : at + (letter === '\\' ? 2 : 1);
  }
  return groups.reduce((total, weight) => total + weight, 0);
}

/** Behind the `]` of the class that begins at `start`. */
function classEnd(pattern: string, start: number): number {
  let at = pattern[start + 1] === '^' ? start + 2 : start + 1;
  // A bracket at the very beginning is one of the class.
  if (pattern[at] === ']') at++;
  while (at < pattern.length && pattern[at] !== ']') {
    const named = pattern.startsWith('[:', at) ? pattern.indexOf(':]', at) : -1;
    if (named >= 0) at = named + 2;
    else at += pattern[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

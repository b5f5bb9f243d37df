/**
 * A mutant is one mistake, as a replacement of one piece of the program's text. It is put into a
 * copy of the source, so the program itself has no switch for tests.
 */

/** A part of the suite that may notice. */
export type Killer =
  /** Test files, by their paths from the root of the repository or the begin of them. */
  | {
      readonly kind: 'tests';
      readonly files: readonly string[];
      /** A regular expression for their names; all of them if left out. */
      readonly only?: string;
    }
  /** So many seeds of `test/raft/adversary.ts`. */
  | { readonly kind: 'adversary'; readonly from: number; readonly seeds: number }
  /** The same of `test/sim`. */
  | { readonly kind: 'simulator'; readonly from: number; readonly seeds: number };

export interface Mutant {
  /** What the program does, as a sentence without a subject. */
  readonly name: string;
  /** Pitfalls (P), invariants (I) and workflow invariants (W) of `reliability.md`. */
  readonly breaks: readonly string[];
  /** Below `src`. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The cheapest first; those behind the first that notices are not asked. */
  readonly killers: readonly Killer[];
}

/** The chapters of the list of pitfalls, and the first number of each. */
const chapters = [
  { family: 'A', title: 'elections', first: 1 },
  { family: 'B', title: 'log and commit', first: 18 },
  { family: 'C', title: 'storage', first: 37 },
  { family: 'D', title: 'snapshots', first: 51 },
  { family: 'E', title: 'membership', first: 59 },
  { family: 'F', title: 'reads and time', first: 66 },
  { family: 'G', title: 'transport', first: 71 },
  { family: 'H', title: 'runtime and decisions', first: 81 },
] as const;

export const families: readonly string[] = [...chapters.map(({ family }) => family), 'W'];

/** The families that a mutant stands for; I1 to I15 belong to none. */
export function familiesOf({ breaks }: Pick<Mutant, 'breaks'>): readonly string[] {
  return breaks.flatMap((what) => {
    if (what.startsWith('W')) return ['W'];
    if (!what.startsWith('P')) return [];
    const number = Number(what.slice(1));
    return [chapters.findLast(({ first }) => first <= number)?.family ?? '?'];
  });
}

/** The text with the mistake in it. */
export function mutated(text: string, { name, file, find, replace }: Mutant): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`"${name}": what it replaces does not occur exactly once in src/${file}`);
  }
  return before + replace + after;
}

export const tests = (...files: readonly string[]): Killer => ({ kind: 'tests', files });

export const adversary = (from: number, seeds: number): Killer => ({
  kind: 'adversary',
  from,
  seeds,
});

export const simulator = (from: number, seeds: number): Killer => ({
  kind: 'simulator',
  from,
  seeds,
});

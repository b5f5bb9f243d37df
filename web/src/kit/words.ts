/**
 * Words in two languages. Each room has a `words.ts` of its own: English first, and Chinese with
 * the very same keys, which the compiler checks. A word with a number in it is a function.
 */
import { useMemo } from 'react';
import { trusted } from '../data/wire.ts';
import { usePrefs } from './prefs.tsx';

type Word = string | ((...values: never[]) => string);
type Dictionary = Readonly<Record<string, Word>>;

/** The same keys, and functions with the same parameters. */
type SameWords<D extends Dictionary> = {
  readonly [K in keyof D]: D[K] extends (...values: infer V) => string
    ? (...values: V) => string
    : string;
};

export interface Words<D extends Dictionary> {
  readonly en: SameWords<D>;
  readonly zh: SameWords<D>;
}

export const words = <const D extends Dictionary>(en: D, zh: SameWords<D>): Words<D> => ({
  en: trusted<SameWords<D>>(en),
  zh,
});

/** `1 run`, `2 runs`: of English words that take an s. */
export const countOf = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

/** The words of a room in the language of the reader. */
export function useWords<D extends Dictionary>(all: Words<D>): SameWords<D> {
  const { language } = usePrefs();
  return useMemo(() => (language === 'zh' ? all.zh : all.en), [all, language]);
}

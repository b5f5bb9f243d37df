/** Search parameters of the address: texts. Apart, because every room needs them. */
import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

type Search = Readonly<Record<string, string>>;

export const validateSearch = (search: Record<string, unknown>): Search =>
  Object.fromEntries(
    Object.entries(search)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([key, value]) => [key, String(value)]),
  );

/** The search parameters of the address, and a way to change some of them: '' takes one out. */
export function useSearchParams(): readonly [
  Search,
  (changes: Search, how?: 'push' | 'replace') => void,
] {
  const search: Search = useSearch({ strict: false });
  const { history } = useRouter();
  const change = (changes: Search, how: 'push' | 'replace' = 'replace'): void => {
    // Of the history, which is ahead of the window for a moment.
    const url = new URL(history.location.href, window.location.origin);
    for (const [key, value] of Object.entries(changes)) {
      if (value === '') url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    history[how](`${url.pathname}${url.search}`);
  };
  return [search, change];
}

/**
 * The text of a field that stands in the address as well. It is the field's own while somebody
 * types, as the address is known here only later, and a field whose text comes later loses the
 * caret and what an input method composes. It follows what others do to the address: Back, a link.
 */
export function useParamText(param: string): readonly [string, (text: string) => void] {
  const { [param]: said = '' }: Search = useSearch({ strict: false });
  const { history } = useRouter();
  const [text, setText] = useState(said);
  useEffect(() => {
    // An address that is left already says what was typed before this.
    const newest = new URLSearchParams(history.location.search).get(param) ?? '';
    if (newest === said) setText(said);
  }, [said, param, history]);
  return [text, setText];
}

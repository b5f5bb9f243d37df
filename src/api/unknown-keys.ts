/** What is said of a key that an object does not have. */
import { didYouMean } from '../base/suggest.ts';
import { shownKey } from './source-document.ts';

/** Keys that the documents name and this version does not have yet, with what to do until then. */
const later: Readonly<Record<string, string>> = Object.fromEntries([
  ['sql', 'only a task of type `sql` has it: here use `command` with a client of the database'],
]);

export const laterKeyText = (key: string): string | undefined =>
  Object.hasOwn(later, key) ? later[key] : undefined;

export function unknownKeyText(key: string, known: readonly string[]): string {
  const nearest = didYouMean(key, known);
  const help = nearest === '' ? `; known are ${known.join(', ')}` : nearest;
  return `unknown key "${shownKey(key)}"${help}`;
}

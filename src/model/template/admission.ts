/**
 * Which values may stand where. Nothing of a value is ever read as code: it is harmless by its
 * letters, or it is quoted where quotes hold, or the author has given his word with `raw`.
 */
import { unreachable } from '../../base/assert.ts';
import type { Warrant } from './parse.ts';
import { PythonReader } from './python-reader.ts';
import { ShellReader } from './shell-reader.ts';
import type { Reader, Surroundings } from './surroundings.ts';

/** `text` is data (an argument, a URL, a body); `shell` a command line; `code` is Python. */
export type TemplatePlace = 'text' | 'shell' | 'code';

export function readerFor(place: TemplatePlace): Reader | null {
  switch (place) {
    case 'text':
      return null;
    case 'shell':
      return new ShellReader();
    case 'code':
      return new PythonReader();
    default:
      return unreachable(place);
  }
}

/** Letters that mean nothing to a shell or to Python, in quotes or out of them. */
const harmless = /^[A-Za-z0-9_@%+=:,./-]*$/;
const aNumber = /^-?\d+(\.\d+)?$/;

/** What a value must not be, as far as one can say without it. Null: it may be admitted. */
export function placementProblem(
  place: TemplatePlace,
  warrant: Warrant,
  surroundings: Surroundings,
): string | null {
  if (place === 'text' || warrant === 'raw') return null;
  if (surroundings === 'bound') {
    return 'no value may stand directly behind $, a backslash, a quote or a prefix';
  }
  const quotes = place === 'shell' ? warrant === 'quote' : warrant === 'json';
  if (!quotes || surroundings === 'bare') return null;
  if (surroundings === 'other' || surroundings === 'arithmetic') {
    return `${warrant} does not hold here: in a comment, here-document, backticks and the like`;
  }
  return `${warrant} makes quotes of its own: remove the quotes around it`;
}

/** Why the text may not stand there, and what to do about it. Null: it may. */
export function valueProblem(
  place: TemplatePlace,
  warrant: Warrant,
  surroundings: Surroundings,
  text: string,
): string | null {
  if (place === 'text' || warrant === 'raw') return null;
  const misplaced = placementProblem(place, warrant, surroundings);
  if (misplaced !== null) return misplaced;
  const quotes = place === 'shell' ? warrant === 'quote' : warrant === 'json';
  if (quotes) return null;
  return place === 'shell' ? shellProblem(text, surroundings) : codeProblem(text, surroundings);
}

function shellProblem(text: string, surroundings: Surroundings): string | null {
  if (surroundings === 'arithmetic') {
    return aNumber.test(text) ? null : 'only numbers may stand in arithmetic';
  }
  if (!harmless.test(text)) {
    return `its value has letters that mean something to a shell: ${remedy('quote', surroundings)}`;
  }
  if (text !== '' || surroundings === 'quoted') return null;
  return 'its value is empty, and would vanish: add "| quote"';
}

function codeProblem(text: string, surroundings: Surroundings): string | null {
  if (aNumber.test(text)) return null;
  if (surroundings === 'formatted') {
    return 'only numbers may stand in a formatted string: give it to a variable before';
  }
  if (surroundings === 'bare') return `it is no number: add "| json" to make a literal of it`;
  if (harmless.test(text)) return null;
  return `its value has letters that mean something in code: ${remedy('json', surroundings)}`;
}

const remedy = (filter: string, surroundings: Surroundings): string =>
  surroundings === 'bare'
    ? `add "| ${filter}"`
    : `let it stand outside of quotes and comments, and add "| ${filter}"`;

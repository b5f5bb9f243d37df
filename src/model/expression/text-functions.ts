/** Functions of text. Positions count UTF-16 units, as JavaScript does. */
import { isCompiled, linearRegex } from '../linear-regex.ts';
import { base64 } from './base64.ts';
import { paid, pay, payText, spent } from './budget.ts';
import { type Builtin, builtin, ofText, wants } from './builtin.ts';
import { toJsonText, toText } from './convert.ts';
import { type Fault, isFault, refused, type Value } from './value.ts';

const plain = (change: (text: string) => Value | Fault): Builtin['apply'] =>
  ofText((text, _rest, budget) => (payText(budget, text.length) ? change(text) : spent));

/** A function of a text and a text that is sought in it. */
const seeking = (apply: (text: string, sought: string, from: number) => Value): Builtin['apply'] =>
  ofText((text, [sought, from = 0n], budget) => {
    if (typeof sought !== 'string') return wants('text', sought);
    if (typeof from !== 'bigint') return wants('an int', from);
    return paySearch(budget, text, sought) ? apply(text, sought, Number(from)) : spent;
  });

/** The search of the engine takes a step for each pair of characters at worst. */
const paySearch = (budget: { left: number }, text: string, sought: string): boolean =>
  pay(budget, 1 + (text.length * (sought.length + 16)) / 256);

/** Patterns that are made at run time: some dozens of them, not thousands. */
const unitsToCompile = 5_000;

export const textFunctions = {
  upper: builtin(
    'string -> string',
    plain((text) => text.toUpperCase()),
  ),
  lower: builtin(
    'string -> string',
    plain((text) => text.toLowerCase()),
  ),
  upperAscii: builtin(
    'string -> string',
    plain((text) => asciiCase(text, 'upper')),
  ),
  lowerAscii: builtin(
    'string -> string',
    plain((text) => asciiCase(text, 'lower')),
  ),
  trim: builtin(
    'string -> string',
    plain((text) => text.trim()),
  ),
  urlencode: builtin('string -> string', plain(urlEncode)),
  base64: builtin('string -> string', plain(base64)),

  startsWith: builtin(
    'string, string -> bool',
    seeking((text, start) => text.startsWith(start)),
  ),
  endsWith: builtin(
    'string, string -> bool',
    seeking((text, end) => text.endsWith(end)),
  ),
  contains: builtin(
    'string, string -> bool',
    seeking((text, part) => text.includes(part)),
  ),
  indexOf: builtin(
    ['string, string -> int', 'string, string, int -> int'],
    seeking((text, part, from) => BigInt(text.indexOf(part, from))),
  ),
  lastIndexOf: builtin(
    'string, string -> int',
    seeking((text, part) => BigInt(text.lastIndexOf(part))),
  ),
  split: builtin(
    'string, string -> list',
    ofText((text, [separator], budget) => {
      if (typeof separator !== 'string') return wants('text', separator);
      if (!paySearch(budget, text, separator)) return spent;
      const parts = text.split(separator);
      return pay(budget, parts.length) ? parts : spent;
    }),
  ),
  replace: builtin(
    'string, string, string -> string',
    ofText((text, [old, young], budget) => {
      if (typeof old !== 'string') return wants('text', old);
      if (typeof young !== 'string') return wants('text', young);
      if (!paySearch(budget, text, old)) return spent;
      const parts = text.split(old);
      return payText(budget, text.length + parts.length * (young.length + 1))
        ? parts.join(young)
        : spent;
    }),
  ),
  substring: builtin(
    ['string, int -> string', 'string, int, int -> string'],
    ofText((text, [start, end = BigInt(text.length)]) => {
      if (typeof start !== 'bigint') return wants('an int', start);
      if (typeof end !== 'bigint') return wants('an int', end);
      const fits = 0n <= start && start <= end && end <= text.length;
      return fits ? text.slice(Number(start), Number(end)) : refused('positions are out of range');
    }),
  ),
  re_match: builtin(
    'string, string -> bool',
    ofText((text, [pattern], budget) => {
      if (typeof pattern !== 'string') return wants('a pattern', pattern);
      if (!isCompiled(pattern) && !pay(budget, unitsToCompile)) return spent;
      const regex = linearRegex(pattern);
      if (!regex.ok) return refused(regex.error);
      if (!pay(budget, 1 + (text.length * regex.value.weight) / 2)) return spent;
      return regex.value.finds(text);
    }),
  ),

  json: builtin('dyn -> string', ([value = null], budget) => paid(budget, toJsonText(value))),
  quote: builtin('dyn -> string', ([value = null], budget) => {
    const text = toText(value);
    if (isFault(text)) return text;
    return text.includes('\0') ? refused('a shell knows no NUL') : paid(budget, shellQuote(text));
  }),
  raw: builtin('dyn -> dyn', ([value = null]) => value),
} satisfies Record<string, Builtin>;

/** One word of a POSIX shell, whatever is in it: only a single quote ends single quotes. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const asciiCase = (text: string, to: 'upper' | 'lower'): string =>
  to === 'upper'
    ? text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
    : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function urlEncode(text: string): string | Fault {
  // Half a surrogate pair has no bytes.
  const whole = !/\p{Surrogate}/u.test(text);
  return whole ? encodeURIComponent(text) : refused('the text has half a character in it');
}

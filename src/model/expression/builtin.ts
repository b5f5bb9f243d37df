/** What a function of the language is, and the guards that functions share. */
import type { Budget } from './budget.ts';
import { type Fault, isList, type List, refused, typeName, type Value } from './value.ts';

/** Types as the checker names them: `string`, `int`, `list`, `dyn`… */
export interface Signature {
  readonly takes: readonly string[];
  readonly gives: string;
}

export interface Builtin {
  /** Signatures that differ in length differ in meaning; others only help the type checker. */
  readonly signatures: readonly Signature[];
  readonly apply: (args: readonly Value[], budget: Budget) => Value | Fault;
}

/** `'string, int -> string'` */
export function signature(text: string): Signature {
  const [left = '', gives = 'dyn'] = text.split('->').map((part) => part.trim());
  return { takes: left === '' ? [] : left.split(',').map((part) => part.trim()), gives };
}

export function builtin(signatures: string | readonly string[], apply: Builtin['apply']): Builtin {
  return { signatures: [signatures].flat().map(signature), apply };
}

export const wants = (what: string, value: Value | undefined): Fault =>
  refused(`takes ${what}, not ${value === undefined ? 'nothing' : typeName(value)}`);

/** A function of one text. */
export const ofText =
  (apply: (text: string, rest: readonly Value[], budget: Budget) => Value | Fault) =>
  (args: readonly Value[], budget: Budget): Value | Fault => {
    const [text, ...rest] = args;
    return typeof text === 'string' ? apply(text, rest, budget) : wants('text', text);
  };

/** A function of a list. */
export const ofList =
  (apply: (list: List, rest: readonly Value[], budget: Budget) => Value | Fault) =>
  (args: readonly Value[], budget: Budget): Value | Fault => {
    const [list = null, ...rest] = args;
    return isList(list) ? apply(list, rest, budget) : wants('a list', list);
  };

/** Every function of the language. What is not in this table cannot be called. */
import { type Builtin, builtin, type Signature } from './builtin.ts';
import { dateFunctions } from './date-functions.ts';
import { listFunctions } from './list-functions.ts';
import { numberFunctions } from './number-functions.ts';
import { textFunctions } from './text-functions.ts';

const table = new Map<string, Builtin>(
  Object.entries({
    ...textFunctions,
    ...listFunctions,
    ...numberFunctions,
    ...dateFunctions,
    // Its second argument counts if there is no first one: the evaluation sees to that.
    default: builtin('dyn, dyn -> dyn', ([value = null]) => value),
  }),
);

export const functionNames: readonly string[] = [...table.keys()];

export const functionNamed = (name: string): Builtin | undefined => table.get(name);

/** name -> its signatures, for the type checker. */
export const signatures: Readonly<Record<string, readonly Signature[]>> = Object.fromEntries(
  [...table].map(([name, it]) => [name, it.signatures]),
);

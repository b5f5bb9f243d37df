/** What the checks of a text say to each other. */
import type { ProblemCode } from './problem-code.ts';
import type { Path } from './source-document.ts';

/** A finding before anybody asked where in the text it is. */
export interface Remark {
  readonly code: ProblemCode;
  readonly path: Path;
  readonly message: string;
}

/** What stands at a path, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

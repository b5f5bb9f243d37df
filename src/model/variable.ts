/** A variable: a value with a name that templates and expressions of a namespace may read. */
import type { Namespace, WallMs } from '../base/brand.ts';
import type { Json } from './json.ts';

export interface VariableRow {
  readonly namespace: Namespace;
  readonly name: string;
  readonly value: Json;
  readonly updatedAt: WallMs;
  readonly updatedBy: string;
}

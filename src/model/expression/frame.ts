/** What an evaluation carries along, and what a node of the tree is compiled to. */
import type { Json } from '../json.ts';
import type { Budget } from './budget.ts';
import type { Fault, Held, Value } from './value.ts';

export interface Frame extends Budget {
  readonly scope: Readonly<Record<string, Json>>;
  /** The variables of the loops around, outermost first. */
  readonly slots: Held[];
}

export type Step = (frame: Frame) => Value | Fault;

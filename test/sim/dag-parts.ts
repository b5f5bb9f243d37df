/** What the parts of a random DAG file have in common. */
import type { Namespace } from '../../src/base/brand.ts';
import type { Chance } from './chance.ts';
import type { Feature } from './features.ts';
import type { Traits } from './traits.ts';

export interface DagWishes {
  readonly name: string;
  /** Absent: `default`. */
  readonly namespace?: Namespace;
  readonly tasksMax: number;
  readonly scheduled: boolean;
  readonly features?: ReadonlySet<Feature>;
  /**
   * Other DAGs, in the order in which they may start each other: a run starts runs of `below`, and
   * hears of those of `above`. So no chain of runs goes on for ever.
   */
  readonly above?: readonly string[];
  readonly below?: readonly string[];
  /** Where tasks may run; none: they ask for nothing that a node might not have. */
  readonly nodes?: readonly Traits[];
}

/** What every part of a file is made from. */
export interface Maker extends Required<DagWishes> {
  readonly chance: Chance;
  /** Whether the feature is on and the draw says so. */
  wants(feature: Feature, share: number): boolean;
}

/** A part of a DAG file. */
export type Part = Readonly<Record<string, unknown>>;

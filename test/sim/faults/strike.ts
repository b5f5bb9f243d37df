/** What a fault may use, and the shape of all of them. */
import type { Chance } from '../chance.ts';
import type { SimNode } from '../node.ts';
import type { World } from '../world.ts';

export interface Means {
  readonly world: World;
  readonly chance: Chance;
  /** After so long on average; not any more when everything was healed meanwhile. */
  later(meanMs: number, run: () => void): void;
}

/** Strikes a node, or begins with it. */
export type Strike = (node: SimNode, means: Means) => void;

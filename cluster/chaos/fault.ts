/** What a fault is: something that begins, lasts and can be undone. */
import type { Random } from '../../src/base/ports.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

export interface Fault {
  readonly name: string;
  /** How long it lasts, at least and at most, in milliseconds. */
  readonly holdMs: readonly [number, number];
  /**
   * `alone`: no other fault goes on beside it, and all nodes are ready before, because it destroys
   * what a minority can afford to lose only once. `isolates`: a task may run twice for a while,
   * because a node that is alive cannot be heard.
   */
  readonly nature?: 'alone' | 'isolates';
  /** Why it cannot be run here; undefined when it can. */
  readonly missing?: (host: Host) => string | undefined;
  /** All chances are drawn from `random`, so that a seed repeats them. */
  readonly begin: (world: World, random: Random) => Begun | Promise<Begun>;
}

export interface Begun {
  /** For people: to whom it happened. */
  readonly what: string;
  readonly heal: () => void | Promise<void>;
}

/** An integer between the two, both included. */
export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random.fraction() * (most - least + 1));

/** The nemesis: what goes wrong and when, and how all of it ends. `faults/` says what each does. */
import type { Chance } from './chance.ts';
import type { FaultKind } from './fault-kinds.ts';
import { strikes } from './faults/all.ts';
import type { Means } from './faults/strike.ts';
import { bearsLossOf } from './intact.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** Faults after which there are fewer voters. */
const removals: ReadonlySet<FaultKind> = new Set(['demote', 'remove', 'replace']);

export class Nemesis {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #means: Means;
  readonly counts = new Map<FaultKind, number>();
  #stopped = false;

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
    const later = (meanMs: number, run: () => void): void => {
      world.timeline.after(chance.around(meanMs), () => {
        if (!this.#stopped) run();
      });
    };
    this.#means = { world, chance, later };
  }

  begin(): void {
    const { faults, faultEveryMs } = this.#world.options;
    this.#world.timeline.after(this.#chance.around(faultEveryMs), () => {
      if (this.#stopped || faults.length === 0) return;
      const kind = this.#chance.pick(faults);
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      const node = this.#target();
      this.#world.tail.add('nemesis', `${kind} ${node.id}`);
      strikes[kind](node, this.#means);
      this.begin();
    });
  }

  /** Everything is well again; a minority may be gone for good. */
  heal(): void {
    this.#stopped = true;
    const { weather, nodes, options } = this.#world;
    weather.heal();
    this.#setClocks();
    const gone = options.healed === 'all' ? 0 : this.#chance.below(Math.ceil(nodes.length / 2));
    for (const node of this.#chance.shuffled(nodes).slice(0, gone)) this.#retire(node);
    for (const node of nodes) this.#mend(node);
  }

  /**
   * A majority of every configuration stays, also when somebody else is demoted meanwhile: what
   * people have asked for may still be on its way, and nobody knows yet who is gone.
   */
  #retire(node: SimNode): void {
    const { retired, tail, nodes, options } = this.#world;
    const gone = [...retired, node];
    const shrinks = options.faults.some((kind) => removals.has(kind));
    const bears = shrinks
      ? nodes.every((other) => bearsLossOf(this.#world, [...gone, other]))
      : bearsLossOf(this.#world, gone);
    if (!bears) return;
    tail.add(node.id, 'is gone for good');
    retired.add(node);
  }

  #mend(node: SimNode): void {
    const { nowMs, retired } = this.#world;
    for (const process of node.processes) process.resume(false);
    if (retired.has(node) || node.hungUntilMs > nowMs) {
      node.killPeer();
      node.killExecutor();
    }
    node.disk.setFull(false);
    node.slowDiskMs = 0;
    node.hungUntilMs = 0;
    this.#world.start(node);
  }

  /**
   * The operator sets all clocks alike, and not behind the newest record: time in the log waits for
   * a clock that was ahead, so retries and time limits would rest until the others have caught up.
   */
  #setClocks(): void {
    const { nodes, chronicle, timeline } = this.#world;
    const aheadMs = (chronicle.lastAt ?? 0) - timeline.clock.wallMs();
    for (const node of nodes) node.wall.set(Math.max(0, aheadMs));
  }

  /** The leader with the swarm's bias; else anybody. */
  #target(): SimNode {
    const { leader, nodes, options } = this.#world;
    if (leader !== undefined && this.#chance.happens(options.leaderBias)) return leader;
    return this.#chance.pick(nodes);
  }
}

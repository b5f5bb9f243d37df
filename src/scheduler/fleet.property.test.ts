/**
 * The Fleet against a plain, slow body of the same rules: random nodes, loads, marks and demands,
 * with everything worked out anew at every question.
 */
import { describe, expect, it } from 'vitest';
import { type NodeId, nodeId } from '../base/brand.ts';
import { below, SeededRandom } from '../base/random.ts';
import type { NodeRow } from '../model/node.ts';
import { fits, minus, plus, type Resources } from '../model/resources.ts';
import { isAvoided, objections, preference } from './admission.ts';
import type { Asking, Demand } from './demand.ts';
import { Fleet } from './fleet.ts';
import { inThousandths, weights } from './score.ts';
import { demand, nodeRow } from './testing/fleet-rows.ts';

describe('the Fleet beside a plain body of its rules', () => {
  for (let seed = 1; seed <= 30; seed++) {
    it(`chooses the same, whatever happened before (seed ${seed})`, () => {
      const pair = new Pair(new SeededRandom(seed));
      for (let step = 0; step < 400; step++) pair.step();
      expect(pair.choices).toBeGreaterThan(20);
    });
  }
});

const dimensions = ['cpu', 'memory', 'gpu', 'slots'];
const names = Array.from({ length: 12 }, (_, place) => nodeId(`n${place}`));

class Pair {
  readonly #random: SeededRandom;
  readonly #fleet = new Fleet();
  readonly #rows = new Map<NodeId, NodeRow>();
  readonly #loads = new Map<NodeId, Resources>();
  readonly #demands: readonly Demand[];
  readonly #attempts: { readonly node: NodeId; readonly resources: Resources }[] = [];
  #open = new Set<NodeId>();
  choices = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#demands = Array.from({ length: 15 }, () => this.#anyDemand());
    for (const name of names.slice(0, 8)) this.#put(name);
    this.#openSome();
  }

  step(): void {
    const dice = below(this.#random, 100);
    if (dice < 2) this.#put(this.#one(names));
    else if (dice < 3) this.#drop(this.#one(names));
    else if (dice < 6) this.#shift(this.#one(names), this.#anyResources(), 1);
    else if (dice < 25) this.#end();
    else if (dice < 35) this.#openSome();
    else this.#choose(this.#one(this.#demands));
  }

  #put(name: NodeId): void {
    const capacity = Object.fromEntries(
      dimensions.flatMap((dimension) =>
        this.#chance(0.8) ? [[dimension, 4 * (1 + below(this.#random, 3))]] : [],
      ),
    );
    const row = nodeRow(name, capacity, {
      labels: this.#chance(0.3) ? { zone: this.#one(['a', 'b']) } : {},
      ...(this.#chance(0.2) && { pool: this.#one(['batch', 'default']) }),
      ...(this.#chance(0.1) && { queues: ['gold'] }),
      ...(this.#chance(0.2) && {
        taints: [{ key: 'shaky', value: '', effect: this.#one(['avoid', 'refuse'] as const) }],
      }),
    });
    this.#rows.set(name, row);
    this.#fleet.put(row);
    this.#openSome();
  }

  #drop(name: NodeId): void {
    this.#rows.delete(name);
    this.#fleet.drop(name);
    this.#openSome();
  }

  #shift(node: NodeId, resources: Resources, by: 1 | -1): void {
    if (by === 1) this.#attempts.push({ node, resources });
    const before = this.#loads.get(node) ?? {};
    this.#loads.set(node, by === 1 ? plus(before, resources) : minus(before, resources));
    this.#fleet.shift(node, resources, by);
  }

  #end(): void {
    const [ended] = this.#attempts.splice(below(this.#random, this.#attempts.length + 1), 1);
    if (ended !== undefined) this.#shift(ended.node, ended.resources, -1);
  }

  #openSome(): void {
    this.#open = new Set(names.filter(() => this.#chance(0.9)));
    this.#fleet.open(({ nodeId: name }) => this.#open.has(name));
  }

  #choose(wanted: Demand): void {
    const near = new Set(names.filter(() => this.#chance(0.1)));
    const apart = new Set(names.filter(() => this.#chance(0.1)));
    const open = [...this.#rows.values()].filter((row) => this.#open.has(row.nodeId));
    const withRoom = open.filter((row) => this.#isPossible(wanted, row));
    expect(this.#fleet.hasRoom(wanted)).toBe(withRoom.length > 0);
    const ranked = withRoom
      .filter(({ nodeId: name }) => !apart.has(name))
      .map((row) => ({ row, score: this.#score(wanted, row, near.has(row.nodeId)) }))
      .sort((left, right) => right.score - left.score || before(left.row, right.row));
    const choice = this.#fleet.choose(wanted, { near, apart });
    expect(choice?.node.nodeId).toBe(ranked[0]?.row.nodeId);
    if (choice === undefined) return;
    this.choices += 1;
    const { nodes, fitting, next, terms } = choice.chosen;
    expect({ nodes, fitting }).toEqual({ nodes: open.length, fitting: ranked.length });
    expect(next?.node).toBe(ranked[1]?.row.nodeId);
    const sum = terms.reduce((total, term) => total + term, 0);
    expect(Math.abs(sum - inThousandths(ranked[0]!.score))).toBeLessThanOrEqual(terms.length);
    if (this.#chance(0.7)) this.#shift(choice.node.nodeId, wanted.resources, 1);
  }

  #isPossible(wanted: Demand, row: NodeRow): boolean {
    return objections(wanted, row).length === 0 && fits(wanted.resources, this.#freeOf(row));
  }

  #freeOf(row: NodeRow): Resources {
    return minus(row.capacity, this.#loads.get(row.nodeId) ?? {});
  }

  /** The same terms, added in the same order. */
  #score(wanted: Demand, row: NodeRow, isNear: boolean): number {
    const free = this.#freeOf(row);
    const shares = [...dimensions].sort().flatMap((dimension) => {
      const capacity = row.capacity[dimension] ?? 0;
      if (capacity === 0) return [];
      const unit = 1 / capacity;
      return [{ asked: (wanted.resources[dimension] ?? 0) * unit, left: free[dimension]! * unit }];
    });
    const total = (of: (share: (typeof shares)[number]) => number): number =>
      shares.reduce((sum, share) => sum + of(share), 0);
    const dominant = Math.max(0, ...shares.map(({ asked, left }) => 1 - left + asked));
    const lengths = total(({ asked }) => asked * asked) * total(({ left }) => left * left);
    const cosine =
      lengths === 0 ? 0 : total(({ asked, left }) => asked * left) / Math.sqrt(lengths);
    const isIdle = Object.values(this.#loads.get(row.nodeId) ?? {}).every((each) => each === 0);
    const asked = shares.filter((share) => share.asked > 0).length / Math.max(1, shares.length);
    const byIdle = weights.alignment * (Math.round(2 * cosine) / 2) + weights.asked * asked;
    const inUse = weights.inUse + weights.dominant * dominant + weights.alignment * cosine;
    const apart = weights.alignment * cosine + weights.spread * (1 - dominant);
    const byRoom = wanted.spread ? apart : isIdle ? byIdle : inUse;
    const byKind =
      weights.preferred * preference(wanted, row) +
      weights.avoided * (isAvoided(wanted, row) ? 1 : 0);
    return byRoom + byKind + (isNear ? weights.near : 0);
  }

  #anyResources(): Resources {
    const some = dimensions.filter(() => this.#chance(0.6));
    return Object.fromEntries(some.map((dimension) => [dimension, below(this.#random, 7)]));
  }

  #anyDemand(): Demand {
    const differs: Partial<Asking> = {
      ...(this.#chance(0.2) && { labels: { zone: 'a' } }),
      ...(this.#chance(0.2) && { nodePool: 'batch' }),
      ...(this.#chance(0.1) && { queue: 'gold' }),
      ...(this.#chance(0.3) && { tolerations: [{ key: 'shaky', value: null }] }),
      ...(this.#chance(0.4) && { affinity: { prefer: { zone: ['b'] }, forbid: { zone: ['a'] } } }),
    };
    const placement = this.#chance(0.3) ? 'spread' : 'pack';
    return demand({ ...this.#anyResources(), slots: 1 }, differs, { placement });
  }

  #one<T>(values: readonly T[]): T {
    return values[below(this.#random, values.length)]!;
  }

  #chance(share: number): boolean {
    return this.#random.fraction() < share;
  }
}

const before = (left: NodeRow, right: NodeRow): number => (left.nodeId < right.nodeId ? -1 : 1);

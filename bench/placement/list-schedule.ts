/**
 * Two list schedulers that Skein is compared with. They run the same load in the same virtual time,
 * without a log: an end and the starts that it allows are one instant.
 *
 *   fifo     by arrival: whoever became ready first is first (ties: the order of submission), on
 *            the first node that it fits on. Nobody overtakes: while the first one fits nowhere,
 *            everybody waits.
 *   bestFit  as Nomad does: in the same order, each on the fullest node that it fits on
 *            (`nomad.ts`). Whoever fits nowhere is passed over, and nothing is kept free for it.
 */
import { assert } from '../../src/base/assert.ts';
import { Heap } from '../../src/base/heap.ts';
import { fits, minus, plus, type Resources } from '../../src/model/resources.ts';
import { childrenOf, emptyNodes, type Load, type LoadTask, memoryBytesOf } from './load.ts';
import { type Candidate, fullest } from './nomad.ts';

export interface Schedule {
  readonly makespanMs: number;
  /** By place in the load: when it started, and on which node. */
  readonly starts: readonly { readonly atMs: number; readonly node: string }[];
}

export const fifo = (load: Load): Schedule => new Replay(load, startInOrder).run();

export const bestFit = (load: Load): Schedule => new Replay(load, startWhatFits).run();

/** Starts what it likes of those who wait, oldest first; returns who still waits. */
type Policy = (waiting: readonly number[], hand: Hand) => readonly number[];

interface Hand {
  readonly nodes: readonly Candidate[];
  readonly demandOf: (place: number) => Resources;
  readonly start: (place: number, on: Candidate) => void;
}

const startInOrder: Policy = (waiting, { nodes, demandOf, start }) => {
  let started = 0;
  for (const place of waiting) {
    const node = nodes.find(({ free }) => fits(demandOf(place), free));
    if (node === undefined) break;
    start(place, node);
    started += 1;
  }
  return waiting.slice(started);
};

const startWhatFits: Policy = (waiting, { nodes, demandOf, start }) => {
  const left: number[] = [];
  for (const [rank, place] of waiting.entries()) {
    // Every task takes some of a core.
    if (!nodes.some(({ free }) => (free.cores ?? 0) > 0)) return [...left, ...waiting.slice(rank)];
    const node = fullest(demandOf(place), nodes);
    if (node === undefined) left.push(place);
    else start(place, node);
  }
  return left;
};

interface Running {
  readonly place: number;
  readonly node: Candidate;
  readonly endMs: number;
}

/** One run of a load under a policy. */
class Replay {
  readonly #tasks: readonly LoadTask[];
  readonly #demands: readonly Resources[];
  readonly #children: readonly (readonly number[])[];
  readonly #missing: number[];
  readonly #nodes: readonly Candidate[];
  readonly #policy: Policy;
  readonly #running = new Heap<Running>((left, right) =>
    left.endMs === right.endMs ? left.place < right.place : left.endMs < right.endMs,
  );
  readonly #starts: { atMs: number; node: string }[];
  #nowMs = 0;
  #started = 0;

  constructor({ tasks, cluster }: Load, policy: Policy) {
    this.#tasks = tasks;
    this.#demands = tasks.map(({ cores, memoryBytes }) => ({ cores, memory: memoryBytes }));
    this.#children = childrenOf(tasks);
    this.#missing = tasks.map(({ parents }) => parents.length);
    this.#nodes = emptyNodes(cluster, {
      cores: cluster.coresPerNode,
      memory: memoryBytesOf(cluster),
    });
    this.#policy = policy;
    this.#starts = tasks.map(() => ({ atMs: Number.NaN, node: '' }));
  }

  run(): Schedule {
    const hand: Hand = {
      nodes: this.#nodes,
      demandOf: (place) => this.#demands[place] ?? {},
      start: (place, on) => this.#start(place, on),
    };
    let waiting = this.#missing.flatMap((count, place) => (count === 0 ? [place] : []));
    for (;;) {
      waiting = [...this.#policy(waiting, hand)];
      const next = this.#running.peek();
      if (next === undefined) break;
      this.#nowMs = next.endMs;
      waiting.push(...this.#endWhatIsDue());
    }
    assert(this.#started === this.#tasks.length, 'a list scheduler starts every task');
    return { makespanMs: this.#nowMs, starts: this.#starts };
  }

  #start(place: number, node: Candidate): void {
    node.free = minus(node.free, this.#demands[place] ?? {});
    this.#starts[place] = { atMs: this.#nowMs, node: node.nodeId };
    this.#running.push({ place, node, endMs: this.#nowMs + (this.#tasks[place]?.ms ?? 0) });
    this.#started += 1;
  }

  /** Ends all that end at this instant; returns who became ready, in the order of submission. */
  #endWhatIsDue(): readonly number[] {
    const ready: number[] = [];
    for (;;) {
      const next = this.#running.peek();
      if (next === undefined || next.endMs > this.#nowMs) break;
      this.#running.pop();
      const { node, place } = next;
      node.free = plus(node.free, this.#demands[place] ?? {});
      for (const child of this.#children[place] ?? []) {
        const left = (this.#missing[child] ?? 0) - 1;
        this.#missing[child] = left;
        if (left === 0) ready.push(child);
      }
    }
    return ready.sort((left, right) => left - right);
  }
}

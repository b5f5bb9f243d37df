import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { Destination, Sender, Wire } from '../actors/wire.ts';
import { incarnation, nodeId } from '../base/brand.ts';
import { SeededRandom } from '../base/random.ts';
import { silentTrace } from '../base/trace.ts';
import { type FormedCluster, Forming } from './forming.ts';

interface Node {
  readonly forming: Forming;
  readonly formed: FormedCluster[];
  readonly excluded: FormedCluster[];
}

/** A wire for a handful of nodes on one virtual clock; `loses` decides what does not arrive. */
class Village {
  readonly clock = new VirtualClock();
  readonly #ears = new Map<string, (message: unknown, from: Sender) => void>();
  readonly #random = new SeededRandom(7);
  loses: (from: string, to: string) => boolean = () => false;

  start(name: string, options: { expect: number; life?: string; known?: FormedCluster }): Node {
    const self = {
      node: nodeId(name),
      side: 'peer',
      incarnation: incarnation(options.life ?? `${name}-1`),
    } as const;
    const formed: FormedCluster[] = [];
    const excluded: FormedCluster[] = [];
    const forming = new Forming(
      {
        wire: this.#wire(self),
        clock: this.clock,
        random: this.#random,
        trace: silentTrace,
        inbox: 'hello',
        expect: options.expect,
        formed: (cluster) => formed.push(cluster),
        excluded: (cluster) => excluded.push(cluster),
      },
      options.known,
    );
    return { forming, formed, excluded };
  }

  #wire(self: Sender): Wire {
    return {
      self,
      send: (to, _inbox, _lane, message) => this.#deliver(self, to, message),
      listen: (_inbox, receive) => {
        this.#ears.set(self.node, receive);
        return { cancel: () => this.#ears.delete(self.node) };
      },
    };
  }

  #deliver(from: Sender, to: Destination, message: unknown): void {
    const wanted = to === 'all' ? [...this.#ears.keys()] : [to].flat();
    for (const name of wanted) {
      if (name === from.node || this.loses(from.node, name)) continue;
      this.clock.soon(() => this.#ears.get(name)?.(message, from));
    }
  }
}

const names = (cluster: FormedCluster | undefined) => cluster?.voters.map(({ node }) => node);

describe('forming', () => {
  it('makes one cluster of three nodes that were started alike', () => {
    const village = new Village();
    const nodes = ['n2', 'n3', 'n1'].map((name) => village.start(name, { expect: 3 }));
    village.clock.advance(1000);
    const ids = new Set(nodes.flatMap(({ formed }) => formed.map((each) => each.clusterId)));
    expect(nodes.map(({ formed }) => names(formed[0]))).toEqual([
      ['n1', 'n2', 'n3'],
      ['n1', 'n2', 'n3'],
      ['n1', 'n2', 'n3'],
    ]);
    expect(ids.size).toBe(1);
  });

  it('waits until as many nodes are there as were expected', () => {
    const village = new Village();
    const first = village.start('n1', { expect: 3 });
    village.start('n2', { expect: 3 });
    village.clock.advance(20_000);
    expect(first.formed).toEqual([]);
    village.start('n3', { expect: 3 });
    village.clock.advance(1000);
    expect(names(first.formed[0])).toEqual(['n1', 'n2', 'n3']);
  });

  it('leaves a fourth node out and tells it who the voters are', () => {
    const village = new Village();
    for (const name of ['n1', 'n2', 'n3']) village.start(name, { expect: 3 });
    village.clock.advance(1000);
    const late = village.start('n4', { expect: 3 });
    village.clock.advance(1000);
    expect(late.formed).toEqual([]);
    expect(names(late.excluded[0])).toEqual(['n1', 'n2', 'n3']);
  });

  it('F1: never makes two clusters that share a node, whatever is lost', () => {
    for (let seed = 0; seed < 200; seed++) {
      const village = new Village();
      const random = new SeededRandom(seed);
      village.loses = () => random.fraction() < 0.4;
      const all = ['n1', 'n2', 'n3', 'n4'].map((name) => village.start(name, { expect: 3 }));
      village.clock.advance(15_000);
      village.loses = () => false;
      village.clock.advance(30_000);
      const clusters = new Map<string, FormedCluster>();
      for (const { formed } of all) for (const each of formed) clusters.set(each.clusterId, each);
      expect(clusters.size, `seed ${seed}`).toBe(1);
      expect(all.filter(({ formed }) => formed.length === 1).length, `seed ${seed}`).toBe(3);
    }
  });

  it('F2: a node that lost its data is told so and does not join under its old name', () => {
    const village = new Village();
    const [first] = ['n1', 'n2', 'n3'].map((name) => village.start(name, { expect: 3 }));
    village.clock.advance(1000);
    first?.forming.stop();
    const wiped = village.start('n1', { expect: 3, life: 'n1-2' });
    village.clock.advance(1000);
    expect(wiped.formed).toEqual([]);
    expect(wiped.excluded.length).toBeGreaterThan(0);
  });

  it('a node that has a cluster only tells others of it', () => {
    const village = new Village();
    const [first] = ['n1', 'n2', 'n3'].map((name) => village.start(name, { expect: 3 }));
    village.clock.advance(1000);
    const known = first?.formed[0];
    first?.forming.stop();
    const again = village.start('n1', { expect: 3, ...(known && { known }) });
    village.clock.advance(1000);
    expect(again.formed).toEqual([]);
    expect(again.excluded).toEqual([]);
  });
});

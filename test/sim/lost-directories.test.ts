/**
 * Directories that lost something, one at a time and in a calm world: what random search may only
 * try where the others could do without the node, and whose end is always the same. The node
 * notices (or is told), starts over as somebody else, and votes again when it has caught up.
 */
import { describe, expect, it } from 'vitest';
import { namespace } from '../../src/base/brand.ts';
import { Chance } from './chance.ts';
import { Clients } from './clients.ts';
import { makeDag } from './dag-maker.ts';
import { withoutRealWorld } from './forbid.ts';
import type { SimNode } from './node.ts';
import { optionsOf } from './options.ts';
import { World } from './world.ts';

const kind = { least: 0.1, spread: 0.1 };

const { dagId, versionId, spec } = makeDag(new Chance(1, 'dag'), {
  name: 'dag',
  tasksMax: 1,
  scheduled: false,
});
const dag = { namespace: namespace('default'), dagId };

class Stage {
  readonly world = new World({
    ...optionsOf(1, 60),
    ...{ nodes: 3, spares: 0, faults: [], loss: 0, duplication: 0, reorders: false },
    ...{
      delayMs: kind,
      syncMs: kind,
      electionMs: { min: 1000, max: 2000 },
      logKept: 20,
      features: [],
    },
  });
  readonly clients = new Clients(this.world, this.world.chance.stream('clients'));

  constructor() {
    for (const node of this.world.nodes) this.world.start(node);
    this.pass(5000);
    this.clients.ask({ kind: 'apply-dag', ...dag, versionId, spec });
    this.pass(500);
    this.write(60);
  }

  pass(ms: number): void {
    this.world.run(this.world.nowMs + ms);
  }

  /** So many entries, each acknowledged. */
  write(count: number): void {
    for (let at = 0; at < count; at++) {
      this.clients.ask({ kind: 'pause-dag', ...dag, paused: at % 2 === 0 });
      this.pass(50);
    }
  }

  follower(): SimNode {
    const found = this.world.nodes.find(({ peer }) => peer?.raft.status().role === 'follower');
    if (found === undefined) throw new Error('nobody follows');
    return found;
  }

  /** Stops a follower, does something to its disk, and starts it again. */
  strike(harm: (node: SimNode) => void): SimNode {
    const node = this.follower();
    node.killPeer();
    node.killExecutor();
    node.diskFaults += 1;
    harm(node);
    this.pass(3000);
    this.world.start(node);
    this.pass(20_000);
    return node;
  }

  voters(): readonly string[] {
    const { members } = this.follower().peer?.raft.status().members ?? {};
    return (members?.voters ?? []).map(({ node, incarnation }) => `${node} ${incarnation}`);
  }
}

interface Case {
  readonly name: string;
  readonly harm: (node: SimNode) => void;
}

const cases: readonly Case[] = [
  { name: 'is empty', harm: ({ disk }) => disk.wipe() },
  {
    name: 'has lost the newest batches of its log',
    harm: ({ disk }) => disk.store('log').rollBack(10),
  },
  {
    name: 'has a hole in its log',
    harm: ({ disk }) => disk.store('log').dropBatches(12, 3),
  },
  {
    name: 'has lost its identity',
    harm: ({ disk }) => disk.restore({ ...disk.backup(), files: new Map() }),
  },
];

describe('a directory that', () => {
  for (const { name, harm } of cases) {
    it(`${name} starts over and votes again (P42, P44, P47)`, () => {
      const { world, node, voters } = withoutRealWorld(() => {
        const stage = new Stage();
        return { world: stage.world, node: stage.strike(harm), voters: stage.voters() };
      });
      expect(world.violations).toEqual([]);
      expect(node.incarnation).not.toBe(`${node.id}-0`);
      expect(voters).toContain(`${node.id} ${node.incarnation}`);
    });
  }

  it('was copied back from an old backup is told by the leader, and starts over (P49)', () => {
    const { world, node, voters } = withoutRealWorld(() => {
      const stage = new Stage();
      const image = stage.follower().disk.backup();
      stage.write(60);
      const struck = stage.strike((node) => node.copyBack(image));
      return { world: stage.world, node: struck, voters: stage.voters() };
    });
    expect(world.violations).toEqual([]);
    expect(node.incarnation).not.toBe(`${node.id}-0`);
    expect(voters).toContain(`${node.id} ${node.incarnation}`);
  });
});

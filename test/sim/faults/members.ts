/** Members that come, go, are promoted and demoted, and directories that lose their data. */
import { type Incarnation, incarnation } from '../../../src/base/brand.ts';
import type { Peer } from '../../../src/node/peer.ts';
import type { Members } from '../../../src/raft/members.ts';
import { bearsLossOf, bearsRemovalOf } from '../intact.ts';
import type { SimNode } from '../node.ts';
import { crash } from './processes.ts';
import type { Means, Strike } from './strike.ts';

export const memberFaults = {
  promote: (node, means) => ask(means, 'promote', node),
  demote: (node, means) => ask(means, 'demote', node),
  remove: (node, means) => ask(means, 'remove', node),
  replace: (node, means) => replace(node, means),
  // A person adds a member that does not exist, in the place of one of its name; it is taken out
  // again by hand or never.
  'add-stranger': (node, means) => {
    const request = { action: 'add', node: node.id, incarnation: stranger(means) } as const;
    if (!bearsLossOf(means.world, [node])) return;
    means.world.asksToLeave(node.id);
    somebody(means)?.ask({ kind: 'members', request }, told(means));
  },
  wipe: (node, means) => {
    if (!bearsLossOf(means.world, [node])) return;
    node.killExecutor();
    node.wipe();
    means.world.restartSoon(node, means.chance.around(1000));
  },
  damage: (node, means) => damage(node, means),
} as const satisfies Record<string, Strike>;

type Told = Parameters<Peer['ask']>[1];

const told =
  ({ world }: Means): Told =>
  (result) => {
    if (result.ok && result.value.kind === 'members') world.membersTold(result.value.changed);
  };

const somebody = ({ world, chance }: Means) =>
  chance.shuffled(world.nodes).find(({ peer }) => peer !== undefined)?.peer;

const stranger = ({ world }: Means): Incarnation =>
  incarnation(`stranger-${Math.floor(world.nowMs)}`);

function ask(means: Means, action: 'promote' | 'demote' | 'remove', node: SimNode): void {
  if (action !== 'promote' && !bearsRemovalOf(means.world, node)) return;
  const request = { action, node: node.id } as const;
  if (action !== 'promote') means.world.asksToLeave(node.id);
  somebody(means)?.ask({ kind: 'members', request }, told(means));
}

/** A learner takes the place of a voter, if there is a learner. */
function replace(node: SimNode, means: Means): void {
  const peer = somebody(means);
  const members: Members | undefined = peer?.raft.status().members.members;
  const [learner] = members?.learners ?? [];
  if (peer === undefined || learner === undefined) return;
  if (!bearsRemovalOf(means.world, node, learner)) return;
  const request = { action: 'replace', node: node.id, with: learner.node } as const;
  means.world.asksToLeave(node.id);
  peer.ask({ kind: 'members', request }, told(means));
}

/**
 * With two batches gone the head may miss none: it does not know yet that the newest one was
 * acknowledged, and the one behind that is under way, though the log has it already
 * (`durable-head.ts`).
 */
const batchesMin = 3;

/**
 * A disk that lies: the node loses its power, and of what was durable a part is gone or changed.
 * It must notice when it opens the directory, or not be harmed (P41, P42, P43).
 */
function damage(node: SimNode, means: Means): void {
  const { world, chance } = means;
  if (!bearsLossOf(world, [node])) return;
  crash(node, means, { powerLoss: true });
  node.diskFaults += 1;
  // Until it has opened its directory well again, and has caught up.
  node.losesData();
  node.lacksUpTo = world.chronicle.lastIndex;
  const { stores } = node.disk.backup();
  if (!stores.has('log')) return;
  const log = node.disk.store('log');
  switch (chance.pick(['roll-back', 'hole', 'flip', 'no-log', 'no-identity'] as const)) {
    case 'roll-back': {
      // The first batch made the log, and the head began with it.
      const count = Math.min(log.batches - 1, batchesMin + chance.below(20));
      if (count >= batchesMin) log.rollBack(count);
      break;
    }
    case 'hole': {
      const count = 1 + chance.below(3);
      const fromEnd = count + batchesMin + chance.below(20);
      if (fromEnd <= log.batches) log.dropBatches(fromEnd, count);
      break;
    }
    case 'flip': {
      const range = { from: 'entry/', to: 'entry0', limit: Number.MAX_SAFE_INTEGER };
      const rows = log.rows().scan(range);
      if (rows.length === 0) break;
      const { key, value } = chance.pick(rows);
      log.flipBit(key, chance.below(value.length * 8));
      break;
    }
    case 'no-log': {
      // At once: a removal that waits for a slow disk would hit the next life while it runs.
      const image = node.disk.backup();
      const others = [...image.stores].filter(([name]) => name !== 'log');
      node.disk.restore({ ...image, stores: new Map(others) });
      break;
    }
    case 'no-identity':
      node.disk.restore({ ...node.disk.backup(), files: new Map() });
      break;
  }
}

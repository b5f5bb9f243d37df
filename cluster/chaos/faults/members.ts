/** People who change the cluster while it is under load. */
import { until } from '../../problem.ts';
import type { Answer } from '../ask-node.ts';
import type { ChaosNode } from '../chaos-node.ts';
import type { Fault } from '../fault.ts';
import { noMembership } from '../host.ts';
import type { World } from '../world.ts';

/** A change that is refused because of another one, or has nobody who leads, is asked for again. */
const changeMsMax = 60_000;

async function change(world: World, request: object): Promise<void> {
  const body = JSON.stringify(request);
  let turn = 0;
  await until(body, { withinMs: changeMsMax, everyMs: 300 }, async () => {
    const node = world.nodes[turn++ % world.nodes.length];
    const path = '/api/v1/cluster/members';
    const answer = await node?.ask({ method: 'POST', path, body, timeoutMs: 5_000 });
    return (answer !== undefined && isDone(answer)) || undefined;
  });
}

/** A removal whose answer was lost: asked again, the node is no member any more. */
const isDone = (answer: Answer): boolean =>
  answer.kind === 'ok' || (answer.kind === 'refused' && answer.code === 'NOT_A_MEMBER');

/** A voter becomes a learner and a voter again. */
export const demote: Fault = {
  name: 'demote',
  holdMs: [500, 4_000],
  nature: 'alone',
  missing: noMembership,
  begin: async (world, random) => {
    const { name } = world.pick(random);
    await change(world, { action: 'demote', node: name });
    return { what: name, heal: () => change(world, { action: 'promote', node: name }) };
  },
};

/** A member leaves for good; a new one of its name comes with an empty directory. */
export const replace: Fault = {
  name: 'replace',
  holdMs: [500, 3_000],
  nature: 'alone',
  missing: noMembership,
  begin: async (world, random) => {
    const node: ChaosNode = world.pick(random);
    await node.stop();
    try {
      await change(world, { action: 'remove', node: node.name });
    } catch (error) {
      // Perhaps it is out and perhaps not: with an empty directory it comes back either way.
      node.forgetEverything();
      node.release();
      throw error;
    }
    node.forgetEverything();
    return { what: node.name, heal: () => node.release() };
  },
};

export const transfer: Fault = {
  name: 'transfer',
  holdMs: [100, 500],
  begin: async (world) => {
    const { leader } = world;
    const path = '/api/v1/cluster/transfer';
    const answer = await leader.ask({ method: 'POST', path, body: '{}', timeoutMs: 5_000 });
    return { what: `${leader.name}: ${answer.kind}`, heal: () => {} };
  },
};

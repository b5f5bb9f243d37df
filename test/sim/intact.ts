/**
 * Which nodes may lose their data: never so many at a time that a configuration in use has no
 * majority left of members that still have theirs. Beyond that no consensus can help, and the
 * simulation would only prove it.
 */
import type { NodeId } from '../../src/base/brand.ts';
import type { Member } from '../../src/raft/members.ts';
import { firstMembers } from './cluster.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** Whether every configuration has a majority of intact members without `gone`. */
export function bearsLossOf(world: World, gone: readonly SimNode[]): boolean {
  const { nodes, options } = world;
  const seen = nodes.map(({ lastMembers }) => lastMembers).filter((each) => each !== undefined);
  const configurations = seen.length === 0 ? [firstMembers(options.nodes)] : seen;
  const without = (voters: readonly Member[], leaving: NodeId): readonly Member[] =>
    voters.filter(({ node }) => node !== leaving);
  return configurations.every(
    ({ voters, learners }) =>
      hasMajority(voters, nodes, gone) &&
      // A change may be under way: a member that dies in that moment counts as before and after it.
      learners.every((learner) => hasMajority([...voters, learner], nodes, gone)) &&
      world.leaving.every((node) =>
        [[], ...learners.map((learner) => [learner])].every((joining) =>
          hasMajority([...without(voters, node), ...joining], nodes, gone),
        ),
      ),
  );
}

/**
 * Whether every configuration keeps a majority of intact members when `node` does not vote any
 * more, but `instead` of it a learner. A leader refuses what would take the majority away, but it
 * may not know yet who has just died.
 */
export function bearsRemovalOf(world: World, node: SimNode, instead?: Member): boolean {
  const seen = world.nodes.map(({ lastMembers }) => lastMembers);
  const joining = instead === undefined ? [] : [instead];
  return seen.every((members) => {
    const voters = (members?.voters ?? []).filter((voter) => voter.node !== node.id);
    return voters.length === 0 || hasMajority([...voters, ...joining], world.nodes, []);
  });
}

function hasMajority(
  voters: readonly Member[],
  nodes: readonly SimNode[],
  gone: readonly SimNode[],
): boolean {
  const left = voters.filter((voter) =>
    nodes.some(
      (node) =>
        node.id === voter.node &&
        node.lastIncarnation === voter.incarnation &&
        node.isWhole &&
        !gone.includes(node),
    ),
  );
  return left.length * 2 > voters.length;
}

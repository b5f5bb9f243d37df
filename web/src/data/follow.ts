/** Followers of the real nodes. */
import type { Fact } from '../../../src/model/fact.ts';
import { call, open } from './api.ts';
import { type Followed, Follower, type FollowerNodes } from './follower.ts';
import { currentNode, leaveNode, nodeCount } from './nodes.ts';
import { trusted } from './wire.ts';

const nodes: FollowerNodes = {
  current: currentNode,
  count: nodeCount,
  leave: leaveNode,
  rows: async (followed, signal) => {
    const { index, facts } =
      followed.kind === 'tables'
        ? await call('listRows', { query: { tables: followed.tables.join(',') }, signal })
        : await call('runRows', {
            params: { runId: followed.runId },
            query: { namespace: followed.namespace },
            signal,
          });
    return { index, facts: trusted<readonly Fact[]>(facts) };
  },
  events: async (followed, after, signal) => {
    const which =
      followed.kind === 'tables'
        ? { tables: followed.tables.join(',') }
        : { run: followed.runId, namespace: followed.namespace };
    const query = { ...which, after: String(after) };
    const { body } = await open('streamEvents', { query, signal });
    if (body === null) throw new Error('a stream without a body');
    return body;
  },
};

export const follow = (followed: Followed): Follower => new Follower(followed, nodes);

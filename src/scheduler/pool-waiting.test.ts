import { describe, expect, it } from 'vitest';
import { logIndex, runId, term, wallMs } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import { nodeFact } from '../model/fact.ts';
import type { NodeRow } from '../model/node.ts';
import { poolWaiting } from './pool-waiting.ts';
import { noneWaiting } from './scaling.ts';
import { Decider } from './testing/decider.ts';
import { asks, cancelRun, here, node, runningRun, spec, start, task } from './testing/rows.ts';
import { Turn } from './turn.ts';

const poolNode = (differs: Partial<NodeRow> = {}): NodeRow => node('b1', { pool: 'b', ...differs });

/** What waits for pool `b` when these tasks are ready and these nodes are full. */
function waiting(tasks: Readonly<Record<string, TaskSpec>>, nodes: readonly NodeRow[], atMs = 0) {
  const story = new Decider(...runningRun(spec(tasks)), ...nodes.map(nodeFact));
  const look = (ms: number) => {
    const place = { term: term(1), index: logIndex(9), at: wallMs(start + ms) };
    const turn = new Turn({ state: story.state, board: story.board }, place);
    return turn.decide({ what: 'scale', by: 'test' }, () => poolWaiting(turn, 'b', nodes));
  };
  look(0);
  return look(atMs);
}

describe('what waits for a pool', () => {
  it('is what names it, with what it asks for and is expected to take', () => {
    const tasks = {
      a: task({ nodePool: 'b', resources: { slots: 1, cpu: 500 } }),
      b: task({ nodePool: 'b', resources: { slots: 1, cpu: 500 } }),
      c: task({ nodePool: 'c' }),
    };
    expect(waiting(tasks, [], 7_000)).toEqual({
      ...{ tasks: 2, longestMs: 7_000, resources: { slots: 2, cpu: 1_000 } },
      // A second each, as long as nothing is known of them.
      work: { slots: 2_000, cpu: 1_000_000 },
    });
  });

  it('is also what names none and would be taken by a node of it', () => {
    expect(waiting({ a: task() }, [poolNode()]).tasks).toBe(1);
    const gpu = { a: task({ labels: { disk: 'ssd' } }) };
    expect(waiting(gpu, [poolNode()])).toEqual(noneWaiting);
    expect(waiting(gpu, [poolNode({ labels: { disk: 'ssd' } })]).tasks).toBe(1);
    expect(waiting(gpu, [])).toEqual(noneWaiting);
    const taint = { key: 'k', value: '', effect: 'refuse' } as const;
    expect(waiting({ a: task() }, [poolNode({ taints: [taint] })])).toEqual(noneWaiting);
  });

  it('is nothing that no node of it is large enough for', () => {
    const large = { a: task({ nodePool: 'b', resources: { slots: 9 } }) };
    expect(waiting(large, [poolNode()])).toEqual(noneWaiting);
    expect(waiting(large, []).tasks).toBe(1);
  });

  it('is nothing of a run that was cancelled or is paused meanwhile', () => {
    const story = new Decider(...runningRun(spec({ a: task({ nodePool: 'b' }) })));
    const look = () => {
      const place = { term: term(1), index: logIndex(9), at: start };
      const turn = new Turn({ state: story.state, board: story.board }, place);
      return turn.decide({ what: 'scale', by: 'test' }, () => poolWaiting(turn, 'b', [])).tasks;
    };
    expect(look()).toBe(1);
    const pause = { kind: 'pause-run', namespace: here, runId: runId('r1') } as const;
    story.when(asks({ ...pause, paused: true }));
    expect(look()).toBe(0);
    story.when(asks({ ...pause, paused: false }));
    expect(look()).toBe(1);
    story.when(asks(cancelRun('r1')));
    expect(look()).toBe(0);
  });

  it('is nothing that waits for something else than room', () => {
    expect(waiting({ a: task({ nodePool: 'b', pool: 'no-such-pool' }) }, [])).toEqual(noneWaiting);
  });
});

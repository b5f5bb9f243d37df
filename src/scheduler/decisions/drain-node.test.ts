import { describe, expect, it } from 'vitest';
import { nodeId } from '../../base/brand.ts';
import type { ClusterCommand } from '../../model/command.ts';
import { nodeFact } from '../../model/fact.ts';
import { Board } from '../board.ts';
import type { Input } from '../input.ts';
import { Decider, kindsOf, tasksIn } from '../testing/decider.ts';
import { asks, executorOf, later, node, nodes, runningRun, spec, task } from '../testing/rows.ts';

const n1 = nodeId('n1');
const drain = (graceMs: number | null, of = n1): ClusterCommand => ({
  ...{ kind: 'drain-node', node: of, graceMs },
});
const resume = (of = n1): ClusterCommand => ({ kind: 'resume-node', node: of });

const two = spec({ a: task(), b: task({ idempotent: false }) });

/** Tasks `a` and `b`, which must not be begun twice, stand assigned on n1. */
function busy(): Decider {
  const story = new Decider(...runningRun(two), ...nodes('n1'));
  story.assign();
  return story;
}

const seen = (name: string, life: number): Input => {
  const { capacity, labels, address } = node(name);
  const who = executorOf(name, life);
  const said = { ...who, capacity, labels, address, seq: 1, held: [] };
  return { kind: 'node-seen', heartbeat: { kind: 'heartbeat', ...said } };
};

describe('drain', () => {
  it('W10: nothing more is placed on the node, what is there may end, and others take over', () => {
    const story = busy();
    const { answer, effects } = story.when(asks(drain(null)));
    expect(answer).toEqual({ ok: true, value: { kind: 'node-drained', until: null, attempts: 2 } });
    expect(kindsOf(effects)).toEqual(['answer']);
    story.when(story.ends('a', 'cancelled'));
    story.wake();
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.when(seen('n2', 1));
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
    expect(story.live('a').attempt.node).toBe('n2');
    story.when(story.ends('b'));
    expect(story.status('b')).toBe('success');
  });

  it('when the time is over, what still runs gives way, but for what must not begin twice', () => {
    const story = busy();
    expect(story.when(asks(drain(60_000))).answer).toMatchObject({
      value: { until: later(60_000), attempts: 2 },
    });
    expect(story.wait(59_999).wake().effects).toEqual([]);
    const { facts, effects } = story.wait(1).wake();
    expect(tasksIn(facts)).toEqual(['a: queued']);
    expect(effects).toMatchObject([{ kind: 'revoke', to: { node: 'n1' }, id: { taskId: 'a' } }]);
    expect(story.live('a').attempt.givesWay).toEqual({
      to: 'drained',
      reason: 'node n1 is drained',
    });
    expect(story.live('b').attempt.revoked).toBe(false);
  });

  it('without any time at all, what runs gives way at once', () => {
    const story = busy();
    story.when(asks(drain(0)));
    expect(kindsOf(story.wake().effects)).toEqual(['revoke']);
  });

  it('takes the later word, and remembers since when the node is drained', () => {
    const story = busy();
    story.when(asks(drain(60_000)));
    story.wait(30_000).when(asks(drain(null)));
    expect(story.state.node('n1')?.drain).toMatchObject({ since: later(0), until: null });
    expect(story.wait(60_000).wake().effects).toEqual([]);
    story.when(asks(drain(5_000)));
    expect(kindsOf(story.wait(5_000).wake().effects)).toEqual(['revoke']);
  });

  it('a new leader knows the deadline, also one that is over, and asks nobody twice', () => {
    const story = busy();
    story.when(asks(drain(60_000)));
    expect(new Board(story.state).deadlines.next()).toBe(later(60_000));
    story.wait(60_000).wake();
    story.board.rebuild();
    expect(story.wake().facts).toEqual([]);
  });

  it('stays when the node comes back with a new executor', () => {
    const story = busy();
    story.when(asks(drain(null)));
    story.when(seen('n1', 2));
    expect(story.state.node('n1')).toMatchObject({
      ...{ incarnation: executorOf('n1', 2).incarnation, drain: { by: 'ada' } },
    });
    story.wake();
    expect(tasksIn(story.assign().facts)).toEqual([]);
  });

  it('of a node that nobody knows is refused', () => {
    const story = busy();
    for (const command of [drain(null, nodeId('n9')), resume(nodeId('n9'))]) {
      const { answer, facts } = story.when(asks(command));
      expect(answer).toMatchObject({ ok: false, error: { code: 'NODE_NOT_FOUND' } });
      expect(facts).toEqual([]);
    }
  });
});

describe('resume', () => {
  it('lets the node take tasks again, and what has not given way yet stays', () => {
    const story = busy();
    story.when(asks(drain(60_000)));
    story.when(story.ends('a', 'cancelled'));
    expect(story.when(asks(resume())).answer).toEqual({
      ok: true,
      value: { kind: 'node-resumed' },
    });
    expect(story.state.node('n1')).toEqual(node('n1'));
    expect(kindsOf(story.wait(60_000).wake().effects)).toEqual([]);
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('is refused where the pool has given the node away', () => {
    const story = busy();
    const drained = { since: later(0), until: null, by: 'autoscaler', released: true } as const;
    story.state.apply(nodeFact({ ...node('n1'), drain: drained }));
    const { answer } = story.when(asks(resume()));
    expect(answer).toMatchObject({ ok: false, error: { code: 'NODE_LEAVING' } });
  });

  it('of a node that takes tasks changes nothing', () => {
    const story = busy();
    const { facts, answer } = story.when(asks(resume()));
    expect(answer).toMatchObject({ ok: true });
    expect(facts.filter(({ table }) => table === 'node')).toEqual([]);
  });
});

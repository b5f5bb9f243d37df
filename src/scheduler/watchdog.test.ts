import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runId, taskId } from '../base/brand.ts';
import type { TraceFields } from '../base/trace.ts';
import { nodeFact, poolFact, runFact } from '../model/fact.ts';
import type { RunRow } from '../model/run.ts';
import { Decider } from './testing/decider.ts';
import { LeaderKit } from './testing/leader-kit.ts';
import { turnOf } from './testing/looks.ts';
import {
  applyDag,
  asks,
  here,
  node,
  nodes,
  queuedRun,
  runningRun,
  spec,
  start,
  startRun,
  task,
} from './testing/rows.ts';
import { anyContent, anyGusts, Storm } from './testing/storm.ts';
import { Watchdog } from './watchdog.ts';

const mayTake = ({ status }: { readonly status: string }): boolean => status === 'alive';

/** A watchdog, and what it tells. */
function watched(story: Decider) {
  const told: TraceFields[] = [];
  const watchdog = new Watchdog((level, name, fields = {}) => {
    told.push({ level, name, ...fields });
  });
  return { told, watchdog, look: () => watchdog.look(turnOf(story), mayTake) };
}

describe('watchdog: looks', () => {
  it('a task that could start and is not placed for a second is told of, once', () => {
    const story = new Decider(...runningRun(spec({ a: task() })), ...nodes('n1'));
    const { told, look } = watched(story);
    look();
    expect(told).toEqual([]);
    story.wait(1_000);
    look();
    story.wait(1_000);
    look();
    expect(told).toEqual([
      {
        ...{ level: 'error', name: 'scheduler.undispatched', namespace: here },
        ...{ run: 'r1', task: 'a', mapIndex: 0, ms: 1_000 },
      },
    ]);
  });

  it('what could be placed twice, with a pass in between, may not have been all along', () => {
    const story = new Decider(...runningRun(spec({ a: task() })), ...nodes('n1'));
    const { told, look, watchdog } = watched(story);
    look();
    story.wait(500);
    watchdog.passed(turnOf(story).at);
    story.wait(500);
    look();
    expect(told).toEqual([]);
    // And what a pass of the same instant has left, it has passed over.
    watchdog.passed(turnOf(story).at);
    look();
    expect(told).toMatchObject([{ run: 'r1', task: 'a' }]);
  });

  it('time in which the leader cannot decide does not count', () => {
    const story = new Decider(...runningRun(spec({ a: task() })), ...nodes('n1'));
    const { told, look, watchdog } = watched(story);
    look();
    story.wait(900);
    watchdog.rest();
    story.wait(900);
    look();
    expect(told).toEqual([]);
  });

  it('is silent about what waits for room, for a pool, or in a paused run', () => {
    const tasks = {
      room: task({ resources: { slots: 5 } }),
      pool: task({ pool: 'p' }),
      kept: task({ resources: { slots: 4 }, priority: -9 }),
    };
    const pool = { slots: 0, description: '', updatedAt: start, updatedBy: 'test' };
    const queued = queuedRun('r2', { name: 'd', content: spec(tasks) });
    const paused: RunRow = { ...queued, status: 'running', startedAt: start, isPaused: true };
    const story = new Decider(
      ...runningRun(spec(tasks)),
      ...[poolFact({ namespace: here, name: 'p', ...pool }), runFact(paused)],
      nodeFact(node('n1', { capacity: { slots: 4 } })),
    );
    story.assign();
    const { told, look } = watched(story);
    for (let second = 0; second < 4; second++) {
      look();
      story.wait(1_000);
    }
    expect(told).toEqual([]);
  });
});

describe('watchdog: of a leader', () => {
  const undispatched = ({ events }: LeaderKit): number =>
    events.filter(({ name }) => name === 'scheduler.undispatched').length;

  /** A node, and a DAG of two tasks that fit on it. */
  function led(): LeaderKit {
    const kit = new LeaderKit();
    kit.heartbeat('n1', { capacity: { slots: 1 } });
    kit.drain(asks(applyDag('d', spec({ a: task(), b: task() }))));
    kit.settle();
    return kit;
  }

  it('a pass that places nothing is found out within two seconds', () => {
    const kit = led();
    // A pass that passes everybody over.
    kit.leader.board.ready.pass = () => {};
    kit.drain(asks(startRun('d', 'r1')));
    kit.settle();
    kit.pass(1_000);
    kit.pass(1_000);
    expect(undispatched(kit)).toBe(1);
    expect(kit.events.at(-1)?.fields).toMatchObject({ run: 'r1', task: 'a' });
  });

  it('a leader that places what fits is left alone', () => {
    const kit = led();
    kit.drain(asks(startRun('d', 'r1')));
    for (let second = 0; second < 5; second++) {
      kit.settle();
      kit.heartbeat('n1', { capacity: { slots: 1 } });
      kit.pass(1_000);
    }
    expect(undispatched(kit)).toBe(0);
  });

  it('what is closed to a task does not change who of the others comes first', () => {
    const kit = new LeaderKit();
    kit.recordVersionMax = 3;
    const beat = () => kit.heartbeat('n1', { capacity: { slots: 9 } });
    const pool = (name: string, slots: number) =>
      asks({ kind: 'put-pool', namespace: here, name, slots, description: '' });
    const ageing = { order: 'fcfs', fairShare: null, classAgeingMs: 1_000 } as const;
    beat();
    kit.drain(pool('p', 2), pool('none', 0), asks({ kind: 'put-scheduling', ...ageing }));
    kit.drain(
      asks(applyDag('hold', spec({ a: task({ pool: 'p' }) }))),
      asks(startRun('hold', 'r0')),
    );
    kit.drain(asks(applyDag('old', spec({ a: task({ pool: 'p', poolSlots: 2 }) }))));
    kit.drain(asks(startRun('old', 'r1')));
    kit.settle();
    for (let second = 0; second < 20; second++) {
      kit.pass(1_000);
      beat();
      kit.settle();
    }
    // The slot that is left is kept for r1, whose class has risen. Of its class is also r2, which
    // would go before it, and cannot.
    const closed = task({ pool: 'none', priority: 100 });
    const higher = { ...spec({ b: task({ pool: 'p' }) }), priorityClass: 'high' } as const;
    kit.drain(asks(applyDag('closed', spec({ a: closed }))), asks(startRun('closed', 'r2')));
    kit.drain(asks(applyDag('higher', higher)), asks(startRun('higher', 'r3')));
    for (let second = 0; second < 5; second++) {
      kit.settle();
      beat();
      kit.pass(1_000);
    }
    expect(kit.state.task(here, runId('r3'), taskId('b'), 0)?.status).toBeUndefined();
    expect(undispatched(kit)).toBe(0);
  });

  it('while entries cannot be committed nobody is blamed', () => {
    const kit = led();
    kit.leader.board.ready.pass = () => {};
    kit.drain(asks(startRun('d', 'r0')));
    for (let run = 1; run <= 8; run++) kit.drain(asks(startRun('d', `r${run}`)));
    expect(kit.log.pending).toBeGreaterThan(3);
    for (let second = 0; second < 5; second++) kit.pass(1_000);
    expect(undispatched(kit)).toBe(0);
    kit.settle();
    kit.pass(1_000);
    kit.pass(1_000);
    expect(undispatched(kit)).toBeGreaterThan(0);
  });
});

it('watchdog: whatever storms come, nobody who could start is passed over', () => {
  fc.assert(
    fc.property(
      fc.array(anyContent, { minLength: 1, maxLength: 2 }),
      anyGusts(60),
      (all, gusts) => {
        const storm = new Storm(all);
        for (const gust of gusts) storm.blow(gust);
        storm.calm();
        const told = storm.kit.events.filter(({ name }) => name === 'scheduler.undispatched');
        expect(told).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

import { describe, expect, it } from 'vitest';
import { runId } from '../base/brand.ts';
import { variableFact } from '../model/fact.ts';
import { begun } from './testing/begun.ts';
import { rowsOf, tasksIn } from './testing/decider.ts';
import { asks, behind, here, later, start, task } from './testing/rows.ts';

describe('conditions', () => {
  it('a task whose condition is true stands in the ready queue', () => {
    const story = begun({ a: task({ condition: '1 + 1 == 2' }) });
    expect(story.row('a')).toBeUndefined();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('a task whose condition is false is skipped, and says why', () => {
    const story = begun({ a: task({ condition: '1 > 2' }), b: behind(['a']) });
    expect(story.row('a')).toMatchObject({
      status: 'skipped',
      reason: 'its condition is false: 1 > 2',
    });
    expect(story.status('b')).toBe('skipped');
  });

  it('a condition that cannot be evaluated, or is no condition, fails the task', () => {
    for (const condition of ['params.missing > 1', '1 + 1', 'nonsense(']) {
      const story = begun({ a: task({ condition }) });
      expect(story.row('a')).toMatchObject({ status: 'failed', attempts: [] });
      expect(story.row('a')).toMatchObject({
        reason: expect.stringContaining('its condition cannot be evaluated: '),
      });
    }
  });

  it('reads outputs of upstream tasks, and waits for them', () => {
    const story = begun({
      a: task(),
      b: behind(['a'], { condition: 'tasks.a.output.rows > 2 && tasks.a.state == "success"' }),
      c: behind(['a'], { condition: 'tasks.a.output.rows > 3' }),
    });
    story.assign();
    story.when(story.ends('a', 'success', { output: '{"rows":3}' }));
    expect(story.status('c')).toBe('skipped');
    expect(tasksIn(story.assign().facts)).toEqual(['b: queued']);
  });

  it('reads variables of its own namespace', () => {
    const variable = {
      ...{ namespace: here, name: 'go', value: true, updatedAt: start, updatedBy: 'ada' },
    };
    const tasks = { a: task({ condition: 'vars.go' }) };
    const story = begun(tasks, { past: [variableFact(variable)] });
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });
});

describe('delays', () => {
  it('a delayed task waits without a slot, and starts once its time has come', () => {
    const story = begun({ a: task({ delayMs: 5000 }) });
    expect(story.row('a')).toMatchObject({
      status: 'deferred',
      until: later(5000),
      waitsFor: { kind: 'time', goal: 'start' },
    });
    expect(tasksIn(story.wait(4999).wake().facts)).toEqual([]);
    expect(tasksIn(story.assign().facts)).toEqual([]);
    story.wait(1).wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('a false condition is told before the delay', () => {
    const story = begun({ a: task({ delayMs: 5000, condition: 'false' }) });
    expect(story.status('a')).toBe('skipped');
  });

  it('what the leader does itself begins behind the delay', () => {
    const action = { kind: 'wait', forMs: 1000, until: null } as const;
    const story = begun({ a: task({ delayMs: 5000, action }) });
    story.wait(5000).wake();
    expect(story.row('a')).toMatchObject({ until: later(6000), waitsFor: { goal: 'succeed' } });
    story.wait(1000).wake();
    expect(story.status('a')).toBe('success');
  });
});

describe('pauses', () => {
  it('nothing begins in a paused run; resumed, it does', () => {
    const tasks = { a: task({ condition: 'true' }), b: task({ delayMs: 1 }) };
    const story = begun(tasks, { run: { isPaused: true } });
    expect([story.status('a'), story.status('b')]).toEqual([undefined, undefined]);
    expect(story.assign().facts).toEqual([]);
    const kind = 'pause-run';
    const resume = { kind, namespace: here, runId: runId('r1'), paused: false } as const;
    story.when(asks(resume));
    expect(story.status('b')).toBe('deferred');
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });
});

describe('rebuilding', () => {
  it('a new leader begins again what had not become a fact, and decides the same', () => {
    const story = begun({ a: task({ condition: 'true' }), b: task({ delayMs: 5 }) });
    const row = story.row('b');
    story.board.rebuild();
    expect(rowsOf('task', story.wake().facts)).toEqual([]);
    expect(story.row('b')).toEqual(row);
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('W28: a deadline that was set before the fail-over still comes, once', () => {
    const story = begun({ a: task({ delayMs: 5 }) });
    story.board.rebuild();
    story.wait(5).wake();
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
    story.board.rebuild();
    story.wait(5).wake();
    expect(tasksIn(story.assign().facts)).toEqual([]);
    expect(story.status('a')).toBe('queued');
  });
});

import { describe, expect, it } from 'vitest';
import { taskId } from '../../base/brand.ts';
import { Decider, runsIn, tasksIn } from '../testing/decider.ts';
import { asks, behind, cancelRun, nodes, rerun, runningRun, spec, task } from '../testing/rows.ts';

describe('rerun', () => {
  /** a succeeded, b failed, c was not reached; the run has ended. */
  function ended() {
    const content = spec({ a: task(), b: behind(['a']), c: behind(['b']) });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    story.assign();
    story.when(story.ends('a', 'success', { output: '1' }));
    story.assign();
    const { turn } = story.when(story.ends('b', 'failed'));
    const past = turn.applied.at(-1)?.ended;
    if (past === undefined) throw new Error('the run has ended');
    return { story, past };
  }

  it('T03: a terminal task goes back to pending only by a rerun, with its past kept', () => {
    const { story, past } = ended();
    const asked = asks(rerun('r1', { failedOnly: true }), { ended: past });
    const { facts, answer } = story.when(asked);
    expect(tasksIn(facts)).toEqual(['a: success', 'b: pending', 'c: pending']);
    expect(runsIn(facts)).toEqual(['r1: queued', 'r1: running']);
    expect(answer).toEqual({
      ok: true,
      value: { kind: 'run-restarted', runId: 'r1', tasks: ['b', 'c'] },
    });
    expect(story.state.run(past.run.namespace, past.run.runId)?.run.generation).toBe(2);
    story.assign();
    expect(story.live('b').attempt.number).toBe(2);
    expect(story.live('b').tries).toBe(0);
  });

  it('keeps the outputs of tasks that are not chosen and drops the others', () => {
    const { story, past } = ended();
    story.when(asks(rerun('r1', { failedOnly: true }), { ended: past }));
    expect(story.state.count('output')).toBe(1);
    const again = ended();
    again.story.when(asks(rerun('r1'), { ended: again.past }));
    expect(again.story.state.count('output')).toBe(0);
  });

  it('T01: a rerun of a failed task runs its descendants when it succeeds', () => {
    const { story, past } = ended();
    story.when(asks(rerun('r1', { failedOnly: true }), { ended: past }));
    story.assign();
    story.when(story.ends('b'));
    story.assign();
    expect(runsIn(story.when(story.ends('c')).facts)).toEqual(['r1: success']);
  });

  it('W02: a task that was ready when its run was cancelled waits again after a rerun', () => {
    const content = spec({ a: task(), b: behind(['a']) });
    const story = new Decider(...runningRun(content), ...nodes('n1'));
    story.assign();
    story.when(story.ends('a'));
    const { turn } = story.when(asks(cancelRun('r1')));
    const past = turn.applied.findLast((each) => each.ended !== undefined)?.ended ?? null;
    story.when(asks(rerun('r1'), { ended: past }));
    expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
  });

  it('refuses an unknown run, an unknown task, and nothing to do', () => {
    const { story, past } = ended();
    const code = (...args: Parameters<typeof asks>) => {
      const { answer } = story.when(asks(...args));
      return answer?.ok === false ? answer.error.code : 'none';
    };
    expect(code(rerun('x'))).toBe('RUN_NOT_FOUND');
    const strange = { tasks: ['z' as (typeof past.tasks)[number]['taskId']] };
    expect(code(rerun('r1', strange), { ended: past })).toBe('TASK_NOT_FOUND');
    const succeeded = past.tasks.filter(({ taskId }) => taskId === 'a').map((row) => row.taskId);
    const nothing = rerun('r1', { tasks: succeeded, failedOnly: true });
    expect(code(nothing, { ended: past })).toBe('NOTHING_TO_RERUN');
    expect(code(rerun('r1'), { ended: past })).toBe('none');
    // It lives again, and nothing of it has ended but what was kept.
    expect(code(rerun('r1', { failedOnly: true }))).toBe('RUN_ACTIVE');
  });

  describe('in a run that is alive', () => {
    /** a and x have ended; b, behind a, is under way; c waits behind b. */
    function alive() {
      const tasks = { a: task(), b: behind(['a']), c: behind(['b']), x: task() };
      const story = new Decider(...runningRun(spec(tasks)), ...nodes('n1'));
      story.assign();
      story.when(story.ends('a'));
      story.when(story.ends('x', 'failed'));
      story.assign();
      return story;
    }

    it('sets back what has ended, and it runs again', () => {
      const story = alive();
      const { facts, answer } = story.when(asks(rerun('r1', { failedOnly: true })));
      expect(tasksIn(facts)).toEqual(['x: pending']);
      expect(answer).toMatchObject({ ok: true, value: { tasks: ['x'] } });
      expect(tasksIn(story.assign().facts)).toEqual(['x: queued']);
      story.when(story.ends('x'));
      story.when(story.ends('b'));
      story.assign();
      expect(runsIn(story.when(story.ends('c')).facts)).toEqual(['r1: success']);
    });

    it('refuses while something behind it is under way, and names it', () => {
      const story = alive();
      const { facts, answer } = story.when(asks(rerun('r1', { tasks: [taskId('a')] })));
      expect(facts).toEqual([]);
      expect(answer).toMatchObject({ ok: false, error: { code: 'TASK_ACTIVE' } });
      expect(JSON.stringify(answer)).toContain('follows: b');
    });

    it('W02: what was ready behind it does not start before it', () => {
      const content = spec({ a: task(), b: behind(['a']) });
      const story = new Decider(...runningRun(content), ...nodes('n1'));
      story.assign();
      story.when(story.ends('a'));
      story.when(asks(rerun('r1')));
      expect(tasksIn(story.assign().facts)).toEqual(['a: queued']);
    });
  });
});

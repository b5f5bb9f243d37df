import { describe, expect, it } from 'vitest';
import { runId, taskId } from '../../base/brand.ts';
import type { OperatorCommand } from '../../model/command.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import { Decider, kindsOf, runsIn, tasksIn } from '../testing/decider.ts';
import { asks, behind, here, nodes, runningRun, spec, task } from '../testing/rows.ts';

type Mark = Extract<OperatorCommand, { readonly kind: 'mark-tasks' }>;

const mark = (id: string, as: Mark['as'], more: Partial<Mark> = {}): Mark => ({
  kind: 'mark-tasks',
  namespace: here,
  runId: runId('r1'),
  tasks: [taskId(id)],
  mapIndex: null,
  as,
  note: 'by hand',
  force: false,
  ...more,
});

const chain = spec({ a: task(), b: behind(['a']), c: behind(['b']) });
const started = (content = chain): Decider => {
  const story = new Decider(...runningRun(content), ...nodes('n1'));
  story.assign();
  return story;
};

describe('mark in a living run', () => {
  it('ends what waits at once, and what is behind it goes on', () => {
    const story = started();
    const { facts, answer } = story.when(asks(mark('b', 'success')));
    expect(tasksIn(facts)).toEqual(['b: success']);
    expect(answer).toEqual({ ok: true, value: { kind: 'tasks-marked', tasks: ['b'] } });
    expect(tasksIn(story.assign().facts)).toEqual(['c: queued']);
    expect(story.row('b')).toMatchObject({ markedBy: 'ada' });
    const notes = story.state.run(here, runId('r1'))?.run.notes;
    expect(notes).toMatchObject([{ by: 'ada', text: 'marked b as success: by hand' }]);
  });

  it('refuses what is under way unless it may be stopped', () => {
    const story = started();
    const { facts, answer } = story.when(asks(mark('a', 'success')));
    expect(facts).toEqual([]);
    expect(answer).toMatchObject({ ok: false, error: { code: 'TASK_ACTIVE' } });
  });

  it('W09: stopped by force, it ends as marked when its process is gone, not before', () => {
    const story = started();
    const { effects } = story.when(asks(mark('a', 'success', { force: true })));
    expect(kindsOf(effects)).toContain('revoke');
    expect(story.status('a')).toBe('queued');
    story.when(story.ends('a', 'cancelled'));
    expect(story.row('a')).toMatchObject({ status: 'success', markedBy: 'ada' });
    expect(tasksIn(story.assign().facts)).toEqual(['b: queued']);
  });

  it('mends a failure: what it closed behind it waits again', () => {
    const content = spec({ ...chain.tasks, x: task({ resources: { slots: 9 } }) });
    const story = started(content);
    story.when(story.ends('a', 'failed'));
    expect(story.status('c')).toBe('upstream_failed');
    const { facts } = story.when(asks(mark('a', 'success')));
    expect(tasksIn(facts)).toEqual(['a: pending', 'b: pending', 'c: pending', 'a: success']);
    expect(tasksIn(story.assign().facts)).toEqual(['b: queued']);
  });

  it('a task that is marked as it is stays as it is', () => {
    const content = spec({ a: task(), x: task({ resources: { slots: 9 } }) });
    const story = started(content);
    story.when(story.ends('a'));
    expect(tasksIn(story.when(asks(mark('a', 'success'))).facts)).toEqual([]);
  });

  it('refuses tasks and instances that are not there', () => {
    const story = started();
    const code = (command: Mark): string => {
      const { answer } = story.when(asks(command));
      return answer?.ok === false ? answer.error.code : 'none';
    };
    expect(code(mark('z', 'success'))).toBe('TASK_NOT_FOUND');
    expect(code(mark('b', 'success', { mapIndex: 3 }))).toBe('TASK_NOT_FOUND');
    expect(code(mark('b', 'success', { runId: runId('none') }))).toBe('RUN_NOT_FOUND');
  });
});

describe('mark in an ended run', () => {
  function failed(): { readonly story: Decider; readonly past: EndedRun } {
    const story = started();
    const { turn } = story.when(story.ends('a', 'failed'));
    const past = turn.applied.findLast((each) => each.ended !== undefined)?.ended;
    if (past === undefined) throw new Error('the run has ended');
    return { story, past };
  }

  it('takes the run up again: it goes on behind what was mended', () => {
    const { story, past } = failed();
    const { facts } = story.when(asks(mark('a', 'success'), { ended: past }));
    expect(runsIn(facts)).toEqual(['r1: queued', 'r1: running']);
    expect(tasksIn(facts)).toEqual(['a: pending', 'b: pending', 'c: pending', 'a: success']);
    expect(story.state.run(here, runId('r1'))?.run.generation).toBe(2);
    story.assign();
    story.when(story.ends('b'));
    story.assign();
    expect(runsIn(story.when(story.ends('c')).facts)).toEqual(['r1: success']);
  });

  it('T02: ends it by its leaves when nothing is left to run', () => {
    const { story, past } = failed();
    const all = mark('a', 'skipped', { tasks: ['a', 'b', 'c'].map(taskId) });
    const { facts } = story.when(asks(all, { ended: past }));
    expect(runsIn(facts)).toEqual(['r1: queued', 'r1: running', 'r1: success']);
  });
});

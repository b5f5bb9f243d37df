import { describe, expect, it } from 'vitest';
import { runId } from '../../base/brand.ts';
import type { OperatorCommand } from '../../model/command.ts';
import type { DagSpec } from '../../model/dag.ts';
import { Decider, rowsOf, tasksIn } from '../testing/decider.ts';
import { asks, behind, here, nodes, runningRun, spec, task, versionOf } from '../testing/rows.ts';

type Edit = Extract<OperatorCommand, { readonly kind: 'edit-run' }>;

const edit = (more: Partial<Edit>): Edit => ({
  kind: 'edit-run',
  namespace: here,
  runId: runId('r1'),
  params: null,
  version: null,
  note: '',
  ...more,
});
const to = (content: DagSpec): Partial<Edit> => ({
  version: { versionId: versionOf(content), spec: content },
});
const pause = (paused: boolean): OperatorCommand => ({
  kind: 'pause-run',
  namespace: here,
  runId: runId('r1'),
  paused,
});

const text = { type: 'string', default: 'x', enum: null } as const;
const before = spec({ a: task(), b: behind(['a']) }, { params: { day: text } });

const started = (): Decider => {
  const story = new Decider(...runningRun(before), ...nodes('n1'));
  story.assign();
  return story;
};
const run = (story: Decider) => story.state.run(here, runId('r1'))!.run;

describe('edit', () => {
  it('gives the run other params, checked against what is declared', () => {
    const story = started();
    story.when(asks(edit({ params: { day: 'y' }, note: 'typo' })));
    expect(run(story).params).toEqual({ day: 'y' });
    expect(run(story).notes).toMatchObject([{ by: 'ada', text: 'edited params: typo' }]);
    const { answer, facts } = story.when(asks(edit({ params: { other: 1 } })));
    expect(answer).toMatchObject({ ok: false, error: { code: 'PARAM_INVALID' } });
    expect(facts).toEqual([]);
  });

  it('W26: gives it another definition for what has not started; others keep theirs', () => {
    const story = started();
    const after = spec({ a: task(), b: behind(['a'], { retries: 3 }), c: behind(['b']) });
    const { facts } = story.when(asks(edit(to(after))));
    expect(rowsOf('version', facts)).toHaveLength(1);
    expect(run(story).versionId).toBe(versionOf(after));
    expect([...story.state.dags()][0]?.versionId).toBe(versionOf(before));
    story.when(story.ends('a'));
    expect(tasksIn(story.assign().facts)).toEqual(['b: queued']);
    story.when(story.ends('b'));
    expect(tasksIn(story.assign().facts)).toEqual(['c: queued']);
  });

  it('refuses to change what has begun, and says why', () => {
    const story = started();
    const refused = (content: DagSpec): string => {
      const { answer, facts } = story.when(asks(edit(to(content))));
      expect(facts).toEqual([]);
      return answer?.ok === false ? `${answer.error.code} ${answer.error.detail}` : 'none';
    };
    expect(refused(spec({ b: task() }))).toContain(
      'EDIT_REFUSED run r1: task a has begun and must',
    );
    expect(refused(spec({ a: behind(['z']), z: task() }))).toContain(
      'what it depends on must stay',
    );
    expect(refused(spec({ a: task({ retries: 1 }) }))).toContain('is under way and must stay');
  });

  it('B2: a changed definition frees exactly the room that attempts under way take', () => {
    const story = started();
    story.when(asks(edit(to(spec({ a: task(), b: behind(['a'], { resources: { slots: 4 } }) })))));
    story.when(story.ends('a'));
    story.assign();
    expect(story.board.load('n1')).toEqual({ slots: 4 });
    story.when(story.ends('b'));
    expect(story.board.load('n1')).toEqual({});
  });
});

describe('pause', () => {
  it('nothing begins while the run is paused; resumed it goes on', () => {
    const story = started();
    story.when(asks(pause(true)));
    story.when(story.ends('a'));
    expect(story.assign().facts).toEqual([]);
    story.when(asks(pause(false)));
    expect(tasksIn(story.assign().facts)).toEqual(['b: queued']);
    expect(run(story).notes?.map((note) => note.text)).toEqual(['paused', 'resumed']);
  });

  it('the same again changes nothing, and a run that is not there cannot be paused', () => {
    const story = started();
    expect(rowsOf('run', story.when(asks(pause(false))).facts)).toEqual([]);
    const none = { ...pause(true), runId: runId('none') } as OperatorCommand;
    expect(story.when(asks(none)).answer).toMatchObject({
      ok: false,
      error: { code: 'RUN_NOT_FOUND' },
    });
  });
});

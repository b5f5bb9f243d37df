import { describe, expect, it } from 'vitest';
import { runId, taskId } from '../../base/brand.ts';
import type { OperatorCommand } from '../../model/command.ts';
import type { LeaderAction, ParamSpec } from '../../model/dag.ts';
import { taskKey } from '../../model/keys.ts';
import { begun, begunAction } from '../testing/begun.ts';
import { type Decider, tasksIn } from '../testing/decider.ts';
import { asks, behind, cancelRun, here, later, task } from '../testing/rows.ts';
import type { ActionOf } from './action-of.ts';

const count: ParamSpec = { type: 'integer', default: null, enum: null };
const approval = (differs: Partial<ActionOf<'approval'>> = {}): LeaderAction => ({
  kind: 'approval',
  message: 'Ship {{ dag_id }}?',
  fields: {},
  onReject: 'fail',
  onTimeout: 'fail',
  ...differs,
});

type Decide = Extract<OperatorCommand, { readonly kind: 'decide-approval' }>;

const decide = (differs: Partial<Decide> = {}): Decide => ({
  kind: 'decide-approval',
  namespace: here,
  runId: runId('r1'),
  taskId: taskId('a'),
  mapIndex: 0,
  approved: true,
  values: {},
  note: '',
  ...differs,
});

const outputOf = (story: Decider): unknown => {
  const run = story.state.run(here, runId('r1'));
  const json = run?.outputs.get(taskKey(here, runId('r1'), taskId('a'), 0))?.json;
  return json === undefined ? undefined : JSON.parse(json);
};

const codeOf = (story: Decider, command: Decide): string => {
  const { answer } = story.when(asks(command));
  return answer?.ok ? 'ok' : (answer?.error.code ?? 'no answer');
};

describe('approval', () => {
  it('waits for a person, with its message rendered', () => {
    const story = begunAction(approval());
    expect(story.row('a')).toMatchObject({
      ...{ status: 'deferred', until: null, attempts: [] },
      waitsFor: { kind: 'approval', message: 'Ship d?' },
    });
    expect(story.assign().facts).toEqual([]);
  });

  it('a message that cannot be rendered fails it', () => {
    const story = begunAction(approval({ message: '{{ params.nothing }}' }));
    expect(story.row('a')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('its message cannot be rendered: '),
    });
  });

  it('approved, it succeeds, and its output says who, why and what', () => {
    const story = begun({ a: task({ action: approval({ fields: { count } }) }), b: behind(['a']) });
    const { answer, facts } = story.when(asks(decide({ values: { count: 3 }, note: 'fine' })));
    expect(answer).toEqual({ ok: true, value: { kind: 'approval-decided', approved: true } });
    expect(tasksIn(facts)).toEqual(['a: success']);
    expect(outputOf(story)).toEqual({
      ...{ approved: true, by: 'ada', note: 'fine', values: { count: 3 } },
    });
    expect(tasksIn(story.assign().facts)).toEqual(['b: queued']);
  });

  it('rejected, it fails or is skipped, as it says; the output is there all the same', () => {
    const failing = begunAction(approval());
    failing.when(asks(decide({ approved: false, note: 'too early' })));
    expect(failing.row('a')).toMatchObject({
      ...{ status: 'failed', reason: 'rejected by ada: too early' },
    });
    expect(outputOf(failing)).toMatchObject({ approved: false, by: 'ada', note: 'too early' });
    const skipping = begunAction(approval({ onReject: 'skip' }));
    skipping.when(asks(decide({ approved: false })));
    expect(skipping.row('a')).toMatchObject({ status: 'skipped', reason: 'rejected by ada' });
  });

  it('values must agree with the form', () => {
    const story = begunAction(approval({ fields: { count } }));
    for (const values of [{}, { count: 'three' }, { count: 1, more: 2 }]) {
      expect(codeOf(story, decide({ values }))).toBe('PARAM_INVALID');
    }
    expect(story.status('a')).toBe('deferred');
  });

  it('values that are more than an output may be are refused', () => {
    const text: ParamSpec = { type: 'string', default: null, enum: null };
    const story = begunAction(approval({ fields: { text } }));
    const values = { text: 'ä'.repeat(33_000) };
    expect(codeOf(story, decide({ values }))).toBe('PARAM_INVALID');
  });

  it('the second decision is refused; the same request again gets the same answer', () => {
    const story = begunAction(approval());
    const first = asks(decide(), { key: 'once' });
    story.when(first);
    expect(codeOf(story, decide({ approved: false }))).toBe('APPROVAL_DECIDED');
    const again = story.when(first);
    expect(again.facts).toEqual([]);
    expect(again.answer).toMatchObject({ ok: true });
  });

  it('is refused where nothing waits for it', () => {
    const story = begun({ a: task(), b: behind(['a'], { action: approval() }) });
    expect(codeOf(story, decide())).toBe('APPROVAL_NOT_OPEN');
    expect(codeOf(story, decide({ taskId: taskId('b') }))).toBe('APPROVAL_NOT_OPEN');
    expect(codeOf(story, decide({ taskId: taskId('z') }))).toBe('TASK_NOT_FOUND');
    expect(codeOf(story, decide({ runId: runId('r9') }))).toBe('RUN_NOT_FOUND');
  });

  it('a cancelled run is not to be approved', () => {
    const story = begunAction(approval());
    story.when(asks(cancelRun('r1')));
    expect(codeOf(story, decide())).toBe('RUN_ENDED');
  });
});

describe('approval: time limits', () => {
  it.each([
    ['fail', 'failed'],
    ['skip', 'skipped'],
    ['approve', 'success'],
  ] as const)('onTimeout %s ends it as %s', (onTimeout, status) => {
    const story = begunAction(approval({ onTimeout }), { timeoutMs: 60_000 });
    expect(story.row('a')).toMatchObject({ until: later(60_000) });
    story.wait(59_999).wake();
    expect(story.status('a')).toBe('deferred');
    story.wait(1).wake();
    expect(story.status('a')).toBe(status);
    if (onTimeout === 'approve') {
      expect(outputOf(story)).toMatchObject({ approved: true, by: 'timeout', values: {} });
    } else expect(story.row('a')).toMatchObject({ reason: 'nobody decided within 1m00s' });
  });

  it('onTimeout approve takes the defaults of the form, and fails where there are none', () => {
    const withDefault = { ...count, default: 7 };
    const action = (fields: Readonly<Record<string, ParamSpec>>): LeaderAction =>
      approval({ onTimeout: 'approve', fields });
    const story = begunAction(action({ count: withDefault }), { timeoutMs: 1 });
    story.wait(1).wake();
    expect(outputOf(story)).toMatchObject({ values: { count: 7 } });
    const without = begunAction(action({ count }), { timeoutMs: 1 });
    without.wait(1).wake();
    expect(without.row('a')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('its form has no defaults to go on with'),
    });
  });

  it('W28: a decision in time takes the deadline away', () => {
    const story = begunAction(approval(), { timeoutMs: 60_000 });
    story.when(asks(decide()));
    expect(tasksIn(story.wait(60_000).wake().facts)).toEqual([]);
    expect(story.status('a')).toBe('success');
  });
});

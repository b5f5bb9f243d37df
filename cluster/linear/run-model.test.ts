import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../src/model/run.ts';
import type { History } from './history.ts';
import { type RunInput, type RunOutput, runModel } from './run-model.ts';
import { search } from './search.ts';

type Step = readonly [RunInput, RunOutput | null];

const create = (requestId: string, kind: 'done' | 'exists' = 'done'): Step => [
  { kind: 'create', requestId },
  { kind },
];
const cancel = (kind: 'done' | 'ended' | 'missing' = 'done'): Step => [
  { kind: 'cancel' },
  { kind },
];
const rerun = (kind: 'done' | 'active' | 'missing' = 'done'): Step => [{ kind: 'rerun' }, { kind }];
const get = (status: RunStatus, generation: number | null = null): Step => [
  { kind: 'get' },
  { kind: 'run', status, generation },
];
const none: Step = [{ kind: 'get' }, { kind: 'missing' }];

/** One after the other; a step without an output never returns. */
const historyOf = (steps: readonly Step[]): History<RunInput, RunOutput> =>
  steps.map(([input, output], at) => {
    const back = output === null ? null : 2 * at + 1;
    return { client: 'a', key: 'r1', input, output, call: 2 * at, return: back };
  });

const judge = (...steps: readonly Step[]): string =>
  search(historyOf(steps), runModel({ madeElsewhere: false })).status;

const judgeOther = (...steps: readonly Step[]): string =>
  search(historyOf(steps), runModel({ madeElsewhere: true })).status;

describe('linear: what a run may do', () => {
  it('advances by itself, seen or not', () => {
    expect(judge(none, create('k'), get('queued'), get('running'), get('success'))).toBe(
      'linearizable',
    );
    expect(judge(create('k'), get('failed'))).toBe('linearizable');
  });

  it('is created once for one request, however often that is repeated', () => {
    expect(judge(create('k'), get('running'), create('k'), get('running'))).toBe('linearizable');
    expect(judge(create('k'), create('other', 'exists'))).toBe('linearizable');
  });

  it('is cancelled at once while it waits, and in two steps while it runs', () => {
    expect(judge(create('k'), cancel(), get('cancelled'))).toBe('linearizable');
    expect(judge(create('k'), get('running'), cancel(), get('cancelling'), get('cancelled'))).toBe(
      'linearizable',
    );
    expect(judge(create('k'), cancel(), cancel(), get('cancelled'), cancel('ended'))).toBe(
      'linearizable',
    );
  });

  it('fails when its time is up, even if somebody cancels it meanwhile', () => {
    expect(judge(create('k'), get('cancelling'), cancel(), get('failed'))).toBe('linearizable');
  });

  it('is taken up again with the next generation', () => {
    const first = [create('k'), get('success', 1), rerun()];
    expect(judge(...first, get('queued', 2), get('failed', 2))).toBe('linearizable');
    expect(judge(create('k'), get('running'), rerun('active'))).toBe('linearizable');
  });

  it('may have been cancelled by a request without an answer', () => {
    const lost: Step = [{ kind: 'cancel' }, null];
    expect(judge(create('k'), lost, get('running'), get('cancelled'))).toBe('linearizable');
    expect(judge(create('k'), lost, get('running'), get('success'))).toBe('linearizable');
  });

  it('may come from somebody who left no history', () => {
    expect(judgeOther(none, get('running'), cancel(), get('cancelled'))).toBe('linearizable');
  });
});

describe('linear: what a run never does', () => {
  const broken: Readonly<Record<string, readonly Step[]>> = {
    'is there before it was created': [get('queued'), create('k')],
    'is gone after it was acknowledged': [create('k'), none],
    'is created by two requests': [create('k'), create('other')],
    'exists for its own request only as a conflict': [create('k'), create('k', 'exists')],
    'goes back to the queue': [create('k'), get('running'), get('queued')],
    'changes its end': [create('k'), get('success'), get('failed')],
    'is cancelled although nobody asked': [create('k'), get('cancelled')],
    'goes on after its cancel was acknowledged': [create('k'), cancel(), get('running')],
    'succeeds after its cancel was acknowledged': [
      create('k'),
      get('running'),
      cancel(),
      get('success'),
    ],
    'is cancelled after it has ended': [create('k'), get('success'), cancel()],
    'has ended for one client and goes on for another': [
      create('k'),
      cancel('ended'),
      get('running'),
    ],
    'is taken up again before it has ended': [
      create('k'),
      get('running'),
      cancel('ended'),
      rerun('active'),
    ],
    'comes again without being asked': [create('k'), get('success', 1), get('running', 2)],
    'forgets that it was taken up again': [
      create('k'),
      get('success', 1),
      rerun(),
      get('success', 1),
    ],
    'is unknown to a command and known to a read': [create('k'), cancel('missing')],
  };
  for (const [name, steps] of Object.entries(broken)) {
    it(name, () => expect(judge(...steps)).toBe('broken'));
  }

  it('goes missing again, whoever made it', () => {
    expect(judgeOther(get('queued'), none)).toBe('broken');
  });
});

import { describe, expect, it } from 'vitest';
import { runId, taskId } from '../../base/brand.ts';
import type { LeaderAction } from '../../model/dag.ts';
import { taskKey } from '../../model/keys.ts';
import { begun } from '../testing/begun.ts';
import type { Decider } from '../testing/decider.ts';
import { behind, here, task } from '../testing/rows.ts';
import type { ActionOf } from './action-of.ts';

const branch = (differs: Partial<ActionOf<'branch'>> = {}): LeaderAction => ({
  kind: 'branch',
  condition: 'true',
  follow: [taskId('yes')],
  otherwise: [taskId('no')],
  shortCircuit: false,
  ...differs,
});

const story = (action: LeaderAction): Decider =>
  begun({ a: task({ action }), yes: behind(['a']), no: behind(['a']) });

const outputOf = (of: Decider): string | undefined =>
  of.state.run(here, runId('r1'))?.outputs.get(taskKey(here, runId('r1'), taskId('a'), 0))?.json;

describe('branch', () => {
  it('follows some of its children where the condition is true, without a node', () => {
    const it = story(branch());
    expect(it.row('a')).toMatchObject({ status: 'success', attempts: [] });
    expect(outputOf(it)).toBe('{"follow":["yes"]}');
    expect([it.status('yes'), it.status('no')]).toEqual([undefined, 'skipped']);
  });

  it('follows the others where it is false', () => {
    const it = story(branch({ condition: '1 > 2' }));
    expect(outputOf(it)).toBe('{"follow":["no"]}');
    expect([it.status('yes'), it.status('no')]).toEqual(['skipped', undefined]);
  });

  it('follows all of its children if it names none', () => {
    const it = story(branch({ follow: null }));
    expect([it.status('yes'), it.status('no')]).toEqual([undefined, undefined]);
  });

  it('fails when its condition is none', () => {
    const it = story(branch({ condition: '"yes"' }));
    expect(it.row('a')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('its branch condition cannot be evaluated: '),
    });
    expect(it.status('yes')).toBe('upstream_failed');
  });
});

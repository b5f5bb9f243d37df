import { describe, expect, it } from 'vitest';
import { dagId } from '../../base/brand.ts';
import type { OperatorCommand } from '../../model/command.ts';
import { Decider } from '../testing/decider.ts';
import {
  applyDag,
  asks,
  dagFacts,
  here,
  nodes,
  spec,
  startRun,
  task,
  versionOf,
} from '../testing/rows.ts';

type Start = Extract<OperatorCommand, { readonly kind: 'start-canary' }>;

const old = spec({ a: task() }, { activeRunsMax: 2000 });
const fresh = spec({ a: task({ retries: 0, priority: 1 }) }, { activeRunsMax: 2000 });
const of = { namespace: here, dagId: dagId('d') };

const canary = (more: Partial<Start> = {}): Start => ({
  kind: 'start-canary',
  ...of,
  versionId: versionOf(fresh),
  spec: fresh,
  share: null,
  runs: 2,
  failureRateMax: null,
  runsMin: 1,
  ...more,
});
const promote = (content: typeof old): OperatorCommand => ({
  kind: 'promote-version',
  ...of,
  versionId: versionOf(content),
});

const story = () => new Decider(...dagFacts('d', old), ...nodes('n1'));
const dag = (decider: Decider) => decider.state.dag(here, dagId('d'))!;

/** Starts a run and says whether the canary got it. */
function takes(decider: Decider, id: string): boolean {
  decider.when(asks(startRun('d', id)));
  const live = [...decider.state.runs()].find(({ run }) => run.runId === id)!;
  return live.run.versionId === versionOf(fresh);
}

describe('canary', () => {
  it('the next N runs take it, and no more', () => {
    const decider = story();
    decider.when(asks(canary()));
    expect(['r1', 'r2', 'r3'].map((id) => takes(decider, id))).toEqual([true, true, false]);
    expect(dag(decider).canary).toMatchObject({ started: 2, runsLeft: 0 });
    expect(dag(decider).versionId).toBe(versionOf(old));
  });

  it('a share of the runs takes it, by their ids and not by chance', () => {
    const decider = story();
    decider.when(asks(canary({ share: 0.25, runs: null })));
    const ids = Array.from({ length: 1000 }, (_, at) => `run-${at}`);
    const taken = ids.filter((id) => takes(decider, id));
    expect(taken.length).toBeGreaterThan(200);
    expect(taken.length).toBeLessThan(300);
    const again = story();
    again.when(asks(canary({ share: 0.25, runs: null })));
    expect(ids.filter((id) => takes(again, id))).toEqual(taken);
  });

  it('returns by itself when too many of its runs have failed', () => {
    const decider = story();
    decider.when(asks(canary({ runs: 3, failureRateMax: 0.5, runsMin: 2 })));
    for (const id of ['r1', 'r2', 'r3']) takes(decider, id);
    decider.assign();
    decider.when(decider.ends('a', 'failed', { run: 'r1' }));
    expect(dag(decider).canary).toMatchObject({ failed: 1 });
    decider.when(decider.ends('a', 'failed', { run: 'r2' }));
    expect(dag(decider).canary).toBeUndefined();
    expect(takes(decider, 'r4')).toBe(false);
  });

  it('is over when a version is promoted or another one applied, and when somebody ends it', () => {
    const decider = story();
    decider.when(asks(canary()));
    decider.when(asks(promote(fresh)));
    expect(dag(decider)).toMatchObject({ versionId: versionOf(fresh) });
    expect(dag(decider).canary).toBeUndefined();
    decider.when(asks(promote(old)));
    decider.when(asks(canary()));
    decider.when(asks(applyDag('d', spec({ b: task() }))));
    expect(dag(decider).canary).toBeUndefined();
    decider.when(asks(canary()));
    decider.when(asks({ kind: 'end-canary', ...of }));
    expect(dag(decider).canary).toBeUndefined();
  });

  it('what was applied before stays with a canary when the same is applied again', () => {
    const decider = story();
    decider.when(asks(canary()));
    expect(decider.when(asks(applyDag('d', old))).answer).toMatchObject({
      ok: true,
      value: { outcome: 'unchanged' },
    });
    expect(dag(decider).canary).toBeDefined();
  });

  it('refuses the current version, no measure or two, and versions that are not there', () => {
    const decider = story();
    const code = (command: OperatorCommand): string => {
      const { answer } = decider.when(asks(command));
      return answer?.ok === false ? answer.error.code : 'none';
    };
    expect(code(canary({ versionId: versionOf(old), spec: old }))).toBe('CANARY_INVALID');
    expect(code(canary({ share: 0.5 }))).toBe('CANARY_INVALID');
    expect(code(canary({ runs: null }))).toBe('CANARY_INVALID');
    expect(code(promote(fresh))).toBe('VERSION_NOT_FOUND');
    expect(code({ kind: 'end-canary', ...of })).toBe('CANARY_NOT_FOUND');
  });
});

import { describe, expect, it } from 'vitest';
import { dagId } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import type { EventSource } from '../model/dag-trigger.ts';
import { type Fact, runFact } from '../model/fact.ts';
import { triggerLimits } from '../model/trigger.ts';
import type { Input } from './input.ts';
import { Decider, tasksIn } from './testing/decider.ts';
import {
  applyDag,
  asks,
  dagFacts,
  here,
  nodes,
  queuedRun,
  runningRun,
  spec,
  start,
  task,
} from './testing/rows.ts';

const listening = (sources: readonly EventSource[], differs: Partial<DagSpec> = {}): DagSpec => {
  const rest = { needs: 'any', windowMs: null, params: {}, whilePaused: 'keep' } as const;
  return spec({ a: task() }, { triggers: [{ name: 't', sources, ...rest }], ...differs });
};

const many = (count: number, content: DagSpec): readonly Fact[] =>
  Array.from({ length: count }, (_, at) => dagFacts(`d${at}`, structuredClone(content))).flat();

const sources: readonly EventSource[] = [
  { kind: 'asset', uri: 'asset://raw' },
  { kind: 'dag', dagId: dagId('up'), states: ['success'] },
  { kind: 'subject', subject: 'orders.new', filter: null },
  { kind: 'subject', subject: 'orders.>', filter: null },
  { kind: 'file', path: '/in/*.csv', labels: {} },
];

describe('triggers that hear of one thing', () => {
  it.each(sources)('have a limit, and one more is refused: $kind', (source) => {
    const content = listening([source]);
    const decider = new Decider(...many(triggerLimits.listeners, content));
    const another = asks(applyDag('another', content));
    expect(decider.when(another).answer).toMatchObject({ error: { code: 'LIMIT_REACHED' } });
    expect(decider.state.dag(here, dagId('another'))).toBeUndefined();
    // Those who listen already may be changed.
    const changed = listening([source], { description: 'changed' });
    expect(decider.when(asks(applyDag('d7', changed))).answer).toMatchObject({ ok: true });
    const other = listening([{ kind: 'asset', uri: 'asset://other' }]);
    expect(decider.when(asks(applyDag('other', other))).answer).toMatchObject({ ok: true });
  });

  it('count those of the same DAG, and an older version may not bring more', () => {
    const asset = { kind: 'asset', uri: 'asset://raw' } as const;
    const two = listening([asset, { ...asset }]);
    const decider = new Decider(...many(triggerLimits.listeners - 2, listening([asset])));
    expect(decider.when(asks(applyDag('x', two))).answer).toMatchObject({ ok: true });
    decider.when(asks(applyDag('x', listening([]))));
    decider.when(asks(applyDag('y', listening([{ ...asset }]))));
    const { versionId } = applyDag('x', two) as Extract<
      ReturnType<typeof applyDag>,
      { readonly kind: 'apply-dag' }
    >;
    const kind = 'promote-version';
    const again = decider.when(asks({ kind, namespace: here, dagId: dagId('x'), versionId }));
    expect(again.answer).toMatchObject({ error: { code: 'LIMIT_REACHED' } });
  });
});

describe('what is told from outside', () => {
  const said = (payload: string): Input => {
    const source = { kind: 'asset', namespace: here, uri: 'asset://raw' } as const;
    const events = [{ source, key: 'k', payload: JSON.stringify(payload) }];
    return asks({ kind: 'outside-events', namespace: here, events });
  };

  it('and is more than an entry can carry for all who wait is refused, and nobody hears', () => {
    const event = { kind: 'asset', uri: 'asset://raw' } as const;
    const waiting = task({ action: { kind: 'await', event, onTimeout: 'fail' } });
    const tasks = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`t${at}`, waiting]));
    const decider = new Decider(...runningRun(spec(tasks)));
    decider.wake();
    const { answer, facts } = decider.when(said('x'.repeat(16_000)));
    expect(answer).toMatchObject({ error: { code: 'TOO_LARGE' } });
    expect(facts).toEqual([]);
    expect(decider.status('t7')).toBe('deferred');
    const small = decider.when(said('at bucket 7'));
    expect(small.answer).toMatchObject({ ok: true });
    expect(tasksIn(small.facts).filter((row) => row.endsWith(': success'))).toHaveLength(200);
  });

  it('and starts more runs than an entry can carry is refused, and none starts', () => {
    const content = listening([{ kind: 'asset', uri: 'asset://raw' }]);
    const decider = new Decider(...many(200, content));
    const { answer, facts } = decider.when(said('x'.repeat(16_000)));
    expect(answer).toMatchObject({ error: { code: 'TOO_LARGE' } });
    expect(facts).toEqual([]);
    expect(decider.when(said('at bucket 7')).answer).toMatchObject({ ok: true });
    expect([...decider.state.runs()]).toHaveLength(200);
  });
});

describe('what has happened inside the cluster', () => {
  it('starts as much as an entry can carry; a letter says who did not hear of it', () => {
    const produces = ['asset://raw'];
    const up = spec({ a: task({ produces }) });
    const text = { type: 'string', default: 'x'.repeat(16_000), enum: null } as const;
    const content = listening([{ kind: 'asset', uri: 'asset://raw' }], { params: { text } });
    const run = runFact({
      ...queuedRun('r1', { name: 'up', content: up }),
      ...{ status: 'running', startedAt: start },
    });
    const past = [...dagFacts('up', up), run, ...nodes('n1'), ...many(200, content)];
    const decider = new Decider(...past);
    decider.assign();
    const { turn } = decider.when(decider.ends('a'));
    expect(turn.bytes).toBeLessThan(triggerLimits.turnBytes + 100_000);
    const runs = [...decider.state.runs()].filter(({ run }) => run.dagId !== 'up').length;
    const [letter] = [...decider.state.allNamed('letter')];
    expect(runs).toBeGreaterThan(80);
    expect(letter?.reason).toContain(`; ${200 - runs} DAGs did not hear of it`);
  });
});

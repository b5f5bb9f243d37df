import { describe, expect, it } from 'vitest';
import { dagId, type RunId, runId, taskId, wallMs } from '../../base/brand.ts';
import type { Command } from '../../model/command.ts';
import type { DagSpec } from '../../model/dag.ts';
import type { EventSource, EventTrigger, OutsideEvent } from '../../model/dag-trigger.ts';
import { dagFact, runFact } from '../../model/fact.ts';
import type { RunRow } from '../../model/run.ts';
import { triggerLimits } from '../../model/trigger.ts';
import { Decider, rowsOf } from '../testing/decider.ts';
import {
  applyDag,
  asks,
  dagFacts,
  here,
  node,
  nodes,
  queuedRun,
  rerun,
  spec,
  start,
  task,
} from '../testing/rows.ts';

const trigger = (differs: Partial<EventTrigger> = {}): EventTrigger => ({
  name: 'arrived',
  needs: 'any',
  sources: [],
  windowMs: null,
  params: {},
  whilePaused: 'keep',
  ...differs,
});

const hook = (filter: string | null = null): EventSource => ({
  kind: 'webhook',
  secretDigest: null,
  filter,
});
const subject = (name: string, filter: string | null = null): EventSource => ({
  kind: 'subject',
  subject: name,
  filter,
});
const asset = (uri: string): EventSource => ({ kind: 'asset', uri });

const dag = (triggers: readonly EventTrigger[], differs: Partial<DagSpec> = {}): DagSpec =>
  spec({ a: task() }, { triggers, ...differs });

const story = (...triggers: readonly EventTrigger[]): Decider =>
  new Decider(...dagFacts('d', dag(triggers)), ...nodes('n1'));

const onHook = (key: string, payload: unknown = null): OutsideEvent => ({
  source: { kind: 'webhook', namespace: here, dagId: dagId('d'), trigger: 'arrived' },
  key,
  payload: JSON.stringify(payload),
});
const onSubject = (name: string, key: string, payload: unknown = null): OutsideEvent => ({
  source: { kind: 'subject', subject: name },
  key,
  payload: JSON.stringify(payload),
});
const onAsset = (uri: string, key: string): OutsideEvent => ({
  source: { kind: 'asset', namespace: here, uri },
  key,
  payload: 'null',
});
const byHand = (key: string, payload: unknown = null): OutsideEvent => ({
  source: { kind: 'trigger', namespace: here, dagId: dagId('d'), trigger: 'arrived' },
  key,
  payload: JSON.stringify(payload),
});

const tells = (...events: readonly OutsideEvent[]) =>
  asks({ kind: 'outside-events', namespace: here, events });
const pause = (paused: boolean): Command => ({
  kind: 'pause-dag',
  namespace: here,
  dagId: dagId('d'),
  paused,
});

const started = (decider: Decider): readonly RunRow[] =>
  [...decider.state.runs()].map(({ run }) => run);
const letters = (decider: Decider) => [...decider.state.allNamed('letter')];

describe('an event', () => {
  it('starts a run with its payload, of type event', () => {
    const decider = story(trigger({ sources: [hook()] }));
    const { answer } = decider.when(tells(onHook('k1', { order: 7 })));
    const [run] = started(decider);
    expect(run).toMatchObject({
      trigger: 'event',
      payload: '{"order":7}',
      createdBy: 'trigger:arrived',
      logicalDate: null,
    });
    expect(answer).toMatchObject({ ok: true, value: { runs: [run?.runId], known: 0 } });
  });

  it('beside one that is refused starts nothing: told again without it, it does', () => {
    const decider = story(trigger({ sources: [hook()] }));
    const stranger: OutsideEvent = {
      ...onHook('k2'),
      source: { kind: 'webhook', namespace: here, dagId: dagId('d'), trigger: 'unknown' },
    };
    const { answer, facts } = decider.when(tells(byHand('k1'), stranger));
    expect(answer).toMatchObject({ error: { code: 'TRIGGER_NOT_FOUND' } });
    expect(facts).toEqual([]);
    expect(started(decider)).toEqual([]);
    decider.when(tells(byHand('k1')));
    expect(started(decider)).toHaveLength(1);
  });

  it('that is told again starts nothing, in the same entry or later', () => {
    const decider = story(trigger({ sources: [hook()] }));
    const { answer } = decider.when(tells(onHook('k1'), onHook('k1')));
    expect(answer).toMatchObject({ value: { runs: [expect.any(String)], known: 1 } });
    expect(decider.when(tells(onHook('k1'))).answer).toMatchObject({
      value: { runs: [], known: 1 },
    });
    expect(started(decider)).toHaveLength(1);
  });

  it('does not start its run twice even when its key is forgotten', () => {
    const decider = story(trigger({ sources: [hook()] }));
    decider.when(tells(onHook('k0')));
    for (let batch = 0; batch < 11; batch++) {
      const keys = Array.from({ length: 100 }, (_, each) => onHook(`${batch}-${each}`));
      decider.when(tells(...keys));
    }
    expect(decider.state.trigger(here, dagId('d'))?.seen).toHaveLength(triggerLimits.keysSeen);
    const { facts } = decider.when(tells(onHook('k0')));
    expect(rowsOf('run', facts)).toEqual([]);
  });

  it('reaches every DAG that waits for it, and no other', () => {
    const waits = (name: string, pattern: string) =>
      dagFacts(name, dag([trigger({ sources: [subject(pattern)] })], { description: name }));
    const decider = new Decider(
      ...waits('exact', 'orders.new'),
      ...waits('wild', 'orders.*'),
      ...waits('other', 'bills.>'),
    );
    decider.when(tells(onSubject('orders.new', 'k')));
    expect(started(decider).map((run) => run.dagId)).toEqual(['exact', 'wild']);
  });

  it('is passed over when the filter does not want it, or cannot read it', () => {
    const decider = story(trigger({ sources: [subject('o', 'trigger.payload.total > 100')] }));
    const odd = onSubject('o', 'odd', 'hello');
    const { answer } = decider.when(tells(onSubject('o', 'small', { total: 5 }), odd));
    expect(answer).toMatchObject({ value: { runs: [], filtered: 2 } });
    expect(started(decider)).toEqual([]);
    const large = decider.when(tells(onSubject('o', 'large', { total: 101 })));
    expect(large.answer).not.toHaveProperty('value.filtered');
    expect(started(decider)).toHaveLength(1);
  });

  it('of a file counts where the path fits and the node has the labels', () => {
    const source = { kind: 'file', path: '/in/*.csv', labels: { zone: 'a' } } as const;
    const facts = dagFacts('d', dag([trigger({ sources: [source] })]));
    const decider = new Decider(...facts, nodeFactWith('n1', { zone: 'a' }), ...nodes('n2'));
    const file = (path: string, on: string): OutsideEvent => ({
      source: { kind: 'file', path, node: on },
      key: `${path} ${on}`,
      payload: 'null',
    });
    decider.when(tells(file('/in/a.csv', 'n2'), file('/in/a.txt', 'n1')));
    expect(started(decider)).toEqual([]);
    decider.when(tells(file('/in/a.csv', 'n1')));
    expect(started(decider)).toHaveLength(1);
  });
});

const nodeFactWith = (name: string, labels: Readonly<Record<string, string>>) => {
  const row = node(name, { labels });
  return { table: 'node', key: row.nodeId, row } as const;
};

describe('the params of the run', () => {
  const declared = {
    order: { type: 'integer', default: null, enum: null },
    note: { type: 'string', default: 'none', enum: null },
  } as const;
  const wants = (params: EventTrigger['params']) =>
    new Decider(
      ...dagFacts('d', dag([trigger({ sources: [hook()], params })], { params: declared })),
    );

  it('come from the event by templates, and keep their types', () => {
    const decider = wants({
      order: '{{ trigger.payload.order }}',
      note: 'by {{ trigger.name }}, {{ trigger.events[0].key }}',
    });
    decider.when(tells(onHook('k1', { order: 7 })));
    expect(started(decider)[0]?.params).toEqual({ order: 7, note: 'by arrived, k1' });
  });

  it('that the DAG does not take make a dead letter, which can be replayed', () => {
    const decider = wants({ order: '{{ trigger.payload.order }}' });
    const { answer } = decider.when(tells(onHook('k1', { order: 'seven' })));
    expect(answer).toMatchObject({ ok: true, value: { runs: [] } });
    expect(started(decider)).toEqual([]);
    const [letter] = letters(decider);
    expect(letter).toMatchObject({ kind: 'event', dagId: 'd' });
    expect(letter?.reason).toContain('param order must be');
    const replay = (): unknown => decider.when(asks(settle(letter?.letterId ?? ''))).answer;
    expect(replay()).toMatchObject({ ok: false, error: { code: 'PARAM_INVALID' } });
    expect(letters(decider)).toHaveLength(1);
    const lax = { ...declared, order: { ...declared.order, type: 'string' } } as const;
    const fixed = dag([trigger({ sources: [hook()], params: { order: 'fixed' } })], {
      params: lax,
    });
    for (const fact of dagFacts('d', fixed)) decider.state.apply(fact);
    decider.board.rebuild();
    expect(replay()).toMatchObject({ ok: true });
    expect(started(decider)[0]).toMatchObject({ payload: '{"order":"seven"}' });
    expect(letters(decider)).toEqual([]);
  });
});

const settle = (letterId: string): Command => ({
  kind: 'settle-letter',
  namespace: here,
  letterId,
  how: 'replay',
});

describe('an event that is refused', () => {
  it.each([
    ['EVENT_TOO_LARGE', onHook('k', 'x'.repeat(triggerLimits.payloadBytes))],
    ['EVENT_INVALID', { ...onHook('k'), payload: 'not json' }],
    ['EVENT_INVALID', onHook('')],
    ['EVENT_INVALID', onHook('k'.repeat(251))],
    ['TRIGGER_NOT_FOUND', { ...onHook('k'), source: { ...onHook('k').source, trigger: 'no' } }],
    ['DAG_NOT_FOUND', { ...onHook('k'), source: { ...onHook('k').source, dagId: dagId('no') } }],
  ] as const)('%s', (code, event) => {
    const decider = story(trigger({ sources: [hook()] }));
    const { answer, facts } = decider.when(tells(event as OutsideEvent));
    expect(answer).toMatchObject({ ok: false, error: { code } });
    expect(facts).toEqual([]);
  });

  it('is asked for again while the disks are full', () => {
    const decider = story(trigger({ sources: [hook()] }));
    decider.board.disksFull = true;
    expect(decider.when(tells(onHook('k'))).answer).toMatchObject({ error: { code: 'DISK_FULL' } });
  });
});

describe('while the DAG is paused', () => {
  it('events are kept, and start their runs when it goes on', () => {
    const decider = story(trigger({ sources: [hook()] }));
    decider.when(asks(pause(true)));
    decider.when(tells(onHook('k1'), onHook('k2')));
    expect(started(decider)).toEqual([]);
    decider.when(asks(pause(false)));
    expect(started(decider)).toHaveLength(2);
    expect(decider.state.trigger(here, dagId('d'))?.events).toEqual([]);
    decider.when(tells(onHook('k1')));
    expect(started(decider)).toHaveLength(2);
  });

  it('more events than one turn starts go on in turns of their own, whoever leads', () => {
    const decider = story(trigger({ sources: [hook()] }));
    decider.when(asks(pause(true)));
    for (let batch = 0; batch < 3; batch++) {
      const keys = Array.from({ length: 100 }, (_, each) => onHook(`${batch}-${each}`));
      decider.when(tells(...keys));
    }
    decider.when(asks(pause(false)));
    expect(started(decider)).toHaveLength(triggerLimits.resumedAtOnce);
    decider.wait(1).wake();
    expect(started(decider)).toHaveLength(2 * triggerLimits.resumedAtOnce);
    decider.board.rebuild();
    decider.wait(1).wake();
    expect(started(decider)).toHaveLength(300);
    expect(decider.wait(10).wake().facts).toEqual([]);
  });

  it('the oldest event makes room as a dead letter, and can start its run later', () => {
    const decider = story(trigger({ sources: [hook()] }));
    decider.when(asks(pause(true)));
    for (let batch = 0; batch <= 10; batch++) {
      const count = batch === 10 ? 1 : 100;
      const keys = Array.from({ length: count }, (_, each) => onHook(`${batch}-${each}`));
      decider.when(tells(...keys));
    }
    expect(decider.state.trigger(here, dagId('d'))?.events).toHaveLength(triggerLimits.eventsKept);
    const [letter, ...others] = letters(decider);
    expect(others).toEqual([]);
    expect(letter?.replay).toMatchObject({ events: [{ key: '0-0' }] });
    decider.when(asks(settle(letter?.letterId ?? '')));
    expect(started(decider)).toHaveLength(1);
  });
});

describe('a combination', () => {
  const both = trigger({ needs: 'all', sources: [asset('a'), asset('b')], windowMs: 60_000 });

  it('starts one run when all of it has come within the window', () => {
    const decider = story(both);
    decider.when(tells(onAsset('a', '1')));
    decider.wait(60_001).when(tells(onAsset('b', '1')));
    expect(started(decider)).toEqual([]);
    decider.wait(10_000).when(tells(onAsset('a', '2')));
    expect(started(decider)).toHaveLength(1);
  });

  it('is what it was for a new leader', () => {
    const decider = story(both);
    decider.when(tells(onAsset('a', '1')));
    decider.board.rebuild();
    decider.when(tells(onAsset('b', '1')));
    expect(started(decider)).toHaveLength(1);
  });
});

describe('the clock as a part of a combination', () => {
  const nightly = trigger({
    needs: 'all',
    sources: [{ kind: 'time', cron: '0 3 * * *', timezone: 'UTC' }, asset('a')],
  });
  const threeMs = 3 * 3_600_000;

  it('is taken up when it is due, and the run stands for that instant', () => {
    const decider = story(nightly);
    expect(decider.board.deadlines.next()).toBe(start + threeMs);
    decider.wait(threeMs).wake();
    decider.wait(60_000).when(tells(onAsset('a', '1')));
    expect(started(decider)[0]).toMatchObject({ logicalDate: start + threeMs });
  });

  it('is looked at once for each instant, whoever leads', () => {
    const decider = story(nightly);
    decider.wait(threeMs).wake();
    decider.board.rebuild();
    expect(decider.wake().facts).toEqual([]);
    expect(decider.board.deadlines.next()).toBe(start + threeMs + 24 * 3_600_000);
  });

  it('goes on while its DAG is edited, without instants of before', () => {
    const decider = story(trigger({ sources: [hook()] }));
    decider.wait(threeMs + 1);
    for (const fact of dagFacts('d', dag([nightly]))) {
      if (fact.table === 'version' && fact.row !== null) {
        decider.state.apply({ ...fact, row: { ...fact.row, createdAt: decider.now } });
      } else decider.state.apply(fact);
    }
    decider.board.rebuild();
    decider.wake();
    expect(decider.state.trigger(here, dagId('d'))).toBeUndefined();
  });
});

describe('a trigger that is switched off', () => {
  const switchTo = (enabled: boolean, name = 'arrived'): Command => ({
    kind: 'switch-trigger',
    namespace: here,
    dagId: dagId('d'),
    trigger: name,
    enabled,
  });

  it('hears nothing until it is switched on again', () => {
    const decider = story(trigger({ sources: [hook()] }));
    expect(decider.when(asks(switchTo(false))).answer).toMatchObject({ ok: true });
    decider.when(tells(onHook('k1')));
    expect(started(decider)).toEqual([]);
    decider.when(asks(switchTo(true)));
    decider.when(tells(onHook('k2')));
    expect(started(decider)).toHaveLength(1);
  });

  it('must be there', () => {
    const decider = story(trigger({ sources: [hook()] }));
    const { answer } = decider.when(asks(switchTo(false, 'no')));
    expect(answer).toMatchObject({ ok: false, error: { code: 'TRIGGER_NOT_FOUND' } });
  });

  it('is fired by hand all the same', () => {
    const decider = story(trigger({ sources: [hook()] }));
    decider.when(asks(switchTo(false)));
    decider.when(tells(byHand('k', { by: 'ada' })));
    decider.when(tells(byHand('k', { by: 'ada' })));
    expect(started(decider).map(({ payload }) => payload)).toEqual(['{"by":"ada"}']);
  });
});

describe('the end of a run', () => {
  const after = (states: readonly ('success' | 'failed' | 'cancelled')[]): EventTrigger =>
    trigger({ sources: [{ kind: 'dag', dagId: dagId('up'), states }] });
  const up = spec({ a: task() });
  const running = (name: string): RunRow => ({
    ...queuedRun(name, { name: 'up', content: up }),
    status: 'running',
    startedAt: start,
  });
  const world = (states: readonly ('success' | 'failed')[]): Decider =>
    new Decider(
      ...dagFacts('up', up),
      ...dagFacts('d', dag([after(states)])),
      runFact(running('r1')),
      ...nodes('n1'),
    );

  it('starts a run of the DAG that waits for such an end', () => {
    const decider = world(['success']);
    decider.assign();
    decider.when(decider.ends('a'));
    const [run] = started(decider);
    expect(run).toMatchObject({ dagId: 'd', trigger: 'event' });
    expect(JSON.parse(run?.payload ?? '')).toMatchObject({ runId: 'r1', state: 'success' });
  });

  it('of another kind starts none', () => {
    const decider = world(['failed']);
    decider.assign();
    decider.when(decider.ends('a'));
    expect(started(decider)).toEqual([]);
  });
});

describe('an asset', () => {
  const producing = (uri: string): DagSpec => spec({ a: task({ produces: [uri] }) });
  const world = (uri: string, waitsFor: string): Decider => {
    const content = producing(uri);
    const run = queuedRun('r1', { name: 'up', content });
    return new Decider(
      ...dagFacts('up', content),
      ...dagFacts('d', dag([trigger({ sources: [asset(waitsFor)] })])),
      runFact({ ...run, status: 'running', startedAt: start }),
      ...nodes('n1'),
    );
  };
  const runsOf = (decider: Decider, name: string): readonly RunId[] =>
    started(decider).flatMap((run) => (run.dagId === name ? [run.runId] : []));

  it('that a task has brought up to date starts the DAGs that need it, in the same entry', () => {
    const decider = world('asset://raw', 'asset://raw');
    decider.assign();
    const { facts } = decider.when(decider.ends('a'));
    expect(runsOf(decider, 'd')).toHaveLength(1);
    expect(rowsOf('task', facts)[0]).toMatchObject({ status: 'success' });
  });

  it('of a task that failed is not up to date', () => {
    const decider = world('asset://raw', 'asset://raw');
    decider.assign();
    decider.when(decider.ends('a', 'failed'));
    expect(runsOf(decider, 'd')).toEqual([]);
  });

  it('may have a name made by a template', () => {
    const decider = world('asset://raw/{{ run.id }}', 'asset://raw/r1');
    decider.assign();
    decider.when(decider.ends('a'));
    expect(runsOf(decider, 'd')).toHaveLength(1);
  });

  it('may be named by the output of the task', () => {
    const decider = world('asset://raw/{{ output.name }}', 'asset://raw/x');
    decider.assign();
    decider.when(decider.ends('a', 'success', { output: '{"name":"x"}' }));
    expect(runsOf(decider, 'd')).toHaveLength(1);
  });

  it('is told of once, however often its run is taken up again', () => {
    const work = { a: task({ produces: ['asset://raw'] }), b: task() };
    const content = spec(work);
    const run = queuedRun('r1', { name: 'up', content });
    const decider = new Decider(
      ...dagFacts('up', content),
      ...dagFacts('d', dag([trigger({ sources: [asset('asset://raw')] })])),
      runFact({ ...run, status: 'running', startedAt: start }),
      ...nodes('n1'),
    );
    decider.assign();
    decider.when(decider.ends('a'));
    const { turn } = decider.when(decider.ends('b', 'failed'));
    const ended = turn.applied.findLast((each) => each.ended !== undefined)?.ended ?? null;
    decider.when(asks(rerun('r1', { failedOnly: true }), { ended }));
    expect(decider.status('a')).toBe('success');
    expect(runsOf(decider, 'd')).toHaveLength(1);
    decider.assign();
    const again = decider.when(decider.ends('b')).turn.applied.at(-1)?.ended ?? null;
    decider.when(asks(rerun('r1', { tasks: [taskId('a')] }), { ended: again }));
    decider.assign();
    decider.when(decider.ends('a'));
    expect(runsOf(decider, 'd')).toHaveLength(2);
  });

  it('without a name is a dead letter, and the task succeeds all the same', () => {
    const decider = world('asset://{{ params.nothing }}', 'asset://raw');
    decider.assign();
    decider.when(decider.ends('a'));
    expect(letters(decider)[0]?.reason).toContain('produced an asset without a name');
    expect(decider.state.run(here, runId('r1'))).toBeUndefined();
  });
});

describe('DAGs that start each other', () => {
  it('do not go round for ever within one instant', () => {
    const never = task({ condition: 'false' });
    const loop = (name: string, other: string): DagSpec =>
      spec(
        { a: never },
        {
          description: name,
          triggers: [
            trigger({
              sources: [hook(), { kind: 'dag', dagId: dagId(other), states: ['success'] }],
            }),
          ],
        },
      );
    const decider = new Decider(...dagFacts('d', loop('d', 'e')), ...dagFacts('e', loop('e', 'd')));
    const { facts } = decider.when(tells(onHook('k')));
    const runs = new Set(rowsOf('run', facts).map((row) => row?.runId));
    expect(runs.size).toBe(triggerLimits.chain + 1);
    expect(letters(decider)[0]?.reason).toContain('have started each other in one instant');
  });
});

describe('a DAG that is changed or removed', () => {
  it('takes no kept event for that of another source', () => {
    const both = (...sources: readonly EventSource[]) => dag([trigger({ needs: 'all', sources })]);
    const decider = new Decider(...dagFacts('d', both(subject('a'), subject('b'), subject('c'))));
    decider.when(tells(onSubject('a', 'k1'), onSubject('c', 'k2')));
    decider.when(asks(applyDag('d', both(subject('x'), subject('b'), subject('c')))));
    expect(decider.state.trigger(here, dagId('d'))?.events.map(({ key }) => key)).toEqual(['k2']);
    decider.when(tells(onSubject('b', 'k3')));
    expect(started(decider)).toEqual([]);
    decider.when(tells(onSubject('x', 'k4')));
    expect(started(decider)).toHaveLength(1);
  });

  it('hears what its newest definition says', () => {
    const decider = story(trigger({ sources: [subject('old')] }));
    const content = dag([trigger({ sources: [subject('new')] })]);
    for (const fact of dagFacts('d', content)) decider.board.observe(decider.state.apply(fact));
    decider.when(tells(onSubject('old', 'k1')));
    expect(started(decider)).toEqual([]);
    decider.when(tells(onSubject('new', 'k2')));
    expect(started(decider)).toHaveLength(1);
    const row = decider.state.dag(here, dagId('d'));
    if (row === undefined) throw new Error('the DAG is there');
    const gone = { ...dagFact(row), row: null } as ReturnType<typeof dagFact>;
    decider.board.observe(decider.state.apply(gone));
    decider.when(tells(onSubject('new', 'k3')));
    expect(started(decider)).toHaveLength(1);
    expect(wallMs(decider.now)).toBe(start);
  });
});

import { describe, expect, it } from 'vitest';
import { present } from '../base/assert.ts';
import {
  incarnation,
  namespace,
  nodeId,
  runId,
  type TaskId,
  taskId,
  token,
  wallMs,
} from '../base/brand.ts';
import type { EndedAttempt } from '../model/attempt.ts';
import type { TaskSpec } from '../model/dag.ts';
import { evaluate } from '../model/expression.ts';
import { expansionFact, type Fact, outputFact, taskFact, variableFact } from '../model/fact.ts';
import type { Json } from '../model/json.ts';
import type { HookCause, TaskRow } from '../model/task-instance.ts';
import { scopeOf } from './scope-of.ts';
import { begun } from './testing/begun.ts';
import type { Decider } from './testing/decider.ts';
import { behind, here, later, start, task } from './testing/rows.ts';
import type { Turn } from './turn.ts';

type More = NonNullable<Parameters<typeof begun>[1]>;

const whose = (id: TaskId, mapIndex: number) => ({
  ...{ namespace: here, runId: runId('r1'), taskId: id, mapIndex },
});

const output = (name: string, value: Json, mapIndex = 0): Fact =>
  outputFact({ ...whose(taskId(name), mapIndex), token: token(1), json: JSON.stringify(value) });

const row = (name: string, status: 'success' | 'failed', mapIndex = 0, cause?: HookCause): Fact => {
  const base = { ...whose(taskId(name), mapIndex), attempts: [], tries: 1, endedAt: start };
  const ended: TaskRow =
    status === 'success' ? { ...base, status } : { ...base, status, reason: 'broken' };
  return taskFact(cause === undefined ? ended : { ...ended, cause });
};

const expansion = (items: readonly Json[], mapId = 'm'): Fact => {
  const { namespace: ns, runId: id } = whose(taskId('a'), 0);
  const json = JSON.stringify(items);
  return expansionFact({ namespace: ns, runId: id, mapId, size: items.length, items: json });
};

/** A story with facts put behind its begin. */
const given = (
  tasks: Readonly<Record<string, TaskSpec>>,
  facts: readonly Fact[],
  more: More = {},
) => {
  const story = begun(tasks, more);
  for (const fact of facts) story.state.apply(fact);
  return story;
};

const ask = (story: Decider, text: string, of: string | null = 'a', mapIndex = 0): unknown => {
  const live = present(story.state.run(here, runId('r1')), 'r1 is live');
  const at = of === null ? null : { taskId: taskId(of), mapIndex };
  const result = evaluate(text, scopeOf(story.when().turn, live, at));
  return result.ok ? result.value : `error: ${result.error}`;
};

/** A map that waits for the task `gate`, so that nothing but the test says what is in it. */
const mapped = (members: readonly string[]) => ({
  dag: {
    maps: {
      m: {
        over: { item: '[]' },
        members: members.map(taskId),
        dependsOn: [taskId('gate')],
        triggerRule: 'all_success' as const,
        activeMax: null,
      },
    },
  },
});

describe('scope of a task', () => {
  it('has the run, its params and dates, and the task itself', () => {
    const run = {
      params: { env: 'prod' },
      logicalDate: start,
      dataInterval: { start: wallMs(start - 3_600_000), end: start },
    };
    const story = given({ a: task() }, [], { run });
    expect(ask(story, 'params.env + " " + ds + " " + run.id + " " + task.id')).toBe(
      'prod 2026-01-01 r1 a',
    );
    expect(ask(story, 'data_interval_start')).toContain('2025-12-31T23:00:00');
    expect(ask(story, 'task.attempt')).toBe(1);
    expect(ask(story, 'run.id', null)).toBe('r1');
  });

  it('has states and outputs of other tasks', () => {
    const story = given({ a: task(), b: task() }, [
      row('b', 'success'),
      output('b', { n: [1, 2] }),
    ]);
    expect(ask(story, 'tasks.b.output.n[1]')).toBe(2);
    expect(ask(story, '[tasks.b.state, tasks.a.state]')).toEqual(['success', 'pending']);
    expect(ask(story, 'tasks.a.output == null')).toBe(true);
    expect(ask(story, 'tasks.z.output')).toContain('error: ');
  });

  it('says how the attempts of other tasks went', () => {
    const attempt: EndedAttempt = {
      ...{ number: 2, token: token(3), node: nodeId('n1'), incarnation: incarnation('i1') },
      ...{ assignedAt: start, startedAt: start, endedAt: later(5), outcome: 'failed' },
      ...{ exitCode: 7, signal: null, error: null },
    };
    const base = { ...whose(taskId('b'), 0), attempts: [attempt], tries: 1 };
    const failed = { ...base, status: 'failed', endedAt: later(5), reason: 'no' } as const;
    const story = given({ a: task(), b: task() }, [taskFact(failed)]);
    const seen = '[tasks.b.exitCode, tasks.b.attempts, tasks.b.startedAt, tasks.b.endedAt]';
    const times = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.005Z'];
    expect(ask(story, seen)).toEqual([7, 2, ...times]);
    expect(ask(story, '[tasks.a.exitCode, tasks.a.attempts]')).toEqual([null, 0]);
  });

  it('counts the attempts that it has had', () => {
    const story = given({ a: task({ retries: 1 }) }, []);
    story.assign();
    expect(ask(story, 'task.attempt')).toBe(1);
    story.when(story.ends('a', 'failed'));
    expect(ask(story, 'task.attempt')).toBe(2);
  });

  it('has the variables of its namespace alone', () => {
    const variable = (ns: string, name: string, value: Json): Fact => {
      const times = { updatedAt: start, updatedBy: 'ada' };
      return variableFact({ namespace: namespace(ns), name, value, ...times });
    };
    const facts = [variable('default', 'host', { port: 80 }), variable('other', 'secret', 1)];
    const story = given({ a: task() }, facts);
    expect(ask(story, 'vars.host.port')).toBe(80);
    expect(ask(story, 'vars.secret')).toContain('error: ');
    expect(ask(story, 'vars')).toEqual({ host: { port: 80 } });
  });

  it('has the payload of the event that started the run', () => {
    const story = given({ a: task() }, [], { run: { trigger: 'event', payload: '{"order":7}' } });
    expect(ask(story, '[trigger.kind, string(trigger.payload.order)]')).toEqual(['event', '7']);
    expect(ask(given({ a: task() }, []), 'trigger')).toEqual({ kind: 'manual', payload: null });
  });
});

describe('scope of a map', () => {
  const tasks = {
    gate: task(),
    a: task({ map: 'm' }),
    b: behind(['a'], { map: 'm' }),
    sum: behind(['b']),
  };
  const facts = [
    expansion(['x', 'y', 'z']),
    ...[row('a', 'success', 0), row('a', 'success', 2), output('a', 10, 0), output('a', 30, 2)],
  ];
  const story = (): Decider => given(tasks, facts, mapped(['a', 'b']));

  it('an instance has its item, and of other members the instance of the same item', () => {
    expect(ask(story(), 'item + string(mapIndex)', 'b', 2)).toBe('z2');
    expect(ask(story(), 'tasks.a.output', 'b', 2)).toBe(30);
    expect(ask(story(), 'tasks.a.state', 'b', 1)).toBe('pending');
  });

  it('outside the map a mapped task is the list of its outputs, null where there is none', () => {
    expect(ask(story(), 'tasks.a.output', 'sum')).toEqual([10, null, 30]);
    expect(ask(story(), 'tasks.a.output', null)).toEqual([10, null, 30]);
    expect(ask(story(), 'item', 'sum')).toContain('error: ');
  });

  it('its state is the worst end, once all have ended', () => {
    const running = story();
    expect(ask(running, 'tasks.a.state', 'sum')).toBe('running');
    expect(ask(running, 'tasks.b.state', 'sum')).toBe('pending');
    const ended = given(tasks, [...facts, row('a', 'failed', 1)], mapped(['a', 'b']));
    expect(ask(ended, 'tasks.a.state', 'sum')).toBe('failed');
  });

  it('before its lists are known, and where they are empty, there is nothing in it', () => {
    const unknown = given(tasks, [], mapped(['a', 'b']));
    expect(ask(unknown, 'tasks.a.output', 'sum')).toEqual([]);
    expect(ask(unknown, 'item', 'a')).toContain('error: ');
    const empty = given(tasks, [expansion([])], mapped(['a', 'b']));
    expect(ask(empty, 'tasks.a.output', 'sum')).toEqual([]);
  });

  it('what is called for an instance sees its item, and what it was called for', () => {
    const cause: HookCause = {
      ...{ on: 'compensate', taskId: taskId('a'), mapIndex: 2, state: 'success', reason: null },
    };
    const undo = task({ role: { kind: 'compensation', of: taskId('a') } });
    const all = [...facts, row('undo', 'success', 0, cause)];
    const it = given({ ...tasks, undo }, all, mapped(['a', 'b']));
    expect(ask(it, '[item, string(tasks.a.output)]', 'undo')).toEqual(['z', '30']);
    expect(ask(it, 'trigger', 'undo')).toEqual({ kind: 'manual', payload: null, ...cause });
  });
});

describe('lists that are kept for a turn', () => {
  const tasks = { gate: task(), a: task({ map: 'm' }), sum: behind(['a']) };
  const facts = [expansion(['x', 'y']), row('a', 'success', 0), output('a', 1, 0)];

  it('a row that changes within the turn is seen, and so is one that is undone', () => {
    const story = given(tasks, facts, mapped(['a']));
    const { turn } = story.when();
    const live = present(story.state.run(here, runId('r1')), 'r1 is live');
    const seen = (of: Turn): unknown => {
      const scope = scopeOf(of, live, { taskId: taskId('sum'), mapIndex: 0 });
      const result = evaluate('tasks.a.output', scope);
      return result.ok && result.value;
    };
    expect(seen(turn)).toEqual([1, null]);
    const decision = { what: 'test', by: 'test' };
    turn.decide(decision, () => turn.emit(output('a', 2, 1)));
    expect(seen(turn)).toEqual([1, 2]);
    const undone = (): void =>
      turn.decide(decision, () => {
        turn.emit(output('a', 3, 1));
        expect(seen(turn)).toEqual([1, 3]);
        throw new Error('undone');
      });
    expect(undone).toThrow('undone');
    expect(seen(turn)).toEqual([1, 2]);
    turn.decide(decision, () => turn.emit(output('a', 4, 1)));
    expect(seen(turn)).toEqual([1, 4]);
  });
});

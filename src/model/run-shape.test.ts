import { describe, expect, it } from 'vitest';
import { taskId } from '../base/brand.ts';
import type { TaskSpec } from './dag.ts';
import { shapeOf } from './run-shape.ts';
import { plainSpec, plainTask } from './testing/plain-specs.ts';

const behind = (parents: readonly string[], differs: Partial<TaskSpec> = {}): TaskSpec =>
  plainTask({ dependsOn: parents.map(taskId), ...differs });

const map = (members: readonly string[], dependsOn: readonly string[] = []) => ({
  over: { item: '[1]' },
  members: members.map(taskId),
  dependsOn: dependsOn.map(taskId),
  triggerRule: 'all_success' as const,
  activeMax: null,
});

function shape(...of: Parameters<typeof plainSpec>) {
  const built = shapeOf(plainSpec(...of));
  if (!built.ok) throw new Error(`a cycle: ${built.cycle.join(', ')}`);
  return built.shape;
}

describe('run shape', () => {
  it('hooks and compensations stand outside the graph', () => {
    const { graph, tasks, decisive } = shape({
      a: plainTask({ compensate: taskId('undo') }),
      undo: plainTask({ role: { kind: 'compensation', of: taskId('a') } }),
      tell: plainTask({ role: { kind: 'hook', on: 'exit', of: null } }),
    });
    expect(graph.order).toEqual(['a']);
    expect([...tasks.keys()]).toEqual(['a']);
    expect(decisive).toEqual(['a']);
  });

  it('T02: teardowns are no leaves, unless they are said to fail the run', () => {
    const teardown = (failsRun: boolean) =>
      behind(['work'], { role: { kind: 'teardown', setups: [taskId('setup')], failsRun } });
    const { decisive } = shape({
      setup: plainTask(),
      work: behind(['setup']),
      quiet: teardown(false),
      loud: teardown(true),
    });
    expect([...decisive].sort()).toEqual(['loud', 'work']);
  });

  it('inside a map equal items depend on each other, outside everything counts', () => {
    const { tasks, maps } = shape(
      { list: plainTask(), a: behind(['list']), b: behind(['a', 'list']), sum: behind(['b']) },
      { maps: { m: map(['a', 'b'], ['list']) } },
    );
    expect(tasks.get(taskId('b'))).toMatchObject({ inner: ['a'], outer: ['list'] });
    expect(tasks.get(taskId('b'))).toMatchObject({ innerChildren: [], outerChildren: ['sum'] });
    expect(maps.get('m')).toMatchObject({ roots: ['a'], members: ['a', 'b'], parents: ['list'] });
  });

  it('finds a cycle that only the lists of a map close', () => {
    const built = shapeOf(
      plainSpec({ a: plainTask(), b: behind(['a']) }, { maps: { m: map(['a'], ['b']) } }),
    );
    expect(built).toMatchObject({ ok: false, cycle: ['a', 'b', 'a'] });
  });

  it('a task with the name of an object’s insides is a task', () => {
    const tasks = Object.fromEntries([['__proto__', plainTask()]]);
    expect(shape(tasks).graph.order).toEqual(['__proto__']);
  });
});

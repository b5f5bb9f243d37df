import { describe, expect, it } from 'vitest';
import { dagId, namespace, runId, wallMs } from '../base/brand.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import type { Sharing } from './offers.ts';
import { ageingMs } from './order.ts';
import { ReadyQueue, type Taker } from './ready.ts';
import type { ReadyTask } from './shapes.ts';
import { ready, sharing, wish } from './testing/queue-kit.ts';
import { start, task } from './testing/rows.ts';

const queueOf = (...entries: readonly (readonly [ReadyTask, TaskSpec])[]): ReadyQueue => {
  const queue = new ReadyQueue();
  for (const [entry, spec] of entries) queue.push(entry, wish(spec));
  return queue;
};

/** Passes once; the names in the order in which they were offered. */
function offered(queue: ReadyQueue, differs: Partial<Taker> = {}): readonly string[] {
  const names: string[] = [];
  const { take = () => 'placed' as const, ...more } = differs;
  queue.pass({
    sharing: sharing(),
    hasRoom: () => true,
    isOpen: () => true,
    keysOf: () => null,
    ...more,
    take: (entry, shape, spec) => {
      names.push(entry.mapIndex === 0 ? entry.taskId : `${entry.taskId}[${entry.mapIndex}]`);
      return take(entry, shape, spec);
    },
  });
  return names;
}

const keyed = (key: string): TaskSpec => task({ concurrency: { key, max: 1 } });

describe('ready queue, order', () => {
  it('a point of priority is worth a minute of waiting, and a task adds its own to its run', () => {
    const older = { runId: runId('r0'), runCreatedAt: wallMs(start - 3 * ageingMs) };
    const queue = queueOf(
      [ready('new'), task()],
      [ready('new-2', { priority: 2 }), task()],
      [ready('new-4', { priority: 2 }), task({ priority: 2 })],
      [ready('old', older), task()],
    );
    expect(offered(queue)).toEqual(['new-4', 'old', 'new-2', 'new']);
  });

  it('in a run, plain tasks go before maps, and an item goes on before the next one begins', () => {
    const mapped = task({ map: 'm' });
    const queue = queueOf(
      [ready('load', { mapIndex: 2, toEndMs: 3, height: 3 }), mapped],
      [ready('load', { mapIndex: 1, toEndMs: 3, height: 3 }), mapped],
      [ready('save', { mapIndex: 1, toEndMs: 3, height: 2 }), mapped],
      [ready('report', { toEndMs: 3 }), task()],
      [ready('begin', { height: 9 }), task()],
    );
    expect(offered(queue)).toEqual(['begin', 'report', 'load[1]', 'save[1]', 'load[2]']);
  });
});

describe('ready queue, orders', () => {
  const long = ready('long', { ownMs: 60_000, toEndMs: 60_000 });
  const short = ready('short', { ownMs: 1_000, toEndMs: 90_000 });
  const orderOf = (order: NonNullable<DagSpec['order']>): readonly string[] => {
    const queue = new ReadyQueue();
    for (const each of [long, short]) queue.push(each, wish(task()));
    queue.reorder({ order, fairShare: 'namespaces' });
    return offered(queue);
  };

  it('the longest way to the end, the shortest task, the shortest run, or the older run', () => {
    expect(orderOf('critical-path')).toEqual(['short', 'long']);
    expect(orderOf('sjf')).toEqual(['short', 'long']);
    expect(orderOf('srtf')).toEqual(['long', 'short']);
    expect(orderOf('fcfs')).toEqual(['long', 'short']);
  });

  it('a DAG may have an order of its own', () => {
    const queue = new ReadyQueue();
    for (const each of [long, short]) queue.push(each, wish(task(), { order: 'srtf' }));
    expect(offered(queue)).toEqual(['long', 'short']);
  });

  it('nobody is overtaken for ever: a long task that has waited goes before a short one', () => {
    const old = ready('old', { ownMs: 60_000, runCreatedAt: wallMs(start - 25 * 60_000) });
    const queue = queueOf([short, task()], [old, task()]);
    queue.reorder({ order: 'sjf', fairShare: 'namespaces' });
    expect(offered(queue)).toEqual(['old', 'short']);
  });
});

describe('ready queue, sharing', () => {
  const other = namespace('other');

  it('a higher class goes first, and who has waited an hour counts as one class higher', () => {
    const hourAgo = wallMs(start - 3_600_000);
    const queue = queueOf(
      [ready('normal'), task()],
      [ready('high'), task({ priorityClass: 'high', priority: -9 })],
      [ready('low', { runCreatedAt: hourAgo, runId: runId('r0') }), task({ priorityClass: 'low' })],
    );
    expect(offered(queue)).toEqual(['high', 'low', 'normal']);
  });

  it('the namespace that has the least of its share is served next, whoever came first', () => {
    const has: Record<string, number> = { default: 0.2, other: 0 };
    const names = ['a1', 'a2', 'a3'].map((name) => [ready(name), task()] as const);
    const others = ['b1', 'b2', 'b3'].map(
      (name) => [ready(name, { namespace: other }), task({ priority: -9 })] as const,
    );
    const queue = queueOf(...names, ...others);
    const shareOf: Sharing['shareOf'] = (whose) => has[whose] ?? 0;
    const take: Taker['take'] = (each) => {
      has[each.namespace] = (has[each.namespace] ?? 0) + 0.15;
      return 'placed';
    };
    const order = offered(queue, { sharing: sharing({ shareOf }), take });
    expect(order).toEqual(['b1', 'b2', 'a1', 'b3', 'a2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('what becomes ready in a namespace that had nothing left is offered in the same pass', () => {
    const queue = queueOf([ready('a'), task()], [ready('b', { namespace: other }), task()]);
    const more = { namespace: other, runId: runId('r2') };
    const late = [
      [ready('c', more), keyed('x')],
      [ready('d', more), task()],
    ] as const;
    const left = [...late];
    const take: Taker['take'] = () => {
      const next = left.shift();
      if (next !== undefined) queue.push(next[0], wish(next[1]));
      return 'placed';
    };
    const names = [...offered(queue, { take }), ...offered(queue)];
    expect(names.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('where nobody shares, whoever counts as waiting longest is served', () => {
    const queue = queueOf(
      [ready('a'), task({ priority: 1 })],
      [ready('b', { namespace: other }), task({ priority: 2 })],
    );
    const shareOf: Sharing['shareOf'] = (whose) => (whose === other ? 1 : 0);
    const nobody = sharing({ shareOf, fairShare: 'none' });
    expect(offered(queue, { sharing: nobody })).toEqual(['b', 'a']);
  });

  it('DAGs share where they are to', () => {
    const [one, two] = [ready('one'), ready('two', { dagId: dagId('e') })];
    const queue = queueOf([one, task({ priority: 1 })], [two, task()]);
    const shareOf: Sharing['shareOf'] = (_, dag) => (dag?.endsWith('/d') ? 0.5 : 0);
    queue.reorder({ order: 'fcfs', fairShare: 'dags' });
    const shared = sharing({ shareOf, fairShare: 'dags' });
    expect(offered(queue, { sharing: shared })).toEqual(['two', 'one']);
  });

  it('a namespace that cannot be served holds nobody up', () => {
    const queue = queueOf([ready('a'), keyed('busy')], [ready('b', { namespace: other }), task()]);
    const isOpen: Taker['isOpen'] = ({ demands }) => demands.concurrency?.key !== 'busy';
    expect(offered(queue, { isOpen })).toEqual(['b']);
  });
});

describe('ready queue, passes', () => {
  it('a closed shape is not offered, and stands in nobody’s way', () => {
    const queue = queueOf(
      [ready('a', { priority: 9 }), keyed('busy')],
      [ready('b'), keyed('free')],
      [ready('c'), task()],
    );
    const isOpen: Taker['isOpen'] = ({ demands }) => demands.concurrency?.key !== 'busy';
    expect(offered(queue, { isOpen })).toEqual(['b', 'c']);
    expect(queue.size).toBe(1);
    expect(offered(queue)).toEqual(['a']);
  });

  it('a shape is asked again after each task of it that was placed', () => {
    let room = 2;
    const queue = queueOf(...['a', 'b', 'c'].map((name) => [ready(name), keyed('k')] as const));
    const isOpen = (): boolean => room > 0;
    const take = (): 'placed' => {
      room -= 1;
      return 'placed';
    };
    expect(offered(queue, { isOpen, take })).toEqual(['a', 'b']);
  });

  it('when no node has room, nothing else that asks for the same room is offered', () => {
    const small = task({ resources: { slots: 1 } });
    const queue = queueOf(
      [ready('a', { priority: 3 }), keyed('x')],
      [ready('b', { priority: 2 }), keyed('y')],
      [ready('c', { priority: 1 }), task({ resources: { slots: 2 } })],
      [ready('d'), small],
    );
    const take: Taker['take'] = (_, { demand }) =>
      demand.resources.slots === 1 ? 'full' : 'placed';
    expect(offered(queue, { take })).toEqual(['a', 'c']);
    expect(queue.size).toBe(3);
  });

  it('keys that are templates are rendered for the most urgent first, each task by itself', () => {
    const template = keyed('{{ item }}');
    const names = ['a', 'b', 'c', 'd'];
    const queue = queueOf(
      ...names.map((name, i) => [ready(name, { height: 9 - i }), template] as const),
      [ready('plain', { priority: -1 }), keyed('odd')],
    );
    const asked: string[] = [];
    const keysOf: Taker['keysOf'] = (entry) => {
      asked.push(entry.taskId);
      const place = names.indexOf(entry.taskId);
      return { concurrency: place % 2 === 0 ? 'even' : 'odd', rate: null };
    };
    const isOpen: Taker['isOpen'] = ({ demands }) => demands.concurrency?.key === 'odd';
    expect(offered(queue, { keysOf, isOpen })).toEqual(['b', 'd', 'plain']);
    expect(asked).toEqual(names);
    expect(offered(queue, { keysOf })).toEqual(['a', 'c']);
    expect(asked).toEqual(names);
  });

  it('a task whose keys cannot be rendered leaves the queue', () => {
    const queue = queueOf([ready('a'), keyed('{{ x }}')]);
    expect(offered(queue)).toEqual([]);
    expect(queue.size).toBe(0);
  });

  it.each(['stale', 'placed', 'held'] as const)(
    'what an offer that is %s makes ready stays in the queue, also before it in its shape',
    (taken) => {
      const queue = queueOf([ready('a'), task()]);
      const urgent = ready('b', { runId: runId('r2'), priority: 1 });
      const take = ({ taskId: name }: ReadyTask) => {
        if (name !== 'a') return 'enough';
        queue.push(urgent, wish(task()));
        return taken;
      };
      expect(offered(queue, { take })).toEqual(['a', 'b']);
      expect(offered(queue)).toEqual(['b']);
    },
  );

  it('what becomes ready while keys are rendered stays in the queue', () => {
    const queue = queueOf([ready('a'), keyed('{{ x }}')]);
    const keysOf = () => {
      queue.push(ready('b', { priority: 1 }), wish(keyed('{{ x }}')));
      return null;
    };
    let asked = 0;
    offered(queue, { keysOf: () => (asked++ === 0 ? keysOf() : 'enough') });
    expect(queue.size).toBe(1);
  });

  it('what is held does not block its shape, and comes back when its run goes on', () => {
    const other = { runId: runId('r2'), priority: -1 };
    const queue = queueOf([ready('a'), task()], [ready('b'), task()], [ready('c', other), task()]);
    const take: Taker['take'] = (entry) => (entry.runId === 'r1' ? 'held' : 'placed');
    expect(offered(queue, { take })).toEqual(['a', 'b', 'c']);
    expect(queue.size).toBe(2);
    queue.takeUp(() => true);
    expect(offered(queue)).toEqual([]);
    queue.takeUp(() => false);
    expect(offered(queue)).toEqual(['a', 'b']);
  });

  it('when no node has room for anything, nothing is offered', () => {
    const queue = queueOf([ready('a'), task()], [ready('b'), task({ resources: { slots: 2 } })]);
    expect(offered(queue, { hasRoom: () => false })).toEqual([]);
    const asked: (number | undefined)[] = [];
    const hasRoom: Taker['hasRoom'] = ({ resources }) => asked.push(resources.slots) > 1;
    expect(offered(queue, { hasRoom })).toEqual(['a', 'b']);
    expect(asked).toEqual([1, 2]);
  });

  it('entries of runs that are over are dropped before they are many', () => {
    const queue = new ReadyQueue();
    for (let i = 0; i < 5000; i++) {
      queue.push(ready('a', { generation: i }), wish(keyed('busy')));
      queue.compact((entry) => entry.generation === i);
    }
    expect(queue.size).toBeLessThan(1000);
  });
});

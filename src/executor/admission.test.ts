/** What an executor lets in (W11), whatever the leader believes of its room. */
import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { NodePlace } from '../model/node.ts';
import type { Resources } from '../model/resources.ts';
import { dispatchOf, ExecutorStory } from './testing/executor-story.ts';

function leased(options: {
  readonly capacity?: Resources;
  readonly place?: NodePlace;
}): ExecutorStory {
  const story = new ExecutorStory({ clock: new VirtualClock(), ...options });
  story.answer();
  return story;
}

test.each(['cpu', 'memory', 'gpu', 'disk', 'slots', 'licence', 'example.com/fpga'])(
  'executor: %s is given away once, and again when it is free',
  (name) => {
    const story = leased({ capacity: { slots: 10, [name]: 3 } });
    const resources = { slots: 1, [name]: 2 };
    const second = dispatchOf('b', 2, { resources });
    story.dispatch([dispatchOf('a', 1, { resources }), second]);
    expect([story.starts('a'), story.starts('b')]).toEqual([1, 0]);
    expect(story.executor.status()?.free[name]).toBe(1);
    story.dispatch([dispatchOf('c', 3, { resources: { slots: 1, [name]: 1 } })]);
    expect(story.starts('c')).toBe(1);
    story.end('a');
    story.dispatch([second]);
    expect(story.starts('b')).toBe(1);
  },
);

test('executor: of what it does not have nothing is given away', () => {
  const story = leased({ capacity: { slots: 10, cpu: 1000 } });
  story.dispatch([dispatchOf('a', 1, { resources: { slots: 1, gpu: 1 } })]);
  story.dispatch([dispatchOf('b', 2, { resources: { slots: 1, gpu: 0 } })]);
  expect([story.starts('a'), story.starts('b')]).toEqual([0, 1]);
});

test('executor: what an attempt may use beyond its request is not set aside for it', () => {
  const story = leased({ capacity: { slots: 10, cpu: 2000 } });
  const asked = { resources: { slots: 1, cpu: 1000 }, limits: { cpu: 2000 } };
  story.dispatch([dispatchOf('a', 1, asked), dispatchOf('b', 2, asked)]);
  expect([story.starts('a'), story.starts('b')]).toEqual([1, 1]);
  expect(story.work('b').dispatch.limits).toEqual({ cpu: 2000 });
});

test('executor: a heartbeat says where the node belongs, and nothing where it says nothing', () => {
  const place: NodePlace = {
    pool: 'big',
    queues: ['etl'],
    taints: [{ key: 'spot', value: '', effect: 'avoid' }],
  };
  expect(leased({ place }).messages('heartbeat')[0]).toMatchObject(place);
  const [plain] = leased({}).messages('heartbeat');
  for (const key of ['pool', 'queues', 'taints']) expect(plain).not.toHaveProperty(key);
});

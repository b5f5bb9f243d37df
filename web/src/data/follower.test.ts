import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { problemOf } from '../../../src/api/problems.ts';
import { ApiProblem } from './api-problem.ts';
import { Follower, type FollowerNodes } from './follower.ts';

/** What a node does with whoever asks it for the stream of facts. */
type Manner = 'ends at once' | 'refuses' | 'serves' | 'has forgotten';

const refusal = { refuses: 'TOO_MANY_STREAMS', 'has forgotten': 'EVENTS_GONE' } as const;

class Cluster implements FollowerNodes {
  readonly asked: { readonly node: string; readonly atMs: number }[] = [];
  loads = 0;
  readonly #nodes: readonly (readonly [string, Manner])[];
  #at = 0;

  constructor(manners: Readonly<Record<string, Manner>>) {
    this.#nodes = Object.entries(manners);
  }

  current = () => this.#nodes[this.#at]?.[0] ?? '';
  count = () => this.#nodes.length;
  leave = () => {
    this.#at = (this.#at + 1) % this.#nodes.length;
  };

  rows = async () => {
    this.loads += 1;
    return { index: 7, facts: [] };
  };

  events = async (_: unknown, __: number, signal: AbortSignal) => {
    const [node, manner] = this.#nodes[this.#at] ?? ['', 'serves'];
    this.asked.push({ node, atMs: performance.now() });
    if (manner === 'refuses' || manner === 'has forgotten') {
      throw new ApiProblem(problemOf(refusal[manner], 'not today'));
    }
    return new ReadableStream<Uint8Array>({
      start: (stream) => {
        if (manner === 'ends at once') stream.close();
        else signal.addEventListener('abort', () => stream.error(signal.reason));
      },
    });
  };
}

const everything = { kind: 'tables', tables: ['run'] } as const;
let follower: Follower | undefined;

const follow = (cluster: Cluster): Follower => {
  follower = new Follower(everything, cluster);
  return follower;
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  follower?.stop();
  vi.useRealTimers();
});

test('follower: streams that end at once are asked for less and less often', async () => {
  const cluster = new Cluster({ a: 'ends at once' });
  follow(cluster);
  await vi.advanceTimersByTimeAsync(10_000);
  const times = cluster.asked.map(({ atMs }) => atMs);
  const waits = times.slice(1).map((atMs, index) => Math.round(atMs - (times[index] ?? 0)));
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
});

test('follower: a node that has too many streams is left for one that has not', async () => {
  const cluster = new Cluster({ full: 'refuses', free: 'serves' });
  const followed = follow(cluster);
  await vi.advanceTimersByTimeAsync(1);
  expect(cluster.asked.map(({ node }) => node)).toEqual(['full', 'free']);
  expect(followed.state.kind).toBe('live');
});

test('follower: a node whose streams end at once is left for another', async () => {
  const cluster = new Cluster({ odd: 'ends at once', good: 'serves' });
  const followed = follow(cluster);
  await vi.advanceTimersByTimeAsync(1);
  expect(cluster.asked.map(({ node }) => node)).toEqual(['odd', 'good']);
  expect(followed.state.kind).toBe('live');
});

test('follower: when the log does not reach back, it begins anew with the same node', async () => {
  const cluster = new Cluster({ a: 'has forgotten', b: 'serves' });
  follow(cluster);
  await vi.advanceTimersByTimeAsync(300);
  expect(new Set(cluster.asked.map(({ node }) => node))).toEqual(new Set(['a']));
  expect(cluster.loads).toBeGreaterThan(1);
});

test('follower: a silent node is given up, and a stream that lasted soon renewed', async () => {
  const cluster = new Cluster({ a: 'serves' });
  follow(cluster);
  await vi.advanceTimersByTimeAsync(40_000 + 100);
  await vi.advanceTimersByTimeAsync(40_000 + 100);
  // Each silence is followed by the first, shortest pause.
  const [first = 0, second = 0, third = 0] = cluster.asked.map(({ atMs }) => atMs);
  expect([second - first, third - second]).toEqual([40_100, 40_100]);
});

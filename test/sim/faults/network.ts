/** Cuts, connections that break, queues that stand, and echoes of the past. */
import type { SimNode } from '../node.ts';
import { cutsOf } from '../partitions.ts';
import type { Means, Strike } from './strike.ts';

export const networkFaults = {
  partition: (node, means) => partition(node, means, { oneWay: false }),
  'one-way': (node, means) => partition(node, means, { oneWay: true }),
  disconnect: (node, { world: { weather }, chance, later }) => {
    weather.setReach(node.id, chance.happens(0.5) ? 'silent' : 'down');
    later(4000, () => weather.setReach(node.id, 'up'));
  },
  'slow-consumer': (node, { world: { weather }, chance }) => {
    const process = `${node.id}/${chance.pick(['peer', 'peer', 'executor'])}`;
    weather.sever(process, chance.pick(['control', 'bulk']), chance.around(300));
  },
  clog: (node, means) => clog(node, means),
  'swizzle-clog': (_node, means) => swizzle(means),
  replay: (_node, means) => replay(means),
} as const satisfies Record<string, Strike>;

function partition(
  node: SimNode,
  { world, chance, later }: Means,
  { oneWay }: { readonly oneWay: boolean },
): void {
  const { weather, nodes } = world;
  const ids = chance.shuffled(nodes).map(({ id }) => id as string);
  const first = ids.indexOf(node.id);
  if (first > 0) ids.unshift(...ids.splice(first, 1));
  const cuts = cutsOf(chance, ids, oneWay);
  for (const cut of cuts) weather.cuts.add(cut);
  later(8000, () => {
    for (const cut of cuts) weather.cuts.delete(cut);
  });
}

const clogMsMax = 5000;

function clog(node: SimNode, { world: { weather, nodes, nowMs }, chance }: Means): void {
  const untilMs = nowMs + chance.between(0, clogMsMax);
  const outward = chance.happens(0.5);
  for (const other of nodes) {
    if (!chance.happens(0.7)) continue;
    if (outward) weather.clog(node.id, other.id, untilMs);
    else weather.clog(other.id, node.id, untilMs);
  }
}

/**
 * Some nodes are clogged one after the other and come back in another order: FoundationDB's way to
 * find what depends on who is back first.
 */
function swizzle({ world, chance }: Means): void {
  const { weather, nodes, timeline } = world;
  const some = chance.shuffled(nodes).slice(0, 1 + chance.below(nodes.length));
  const stepMs = chance.between(20, clogMsMax / nodes.length);
  const order = chance.shuffled(some);
  for (const [at, node] of some.entries()) {
    const freeAtMs = world.nowMs + (some.length + order.indexOf(node)) * stepMs;
    timeline.after(at * stepMs, () => {
      for (const { id } of nodes) {
        weather.clog(node.id, id, freeAtMs);
        weather.clog(id, node.id, freeAtMs);
      }
    });
  }
}

/**
 * Somebody repeats what others said, now and then with a bit that changed on the way (P71, P77).
 */
function replay({ world, chance }: Means): void {
  const { records } = world.weather;
  if (records.length === 0) return;
  const from = chance.below(records.length);
  const some = records.slice(from, from + 1 + chance.below(20));
  for (const { lane, subject, payload } of some) {
    const bytes = new Uint8Array(payload);
    if (chance.happens(0.2)) {
      const at = chance.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
    }
    world.ghost.publish(lane, subject, bytes);
  }
}

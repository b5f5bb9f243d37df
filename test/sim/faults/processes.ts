/** Processes that die, sleep and stall, and machines that lose their power. */
import type { SimNode } from '../node.ts';
import type { Means, Strike } from './strike.ts';

export const processFaults = {
  crash: (node, means) => crash(node, means, { powerLoss: false }),
  'power-loss': (node, means) => crash(node, means, { powerLoss: true }),
  'all-crash': (_node, means) => {
    for (const each of means.world.nodes) crash(each, means, { powerLoss: true });
  },
  'kill-peer': (node, { world }) => {
    node.killPeer();
    world.restartSoon(node);
  },
  'kill-executor': (node, { world }) => {
    node.killExecutor();
    world.restartSoon(node);
  },
  'pause-peer': (node, means) => pause(node, means, 'peer'),
  'pause-executor': (node, means) => pause(node, means, 'executor'),
  'suspend-node': (node, means) => pause(node, means, 'machine'),
  stalls: (node, means) => stalls(node, means),
  'part-kill': (_node, means) => partKill(means),
} as const satisfies Record<string, Strike>;

export function crash(
  node: SimNode,
  { world, chance }: Means,
  { powerLoss }: { readonly powerLoss: boolean },
): void {
  node.killPeer(powerLoss);
  node.killExecutor();
  world.restartSoon(node, chance.happens(0.2) ? chance.around(8000) : 0);
}

function pause(node: SimNode, means: Means, what: 'peer' | 'executor' | 'machine'): void {
  const { world, chance } = means;
  const how = what === 'machine' ? 'suspend' : 'stop';
  const { peerProcess, executorProcess } = node;
  const one = what === 'peer' ? peerProcess : executorProcess;
  const paused = what === 'machine' ? node.processes : one === undefined ? [] : [one];
  for (const process of paused) process.pause(how);
  const messagesFirst = chance.happens(0.3);
  const lastsMs = chance.around(chance.pick([300, 2000, 8000]));
  world.timeline.after(lastsMs, () => {
    for (const process of paused) process.resume(messagesFirst);
  });
}

/**
 * An event loop that has too much to do, for a while: again and again it hears nothing and its
 * timers are late, and then everything comes at once (P81, P82).
 */
function stalls(node: SimNode, means: Means): void {
  const { world, chance } = means;
  const process = chance.happens(0.7) ? node.peerProcess : node.executorProcess;
  if (process === undefined) return;
  const meanMs = chance.pick([50, 300, 1500]);
  const untilMs = world.nowMs + chance.around(6000);
  const stall = (): void => {
    if (world.nowMs > untilMs) return;
    process.pause('stop');
    world.timeline.after(chance.around(meanMs), () => {
      process.resume(chance.happens(0.5));
      means.later(meanMs, stall);
    });
  };
  stall();
}

/**
 * A majority goes on without a minority, loses one of its own with the power, and must then find a
 * new majority with the minority (NATS issue 7567).
 */
function partKill(means: Means): void {
  const { world, chance } = means;
  const { weather, nodes } = world;
  if (nodes.length < 3) return;
  const mixed = chance.shuffled(nodes);
  const few = Math.floor((nodes.length - 1) / 2);
  const minority = mixed.slice(0, few);
  const [victim, ...others] = mixed.slice(few);
  const cut = (left: readonly SimNode[], right: readonly SimNode[]): (() => void) => {
    const cuts = left.flatMap((a) => right.flatMap((b) => [`${a.id}>${b.id}`, `${b.id}>${a.id}`]));
    for (const each of cuts) weather.cuts.add(each);
    return () => {
      for (const each of cuts) weather.cuts.delete(each);
    };
  };
  const healFirst = cut(minority, mixed.slice(few));
  means.later(4000, () => {
    healFirst();
    if (victim === undefined) return;
    crash(victim, means, { powerLoss: true });
    means.later(6000, cut(others, [...minority, victim]));
  });
}

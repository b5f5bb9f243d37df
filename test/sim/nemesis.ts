/** The nemesis: what goes wrong, when, and for how long; and how all of it ends. */
import type { Chance } from './chance.ts';
import type { SimNode } from './node.ts';
import type { FaultKind } from './options.ts';
import { cutsOf } from './partitions.ts';
import type { World } from './world.ts';

const wallStepsMs = [-3_600_000, -60_000, -1500, 900, 60_000, 3_600_000];

export class Nemesis {
  readonly #world: World;
  readonly #chance: Chance;
  readonly counts = new Map<FaultKind, number>();
  #stopped = false;

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
  }

  begin(): void {
    const { faults, faultEveryMs } = this.#world.options;
    this.#world.timeline.after(this.#chance.around(faultEveryMs), () => {
      if (this.#stopped || faults.length === 0) return;
      const kind = this.#chance.pick(faults);
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      this.#strike(kind);
      this.begin();
    });
  }

  /** Everything is well again; a minority may be gone for good. */
  heal(): void {
    this.#stopped = true;
    const { weather, nodes, options } = this.#world;
    weather.heal();
    this.#setClocks();
    const gone = options.healed === 'all' ? 0 : this.#chance.below(Math.ceil(nodes.length / 2));
    const retired = new Set(this.#chance.shuffled(nodes).slice(0, gone));
    for (const node of nodes) {
      node.disk.setFull(false);
      node.slowDiskMs = 0;
      for (const process of node.processes) process.resume(false);
      if (retired.has(node)) {
        this.#world.tail.add(node.id, 'is gone for good');
        this.#world.retired.add(node);
        node.killPeer();
        node.killExecutor();
      } else this.#world.start(node);
    }
  }

  /**
   * The operator sets all clocks alike, and not behind the newest record: time in the log waits for
   * a clock that was ahead, so retries and time limits would rest until the others have caught up.
   */
  #setClocks(): void {
    const { nodes, chronicle, timeline } = this.#world;
    const aheadMs = (chronicle.lastAt ?? 0) - timeline.clock.wallMs();
    for (const node of nodes) node.wall.offsetMs = Math.max(0, aheadMs);
  }

  #strike(kind: FaultKind): void {
    const node = this.#target();
    this.#world.tail.add('nemesis', `${kind} ${node.id}`);
    this.#strikes[kind](node);
  }

  readonly #strikes: Readonly<Record<FaultKind, (node: SimNode) => void>> = {
    crash: (node) => this.#crash(node, false),
    'power-loss': (node) => this.#crash(node, true),
    'all-crash': () => {
      for (const each of this.#world.nodes) this.#crash(each, true);
    },
    'kill-peer': (node) => {
      node.killPeer();
      this.#world.restartSoon(node);
    },
    'kill-executor': (node) => {
      node.killExecutor();
      this.#world.restartSoon(node);
    },
    'pause-peer': (node) => this.#pause(node, 'peer'),
    'pause-executor': (node) => this.#pause(node, 'executor'),
    'suspend-node': (node) => this.#pause(node, 'all'),
    partition: (node) => this.#partition(false, node),
    'one-way': (node) => this.#partition(true, node),
    disconnect: (node) => this.#disconnect(node),
    'wall-step': (node) => {
      node.wall.offsetMs += this.#chance.pick(wallStepsMs);
    },
    clog: (node) => this.#clog(node),
    'slow-disk': (node) => {
      node.slowDiskMs = this.#chance.pick([50, 200, 1000, 4000]);
      this.#later(5000, () => {
        node.slowDiskMs = 0;
      });
    },
    'disk-error': (node) => {
      node.diskFaults += 1;
      node.disk.failNextSync();
    },
    'disk-full': (node) => {
      node.diskFaults += 1;
      node.disk.setFull(true);
      this.#later(3000, () => node.disk.setFull(false));
    },
    transfer: (node) => {
      node.peer?.raft.transfer(undefined, () => {});
    },
    'part-kill': () => this.#partKill(),
  };

  /** The leader with the swarm's bias; else anybody. */
  #target(): SimNode {
    const { leader, nodes, options } = this.#world;
    if (leader !== undefined && this.#chance.happens(options.leaderBias)) return leader;
    return this.#chance.pick(nodes);
  }

  #crash(node: SimNode, powerLoss: boolean): void {
    node.killPeer(powerLoss);
    node.killExecutor();
    this.#world.restartSoon(node, this.#chance.happens(0.2) ? this.#chance.around(8000) : 0);
  }

  #pause(node: SimNode, what: 'peer' | 'executor' | 'all'): void {
    const how = what === 'all' ? 'suspend' : 'stop';
    const { peerProcess, executorProcess } = node;
    const one = what === 'peer' ? peerProcess : executorProcess;
    const paused = what === 'all' ? node.processes : one === undefined ? [] : [one];
    for (const process of paused) process.pause(how);
    const messagesFirst = this.#chance.happens(0.3);
    const lastsMs = this.#chance.around(this.#chance.pick([300, 2000, 8000]));
    this.#world.timeline.after(lastsMs, () => {
      for (const process of paused) process.resume(messagesFirst);
    });
  }

  #partition(oneWay: boolean, node: SimNode): void {
    const { weather, nodes } = this.#world;
    const ids = this.#chance.shuffled(nodes).map(({ id }) => id as string);
    const first = ids.indexOf(node.id);
    if (first > 0) ids.unshift(...ids.splice(first, 1));
    const cuts = cutsOf(this.#chance, ids, oneWay);
    for (const cut of cuts) weather.cuts.add(cut);
    this.#later(8000, () => {
      for (const cut of cuts) weather.cuts.delete(cut);
    });
  }

  #disconnect(node: SimNode): void {
    const { weather } = this.#world;
    weather.setReach(node.id, this.#chance.happens(0.5) ? 'silent' : 'down');
    this.#later(4000, () => weather.setReach(node.id, 'up'));
  }

  #clog(node: SimNode): void {
    const { weather, nodes, nowMs } = this.#world;
    const untilMs = nowMs + this.#chance.around(2500);
    const outward = this.#chance.happens(0.5);
    for (const other of nodes) {
      if (!this.#chance.happens(0.7)) continue;
      if (outward) weather.clog(node.id, other.id, untilMs);
      else weather.clog(other.id, node.id, untilMs);
    }
  }

  /**
   * A majority goes on without a minority, loses one of its own with the power, and must then find
   * a new majority with the minority (NATS issue 7567).
   */
  #partKill(): void {
    const { weather, nodes } = this.#world;
    if (nodes.length < 3) return;
    const mixed = this.#chance.shuffled(nodes);
    const few = Math.floor((nodes.length - 1) / 2);
    const minority = mixed.slice(0, few);
    const [victim, ...others] = mixed.slice(few);
    const cut = (left: readonly SimNode[], right: readonly SimNode[]): (() => void) => {
      const cuts = left.flatMap((a) =>
        right.flatMap((b) => [`${a.id}>${b.id}`, `${b.id}>${a.id}`]),
      );
      for (const each of cuts) weather.cuts.add(each);
      return () => {
        for (const each of cuts) weather.cuts.delete(each);
      };
    };
    const healFirst = cut(minority, mixed.slice(few));
    this.#later(4000, () => {
      healFirst();
      if (victim === undefined || this.#stopped) return;
      this.#crash(victim, true);
      this.#later(6000, cut(others, [...minority, victim]));
    });
  }

  #later(meanMs: number, undo: () => void): void {
    this.#world.timeline.after(this.#chance.around(meanMs), undo);
  }
}

/**
 * The world of one seed: time, weather, nodes, and the witnesses that watch them.
 *
 * It owns the order of events and the list of violations. It does not own what goes wrong (the
 * nemesis) nor what is asked for (the clients).
 */
import type { MembersChanged } from '../../src/api/service.ts';
import type { NodeId } from '../../src/base/brand.ts';
import type { Network, StoreOperation } from '../../src/base/ports.ts';
import type { TraceFields, TraceLevel } from '../../src/base/trace.ts';
import type { CommittedTurn } from '../../src/scheduler/world.ts';
import { MemoryHub } from '../../src/transport/memory.ts';
import { Chance } from './chance.ts';
import { allCheckers } from './checkers/all.ts';
import type { Checker, Scene } from './checkers/checker.ts';
import { Chronicle } from './chronicle.ts';
import { firstMembers, nodeIds } from './cluster.ts';
import { Effects } from './effects.ts';
import { Meter } from './meter.ts';
import { Weather } from './network.ts';
import { type NodeWitness, SimNode } from './node.ts';
import type { SimOptions } from './options.ts';
import { Sights } from './sights.ts';
import { Tail } from './tail.ts';
import { Timeline } from './timeline.ts';
import { makeTraits } from './traits.ts';

export interface Violation {
  readonly invariant: string;
  readonly text: string;
  readonly atMs: number;
}

/** What a node says when its disk fails: no surprise where the failure was injected. */
const diskErrors: ReadonlySet<string> = new Set(['peer.failed', 'ledger.failed']);

const stepsPerInstantMax = 100_000;

/** Features that show only where there is not room for everybody. */
const contended = ['namespace', 'preemption'] as const;

/** A restarted process needs so long to come up. */
const restartMs = { least: 300, spread: 1500 };

/** A request for a change of members is repeated for a while, and then its entry is on its way. */
const leavingMsMax = 30_000;

export class World implements Scene {
  readonly options: SimOptions;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly chronicle = new Chronicle();
  readonly effects = new Effects();
  readonly meter = new Meter();
  /** Nobody: it repeats what others have said. */
  readonly ghost: Network;
  readonly tail = new Tail(() => this.timeline.nowMs);
  readonly violations: Violation[] = [];
  readonly nodes: readonly SimNode[];
  readonly #checkers: readonly Checker[];
  readonly #settling: (() => void)[] = [];
  readonly #restarts: Chance;
  #instant = { ms: -1, steps: 0 };
  /** Who said last that it leads. */
  leader: SimNode | undefined;
  elections = 0;
  /** What happened to the workflows. */
  readonly sights = new Sights();
  /** Trace events by name (and reason): what this seed reached. */
  readonly marks = new Map<string, number>();
  /** Nodes that stay down. */
  readonly retired = new Set<SimNode>();
  /** When somebody asked last for a node to vote no more. */
  readonly #askedToLeave = new Map<NodeId, number>();

  constructor(options: SimOptions) {
    this.options = options;
    this.timeline = new Timeline(options.wallStartMs);
    this.chance = new Chance(options.seed, 'world');
    this.#restarts = this.chance.stream('restarts');
    const { timeline, chance, effects } = this;
    this.weather = new Weather(options, chance.stream('weather'), () => timeline.nowMs);
    const { payloadBytes } = options.pages;
    const policy = this.weather;
    const hub = new MemoryHub({ clock: timeline.clock, policy, maxPayloadBytes: payloadBytes });
    this.ghost = hub.join('ghost/wire');
    const { voters } = firstMembers(options.nodes);
    const ids = nodeIds(options.nodes + options.spares);
    const witness = this.#witness();
    const isVaried = options.features.includes('placement');
    const isNarrow = contended.some((feature) => options.features.includes(feature));
    const kind = { isVaried, isNarrow };
    const traits = makeTraits(chance.stream('traits'), ids.length, kind);
    this.nodes = ids.map((id, at) => {
      const own = traits[at];
      if (own === undefined) throw new Error('every node has traits');
      const common = { options, timeline, chance, hub, effects, witness };
      const formsWith = at < options.nodes ? voters : [];
      const votersWanted = options.nodes;
      const what = { traits: own, grows: isVaried };
      return new SimNode({ ...common, id, formsWith, votersWanted, ...what });
    });
    this.#checkers = allCheckers.map((make) => make(this));
    effects.onStart((effect, seen) => {
      this.tail.add(effect.node, `starts ${effect.instance} token ${effect.token}`);
      for (const checker of this.#checkers) checker.started?.(effect, seen);
    });
  }

  membersTold(told: MembersChanged): void {
    for (const checker of this.#checkers) checker.membersTold?.(told);
  }

  /** Somebody asks for a node to vote no more; nobody knows whether and when it happens. */
  asksToLeave(node: NodeId): void {
    this.#askedToLeave.set(node, this.nowMs);
  }

  /** Nodes of which that may be under way. */
  get leaving(): readonly NodeId[] {
    const asked = [...this.#askedToLeave];
    return asked.filter(([, at]) => this.nowMs - at < leavingMsMax).map(([node]) => node);
  }

  get nowMs(): number {
    return this.timeline.nowMs;
  }

  violate(invariant: string, text: string): void {
    this.violations.push({ invariant, text, atMs: this.nowMs });
    this.tail.add('VIOLATION', `${invariant}: ${text}`);
  }

  /** Called when the event that runs now has ended: the other side may have to be told first. */
  whenSettled(check: () => void): void {
    this.#settling.push(check);
  }

  /** Runs until `untilMs`, or until something is broken, or until `done`. */
  run(untilMs: number, done: () => boolean = () => false): void {
    while (this.violations.length === 0 && !done()) {
      let ran = false;
      try {
        ran = this.timeline.step(untilMs);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.violate('uncaught', text);
      }
      this.#settle();
      this.#checkProgress();
      if (!ran) return;
    }
  }

  /** The simulation is over. */
  end(): void {
    for (const checker of this.#checkers) checker.over?.();
  }

  start(node: SimNode): void {
    if (this.retired.has(node)) return;
    node.startExecutor();
    node.startPeer();
  }

  restartSoon(node: SimNode, afterMs = 0): void {
    const { least, spread } = restartMs;
    this.timeline.after(afterMs + least + this.#restarts.around(spread), () => {
      this.tail.add(node.id, 'restarts');
      this.start(node);
    });
  }

  #settle(): void {
    for (const check of this.#settling.splice(0)) check();
    for (const checker of this.#checkers) checker.settled?.();
  }

  /** Time must move: callbacks that ask for one another at once never end. */
  #checkProgress(): void {
    const { steps } = this.timeline;
    if (this.nowMs > this.#instant.ms) this.#instant = { ms: this.nowMs, steps };
    else if (steps - this.#instant.steps > stepsPerInstantMax) {
      this.violate('I12', `time stands still after ${stepsPerInstantMax} events of one instant`);
    }
  }

  #nodeOf(process: string): SimNode | undefined {
    const id = process.slice(0, process.indexOf('/'));
    return this.nodes.find((node) => node.id === id);
  }

  #witness(): NodeWitness {
    const tell = (work: (checker: Checker) => void): void => {
      for (const checker of this.#checkers) work(checker);
    };
    return {
      traced: (process, level, name, fields) => this.#traced(process, level, name, fields),
      logged: (node: SimNode, operations: readonly StoreOperation[]) => {
        this.meter.logged(node.id, operations);
        tell((checker) => checker.logged?.(node, operations));
      },
      synced: (node, what) => this.meter.synced(node.id, what),
      opened: (node) => tell((checker) => checker.opened?.(node)),
      committed: (node, turn) => this.#committed(node, turn),
      sent: (process, subject, payload) => {
        this.tail.addBytes(process, subject, payload);
        this.meter.sent(process, subject, payload);
      },
      broken: (invariant, text) => this.violate(invariant, text),
      peerEnded: (node, why) => {
        this.tail.add(node.id, `ended itself: ${why}`);
        this.restartSoon(node);
      },
    };
  }

  #committed(node: SimNode, turn: CommittedTurn): void {
    const recorded = this.chronicle.enter(turn, (decision) => {
      this.sights.see(decision);
      for (const checker of this.#checkers) checker.recorded?.(decision);
    });
    for (const checker of this.#checkers) checker.committed?.(node, turn);
    if (recorded === undefined) return;
    const what = recorded.map(({ what }) => what).join(' ') || 'no-op';
    this.tail.add(node.id, `commits ${turn.index} ${what}`);
  }

  saw(sight: string): void {
    this.sights.saw(sight);
  }

  #mark(name: string): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + 1);
  }

  #traced(process: string, level: TraceLevel, name: string, fields: TraceFields): void {
    const words = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
    this.tail.add(process, `${name} ${words.join(' ')}`, level === 'debug');
    this.#mark(typeof fields.reason === 'string' ? `${name} ${fields.reason}` : name);
    const node = this.#nodeOf(process);
    const isInjected = diskErrors.has(name) && (node?.diskFaults ?? 0) > 0;
    // A node that was removed ends itself: somebody wanted it.
    const isSentAway = name === 'peer.failed' && fields.kind === 'identity';
    if (level === 'error' && !isInjected && !isSentAway) {
      this.violate('trace', `${process} ${name} ${words.join(' ')}`);
    }
    if (name === 'scheduler.took-over') {
      for (const checker of this.#checkers) checker.takesOver?.();
    }
    if (name !== 'raft.role' || fields.role !== 'leader' || node === undefined) return;
    this.leader = node;
    this.elections += 1;
    for (const checker of this.#checkers) checker.leads?.(node, Number(fields.term));
  }
}

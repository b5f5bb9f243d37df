/**
 * A cluster of pure cores with a hand-driven network and disks that forget what is not synced.
 * Every step of every node is checked against the safety invariants I1-I9 and the linearizability
 * of reads.
 */
import { assert, present } from '../../src/base/assert.ts';
import { logIndex, type NodeId, nodeId, term } from '../../src/base/brand.ts';
import type { Random } from '../../src/base/ports.ts';
import type { Entry, HardState, TermRun } from '../../src/raft/log-store.ts';
import { Raft } from '../../src/raft/raft.ts';
import type { CoreSettings } from '../../src/raft/settings.ts';
import { defaultCoreSettings } from '../../src/raft/settings.ts';
import type { Input, Message, Output, SendAppend } from '../../src/raft/types.ts';
import { CoreNode } from './core-node.ts';
import { SafetyChecker } from './safety-checker.ts';

export interface Flight {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

export interface ClusterOptions {
  readonly names: readonly string[];
  readonly random: (node: NodeId) => Random;
  readonly settings?: Partial<CoreSettings>;
  readonly observe?: (node: NodeId, output: Output) => void;
}

export class CoreCluster {
  readonly nodes = new Map<NodeId, CoreNode>();
  readonly voters: readonly NodeId[];
  readonly checker: SafetyChecker;
  network: Flight[] = [];
  readonly #options: ClusterOptions;
  readonly #settings: CoreSettings;
  #nextRead = 1;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#settings = { ...defaultCoreSettings, ...options.settings };
    this.voters = options.names.map(nodeId);
    for (const id of this.voters) this.nodes.set(id, new CoreNode(id));
    this.checker = new SafetyChecker(this.nodes);
    for (const id of this.voters) this.start(id);
  }

  node(id: NodeId): CoreNode {
    return present(this.nodes.get(id), `no node ${id}`);
  }

  /** Replaces what is on a node's disk before it runs. */
  install(id: NodeId, disk: { hardState: HardState; log: readonly Entry[] }): void {
    const node = this.node(id);
    node.hardState = disk.hardState;
    node.disk = [...disk.log];
    this.start(id);
  }

  start(id: NodeId): void {
    const node = this.node(id);
    node.memory = [...node.disk];
    node.queue = [];
    node.raft = new Raft({
      self: id,
      voters: this.voters,
      random: this.#options.random(id),
      settings: this.#settings,
      hardState: node.hardState,
      lastIndex: logIndex(node.disk.length),
      terms: termRuns(node.disk),
      appliedIndex: node.applied,
    });
    this.checker.started(node);
  }

  /** What is not synced is lost. */
  crash(id: NodeId): void {
    const node = this.node(id);
    node.raft = undefined;
    node.queue = [];
  }

  step(id: NodeId, input: Input): void {
    const node = this.node(id);
    if (node.raft === undefined) return;
    for (const output of node.raft.step(input)) {
      this.#perform(node, output);
      this.#options.observe?.(id, output);
      this.checker.output(node, output);
    }
    this.checker.stepped(node);
  }

  propose(id: NodeId, text: string): void {
    this.step(id, { kind: 'propose', payload: new TextEncoder().encode(text) });
    this.step(id, { kind: 'flush' });
  }

  read(id: NodeId): void {
    const read = this.#nextRead++;
    this.checker.readAsked(read);
    this.step(id, { kind: 'read', id: read });
  }

  /** Syncs the first `count` waiting writes as one batch. */
  sync(id: NodeId, count = Number.POSITIVE_INFINITY): boolean {
    const node = this.node(id);
    const batch = node.queue.splice(0, count);
    if (batch.length === 0 || node.raft === undefined) return false;
    for (const { hardState, truncateFrom, append } of batch) {
      this.checker.writing(node, hardState);
      node.hardState = hardState ?? node.hardState;
      if (truncateFrom !== undefined) node.disk.length = truncateFrom - 1;
      node.disk.push(...append);
    }
    this.step(id, {
      kind: 'persisted',
      write: present(batch.at(-1), 'the batch is not empty').write,
      lastIndex: logIndex(node.disk.length),
      lastTerm: node.disk.at(-1)?.term ?? term(0),
    });
    return true;
  }

  deliver(flight: Flight): void {
    this.step(flight.to, { kind: 'message', from: flight.from, message: flight.message });
  }

  /** Delivers and syncs until nothing moves. Returns false when it never calms down. */
  settle(reachable: (flight: Flight) => boolean = () => true): boolean {
    for (let round = 0; round < 10_000; round++) {
      const flight = this.network.shift();
      if (flight !== undefined) {
        if (reachable(flight)) this.deliver(flight);
      } else if (!this.voters.some((id) => this.sync(id))) {
        return true;
      }
    }
    return false;
  }

  #perform(node: CoreNode, output: Output): void {
    switch (output.kind) {
      case 'persist':
        if (output.truncateFrom !== undefined) node.memory.length = output.truncateFrom - 1;
        node.memory.push(...output.append);
        node.queue.push(output);
        break;
      case 'send':
        for (const to of output.to) this.#send(node.id, to, output.message);
        break;
      case 'send-append':
        for (const to of output.to) this.#send(node.id, to, this.#materialise(node, output));
        break;
      case 'committed':
        node.applied = output.index;
        break;
      default:
        break;
    }
  }

  #materialise(node: CoreNode, append: SendAppend): Message {
    const { prevIndex, prevTerm, commit, lastIndex } = append;
    const range = node.memory.slice(prevIndex, lastIndex);
    assert(range.length === lastIndex - prevIndex, 'I9: the sender has what it sends');
    let bytes = 0;
    const entries = range.filter((entry, place) => {
      bytes += entry.payload.length;
      return place === 0 || !append.cut || bytes <= this.#settings.maxAppendBytes;
    });
    return { kind: 'append', term: append.term, prevIndex, prevTerm, commit, entries };
  }

  #send(from: NodeId, to: NodeId, message: Message): void {
    assert(from !== to, 'nobody sends to itself');
    this.network.push({ from, to, message });
  }
}

export function termRuns(log: readonly Entry[]): TermRun[] {
  const runs: TermRun[] = [];
  for (const entry of log) {
    if (runs.at(-1)?.term !== entry.term) runs.push({ first: entry.index, term: entry.term });
  }
  return runs;
}

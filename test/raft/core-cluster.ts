/**
 * A cluster of pure cores with a hand-driven network and disks that forget what is not synced.
 * Every step of every node is checked against the safety invariants and the linearizability of
 * reads. It plays the driver too: it tells the lives of a node apart, and carries snapshots.
 */
import { assert, present } from '../../src/base/assert.ts';
import { type Incarnation, incarnation, type NodeId, nodeId } from '../../src/base/brand.ts';
import type { Random } from '../../src/base/ports.ts';
import type { Entry, HardState, LogBase } from '../../src/raft/log-store.ts';
import { type MemberChange, type Members, memberNamed, noMembers } from '../../src/raft/members.ts';
import { Raft } from '../../src/raft/raft.ts';
import type { CoreSettings } from '../../src/raft/settings.ts';
import { defaultCoreSettings } from '../../src/raft/settings.ts';
import type { Input, Message, Output, SendAppend } from '../../src/raft/types.ts';
import { CoreNode, emptyBase, NodeLog, termRuns } from './core-node.ts';
import { SafetyChecker } from './safety-checker.ts';

export interface Flight {
  readonly from: NodeId;
  readonly incarnation: Incarnation;
  readonly to: NodeId;
  readonly message: Message;
}

export interface ClusterOptions {
  readonly names: readonly string[];
  /** They run and belong to nothing yet. */
  readonly spares?: readonly string[];
  readonly random: (node: NodeId) => Random;
  readonly settings?: Partial<CoreSettings>;
  readonly observe?: (node: NodeId, output: Output) => void;
}

export class CoreCluster {
  readonly nodes = new Map<NodeId, CoreNode>();
  /** All nodes, members or not. */
  readonly ids: readonly NodeId[];
  readonly checker: SafetyChecker;
  network: Flight[] = [];
  /** Snapshots that were installed, and nodes that lost their data. */
  snapshots = 0;
  wipes = 0;
  readonly #options: ClusterOptions;
  readonly #settings: CoreSettings;
  #nextRead = 1;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#settings = { ...defaultCoreSettings, ...options.settings };
    const first = options.names.map(nodeId);
    const formed = {
      ...noMembers,
      voters: first.map((node) => ({ node, incarnation: life(node) })),
    };
    this.ids = [...first, ...(options.spares ?? []).map(nodeId)];
    for (const id of this.ids) {
      this.nodes.set(id, new CoreNode(id, first.includes(id) ? formed : noMembers));
    }
    this.checker = new SafetyChecker(this.nodes, formed);
    for (const id of this.ids) this.start(id);
  }

  node(id: NodeId): CoreNode {
    return present(this.nodes.get(id), `no node ${id}`);
  }

  /** Replaces what is on a node's disk before it runs. */
  install(
    id: NodeId,
    disk: { hardState: HardState; base?: LogBase | undefined; log: readonly Entry[] },
  ): void {
    const node = this.node(id);
    node.hardState = disk.hardState;
    node.disk = new NodeLog(disk.base ?? node.disk.base, disk.log);
    node.applied = node.disk.base.index;
    this.start(id);
  }

  start(id: NodeId): void {
    const node = this.node(id);
    node.memory = node.disk.copy();
    node.queue = [];
    node.snapshots.clear();
    node.raft = new Raft({
      self: id,
      incarnation: node.incarnation,
      random: this.#options.random(id),
      settings: this.#settings,
      hardState: node.hardState,
      base: node.disk.base,
      lastIndex: node.disk.lastIndex,
      terms: termRuns(node.disk.entries),
      members: node.disk.members(),
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

  /**
   * The node starts over without its data, hence as another incarnation that belongs to nothing.
   */
  wipe(id: NodeId): void {
    this.wipes += 1;
    this.checker.ends(this.node(id));
    this.crash(id);
    const fresh = new CoreNode(id, noMembers);
    const node = this.node(id);
    node.lives += 1;
    node.hardState = fresh.hardState;
    node.disk = new NodeLog(emptyBase(noMembers));
    node.applied = fresh.applied;
    this.start(id);
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

  /** A member that is added is the life that the node has now. */
  change(id: NodeId, kind: MemberChange['kind'], node: NodeId): void {
    const member = { node, incarnation: this.node(node).incarnation };
    const change = kind === 'add-learner' ? { kind, member } : { kind, node };
    this.step(id, { kind: 'change-members', change });
  }

  /** Syncs the first `count` waiting writes as one batch. */
  sync(id: NodeId, count = Number.POSITIVE_INFINITY): boolean {
    const node = this.node(id);
    const batch = node.queue.splice(0, count);
    if (batch.length === 0 || node.raft === undefined) return false;
    for (const write of batch) {
      this.checker.writing(node, write.hardState);
      node.hardState = write.hardState ?? node.hardState;
      node.disk.write(write);
    }
    this.step(id, {
      kind: 'persisted',
      write: present(batch.at(-1), 'the batch is not empty').write,
      lastIndex: node.disk.lastIndex,
      lastTerm: node.disk.lastTerm,
    });
    return true;
  }

  /** The driver of the receiver drops what no life that counts has said. */
  deliver(flight: Flight): void {
    const { from, to, message } = flight;
    const view = this.node(to).raft?.view;
    if (view === undefined || !isHeard(flight, view)) return;
    this.step(to, { kind: 'message', from, message });
  }

  /**
   * The whole of a snapshot in one go: the receiver restarts with the ledger of the sender. False
   * when one of them is down.
   */
  carrySnapshot(from: NodeId, to: NodeId): boolean {
    const source = this.node(from);
    const target = this.node(to);
    source.snapshots.delete(to);
    const base = this.checker.baseAt(source.applied);
    if (source.raft === undefined || target.raft === undefined) return false;
    if (base.index > target.applied) {
      this.snapshots += 1;
      this.crash(to);
      target.disk.adopt(base);
      target.applied = base.index;
      this.start(to);
    }
    this.step(from, { kind: 'snapshot-ended', to, index: base.index });
    return true;
  }

  /** Delivers and syncs until nothing moves. Returns false when it never calms down. */
  settle(reachable: (flight: Flight) => boolean = () => true): boolean {
    for (let round = 0; round < 10_000; round++) {
      const flight = this.network.shift();
      if (flight !== undefined) {
        if (reachable(flight)) this.deliver(flight);
      } else if (!this.ids.some((id) => this.sync(id)) && !this.#carryOne()) {
        return true;
      }
    }
    return false;
  }

  #carryOne(): boolean {
    for (const { id, snapshots } of this.nodes.values()) {
      for (const to of snapshots) if (this.carrySnapshot(id, to)) return true;
    }
    return false;
  }

  #perform(node: CoreNode, output: Output): void {
    switch (output.kind) {
      case 'persist':
        node.memory.write(output);
        node.queue.push(output);
        break;
      case 'send':
        for (const to of output.to) this.#send(node, to, output.message);
        break;
      case 'send-append':
        for (const to of output.to) this.#send(node, to, this.#materialise(node, output));
        break;
      case 'send-snapshot':
        node.snapshots.add(output.to);
        break;
      case 'role':
        if (output.role !== 'leader') node.snapshots.clear();
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
    const range = node.memory.range(prevIndex + 1, lastIndex);
    assert(range.length === lastIndex - prevIndex, 'I9: the sender has what it sends');
    let bytes = 0;
    const entries = range.filter((entry, place) => {
      bytes += entry.payload.length;
      return place === 0 || !append.cut || bytes <= this.#settings.maxAppendBytes;
    });
    return { kind: 'append', term: append.term, prevIndex, prevTerm, commit, entries };
  }

  #send({ id: from, incarnation: sender }: CoreNode, to: NodeId, message: Message): void {
    assert(from !== to, 'nobody sends to itself');
    this.network.push({ from, incarnation: sender, to, message });
  }
}

const life = (node: NodeId): Incarnation => incarnation(`${node}.1`);

const answers: ReadonlySet<Message['kind']> = new Set([
  'pre-vote-answer',
  'vote-answer',
  'append-accepted',
  'append-rejected',
  'heartbeat-answer',
  'read-request',
]);

function isHeard(
  { from, incarnation: sender, message }: Flight,
  view: {
    readonly members: { readonly members: Members };
    readonly committedMembers: { readonly members: Members };
  },
): boolean {
  if (message.kind === 'vote' || message.kind === 'pre-vote') {
    return !view.committedMembers.members.removed.includes(sender);
  }
  if (!answers.has(message.kind)) return true;
  return memberNamed(view.members.members, from)?.incarnation === sender;
}

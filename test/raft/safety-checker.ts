/**
 * The invariants of Raft as an omniscient witness sees them, checked after every step:
 * I1 one leader per term, I2 log matching, I3 leader completeness, I5 a committed index never
 * changes, I6 what is committed is durable on a majority, I7 term, vote and commit never go back,
 * I8 applied <= commit <= last, I9 no gap, and I10 a read sees everything committed before it.
 */
import { assert } from '../../src/base/assert.ts';
import type { NodeId } from '../../src/base/brand.ts';
import type { Entry, HardState } from '../../src/raft/log-store.ts';
import { quorumSize } from '../../src/raft/quorum.ts';
import type { Message, Output } from '../../src/raft/types.ts';
import type { CoreNode } from './core-node.ts';

interface Committed {
  readonly entry: Entry;
  readonly inTerm: number;
}

export class SafetyChecker {
  readonly #nodes: ReadonlyMap<NodeId, CoreNode>;
  readonly #leaders = new Map<number, NodeId>();
  readonly #votes = new Map<string, NodeId>();
  readonly #commits = new Map<NodeId, number>();
  readonly #terms = new Map<NodeId, number>();
  readonly #reads = new Map<number, number>();
  readonly committed: Committed[] = [];
  readsAnswered = 0;

  constructor(nodes: ReadonlyMap<NodeId, CoreNode>) {
    this.#nodes = nodes;
  }

  started(node: CoreNode): void {
    this.#commits.set(node.id, node.applied);
    this.#terms.set(node.id, node.hardState.term);
  }

  writing(node: CoreNode, hardState: HardState | undefined): void {
    if (hardState === undefined) return;
    assert(hardState.term >= node.hardState.term, `I7: the term of ${node.id} went back`);
    if (hardState.vote === undefined) return;
    const key = `${node.id} in ${hardState.term}`;
    const before = this.#votes.get(key) ?? hardState.vote;
    assert(before === hardState.vote, `I7: two votes of ${key}`);
    this.#votes.set(key, hardState.vote);
  }

  readAsked(id: number): void {
    this.#reads.set(id, this.committed.length);
  }

  output(node: CoreNode, output: Output): void {
    if (output.kind === 'send') {
      for (const to of output.to) this.#sent(node, to, output.message);
    } else if (output.kind === 'committed') {
      assert(output.index <= node.disk.length, `R6: ${node.id} announces what is not synced`);
    } else if (output.kind === 'read-ready') {
      const least = this.#reads.get(output.id);
      assert(least !== undefined, 'only what was asked is answered');
      assert(output.index >= least, `I10: read ${output.id} at ${output.index} misses ${least}`);
      this.readsAnswered += 1;
    } else if (output.kind === 'role' && output.role === 'leader') {
      this.#leads(node, output.term);
    }
  }

  stepped(node: CoreNode): void {
    const view = node.raft?.view;
    if (view === undefined) return;
    assert(view.term >= (this.#terms.get(node.id) ?? 0), `I7: the term of ${node.id} went back`);
    this.#terms.set(node.id, view.term);
    assert(view.log.lastIndex === node.memory.length, 'I9: the core knows the length of the log');
    assert(view.log.lastTerm === (node.memory.at(-1)?.term ?? 0), 'I9: and how it ends');
    assert(view.durable <= node.disk.length, 'I6: durable means synced');
    assert(view.commit <= view.log.lastIndex, 'I8: commit <= last');
    this.#committedUpTo(node, view.commit, view.term);
    this.#logsMatch(node);
  }

  #sent(node: CoreNode, to: NodeId, message: Message): void {
    const synced = node.hardState;
    const promised = message.kind === 'pre-vote' || message.kind === 'pre-vote-answer';
    if (!promised) assert(synced.term >= message.term, 'R2: the term is synced before it is sent');
    if (message.kind === 'vote-answer' && message.granted && synced.term === message.term) {
      assert(synced.vote === to, 'R2: the vote is synced before it is sent');
    }
    if (message.kind === 'append-accepted' || message.kind === 'heartbeat-answer') {
      assert(message.match <= node.disk.length, 'I6: what is acknowledged is synced');
    }
  }

  #leads(node: CoreNode, term: number): void {
    const leader = this.#leaders.get(term) ?? node.id;
    assert(leader === node.id, `I1: ${leader} and ${node.id} lead in term ${term}`);
    this.#leaders.set(term, node.id);
    this.committed.forEach(({ entry, inTerm }, place) => {
      const own = node.memory[place];
      assert(inTerm >= term || same(own, entry), `I3: ${node.id} lacks ${entry.index} in ${term}`);
    });
  }

  #committedUpTo(node: CoreNode, commit: number, term: number): void {
    const before = this.#commits.get(node.id) ?? 0;
    assert(commit >= before, `I7: the commit of ${node.id} went back`);
    this.#commits.set(node.id, commit);
    for (let place = before; place < commit; place++) {
      const entry = node.memory[place];
      assert(entry !== undefined, 'I9: what is committed is there');
      const known = this.committed[place];
      if (known !== undefined) {
        assert(same(known.entry, entry), `I5: index ${entry.index} changed at ${node.id}`);
        continue;
      }
      let copies = 0;
      for (const other of this.#nodes.values()) if (same(other.disk[place], entry)) copies += 1;
      assert(copies >= quorumSize(this.#nodes.size), `I6: ${entry.index} has ${copies} copies`);
      this.committed[place] = { entry, inTerm: term };
    }
  }

  #logsMatch(node: CoreNode): void {
    for (const other of this.#nodes.values()) {
      if (other === node) continue;
      let place = Math.min(node.memory.length, other.memory.length) - 1;
      while (place >= 0 && node.memory[place]?.term !== other.memory[place]?.term) place -= 1;
      for (; place >= 0; place--) {
        const equal = same(node.memory[place], other.memory[place]);
        assert(equal, `I2: ${node.id} and ${other.id} differ at ${place + 1}`);
      }
    }
  }
}

const same = (a: Entry | undefined, b: Entry | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  (a === b ||
    (a.index === b.index && a.term === b.term && Buffer.compare(a.payload, b.payload) === 0));

/**
 * The invariants of Raft as an omniscient witness sees them, checked after every step:
 * I1 one leader per term, I2 log matching, I3 leader completeness, I5 a committed index never
 * changes, I6 what is committed is durable on a majority of the voters that rule at the leader, I7
 * term, vote and commit never go back, I8 base <= applied <= commit <= last, I9 no gap, I10 a read
 * sees everything committed before it, I14 neighbouring configurations share a quorum and at most
 * one change is uncommitted.
 */
import { assert, present } from '../../src/base/assert.ts';
import { type Incarnation, logIndex, type NodeId } from '../../src/base/brand.ts';
import type { Entry, HardState, LogBase } from '../../src/raft/log-store.ts';
import { decodeMembers, type Members, type MembersAt } from '../../src/raft/members.ts';
import { quorumSize } from '../../src/raft/quorum.ts';
import type { Message, Output } from '../../src/raft/types.ts';
import { type CoreNode, emptyBase, type NodeLog } from './core-node.ts';

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
  /** What lives that lost their data had on disk: they can vote no more, so it still counts. */
  readonly #ended = new Map<Incarnation, NodeLog>();
  readonly #reads = new Map<number, number>();
  /** The configuration that each node had when it was last compared with its log. */
  readonly #effective = new Map<NodeId, MembersAt>();
  /** Committed configurations, the first that of index 0. */
  readonly #members: MembersAt[];
  readonly committed: Committed[] = [];
  readsAnswered = 0;

  constructor(nodes: ReadonlyMap<NodeId, CoreNode>, formed: Members) {
    this.#nodes = nodes;
    this.#members = [{ index: logIndex(0), members: formed }];
  }

  started(node: CoreNode): void {
    this.#commits.set(node.id, node.applied);
    this.#terms.set(node.id, node.hardState.term);
  }

  /** The node is about to lose its data. */
  ends(node: CoreNode): void {
    this.#ended.set(node.incarnation, node.disk.copy());
  }

  writing(node: CoreNode, hardState: HardState | undefined): void {
    if (hardState === undefined) return;
    assert(hardState.term >= node.hardState.term, `I7: the term of ${node.id} went back`);
    if (hardState.vote === undefined) return;
    const key = `${node.incarnation} in ${hardState.term}`;
    const before = this.#votes.get(key) ?? hardState.vote;
    assert(before === hardState.vote, `I7: two votes of ${key}`);
    this.#votes.set(key, hardState.vote);
  }

  readAsked(id: number): void {
    this.#reads.set(id, this.committed.length);
  }

  /** How many changes of the configuration were committed. */
  get changes(): number {
    return this.#members.length - 1;
  }

  /** The last committed configuration. */
  get members(): Members {
    return present(this.#members.at(-1), 'the first is always there').members;
  }

  /** What a snapshot of a ledger that has applied `index` says about the log. */
  baseAt(index: number): LogBase {
    const last = this.#members.findLast((each) => each.index <= index);
    const { members } = present(last, 'the first is always there');
    if (index === 0) return emptyBase(members);
    const { entry } = present(this.committed[index - 1], 'what is applied is committed');
    return { index: entry.index, term: entry.term, chain: 0, members };
  }

  output(node: CoreNode, output: Output): void {
    if (output.kind === 'send') {
      for (const to of output.to) this.#sent(node, to, output.message);
    } else if (output.kind === 'committed') {
      assert(output.index <= node.disk.lastIndex, `R6: ${node.id} announces what is not synced`);
    } else if (output.kind === 'read-ready') {
      const least = this.#reads.get(output.id);
      assert(least !== undefined, 'only what was asked is answered');
      assert(output.index >= least, `I10: read ${output.id} at ${output.index} misses ${least}`);
      this.readsAnswered += 1;
    } else if (output.kind === 'member-forgot') {
      assert(false, `G4: ${output.node} forgot nothing`);
    } else if (output.kind === 'role' && output.role === 'leader') {
      this.#leads(node, output.term);
    }
  }

  stepped(node: CoreNode): void {
    const view = node.raft?.view;
    if (view === undefined) return;
    const { memory } = node;
    assert(view.term >= (this.#terms.get(node.id) ?? 0), `I7: the term of ${node.id} went back`);
    this.#terms.set(node.id, view.term);
    assert(view.log.lastIndex === memory.lastIndex, 'I9: the core knows the length of the log');
    assert(view.log.lastTerm === memory.lastTerm, 'I9: and how it ends');
    assert(view.log.base.index === memory.base.index, 'I9: and where it begins');
    assert(view.durable <= node.disk.lastIndex, 'I6: durable means synced');
    assert(view.commit <= view.log.lastIndex, 'I8: commit <= last');
    assert(node.applied <= view.commit, 'I8: applied <= commit');
    assert(memory.base.index <= node.applied, 'I8: base <= applied');
    this.#committedUpTo(node, view.commit, view.term);
    this.#membersFollowTheLog(node, view.members);
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
      assert(message.match <= node.disk.lastIndex, 'I6: what is acknowledged is synced');
    }
  }

  #leads(node: CoreNode, term: number): void {
    const leader = this.#leaders.get(term) ?? node.id;
    assert(leader === node.id, `I1: ${leader} and ${node.id} lead in term ${term}`);
    this.#leaders.set(term, node.id);
    this.committed.slice(node.memory.base.index).forEach(({ entry, inTerm }) => {
      const own = node.memory.at(entry.index);
      assert(inTerm >= term || same(own, entry), `I3: ${node.id} lacks ${entry.index} in ${term}`);
    });
  }

  #committedUpTo(node: CoreNode, commit: number, term: number): void {
    const before = this.#commits.get(node.id) ?? 0;
    assert(commit >= before, `I7: the commit of ${node.id} went back`);
    this.#commits.set(node.id, commit);
    for (let index = before + 1; index <= commit; index++) {
      const entry = node.memory.at(index);
      assert(entry !== undefined, 'I9: what is committed is there');
      const known = this.committed[index - 1];
      if (known !== undefined) {
        assert(same(known.entry, entry), `I5: index ${entry.index} changed at ${node.id}`);
        continue;
      }
      this.#durableOnMajority(node, entry);
      this.committed[index - 1] = { entry, inTerm: term };
      const members = decodeMembers(entry.payload);
      if (members !== undefined) this.#newMembers({ index: entry.index, members });
    }
  }

  /** I6, by the voters of whoever commits it first. */
  #durableOnMajority(node: CoreNode, entry: Entry): void {
    const voters = present(node.raft, 'it runs').view.members.members.voters;
    const copies = voters.filter((voter) => {
      const other = present(this.#nodes.get(voter.node), 'voters are nodes');
      const lives = other.incarnation === voter.incarnation;
      const disk = lives ? other.disk : this.#ended.get(voter.incarnation);
      return same(disk?.at(entry.index), entry);
    });
    const names = copies.map((voter) => voter.node).join(' ');
    assert(copies.length >= quorumSize(voters.length), `I6: ${entry.index} is only on ${names}`);
  }

  #newMembers(next: MembersAt): void {
    const old = this.members.voters.map((voter) => voter.incarnation);
    const now = next.members.voters.map((voter) => voter.incarnation);
    const all = new Set([...old, ...now]).size;
    const overlap = quorumSize(old.length) + quorumSize(now.length) > all;
    assert(overlap, `I14: [${old}] and [${now}] have disjoint majorities`);
    this.#members.push(next);
  }

  #membersFollowTheLog(node: CoreNode, effective: MembersAt): void {
    const behind = node.memory.members();
    const last = behind.at(-1);
    if (this.#effective.get(node.id) !== effective) {
      this.#effective.set(node.id, effective);
      const expected = JSON.stringify(last?.members ?? node.memory.base.members);
      assert(expected === JSON.stringify(effective.members), 'I14: the last configuration rules');
    }
    const rules =
      last === undefined
        ? effective.index <= node.memory.base.index
        : last.index === effective.index;
    assert(rules, 'I14: the last configuration rules');
    const open = behind.filter(({ index }) => index > this.committed.length);
    assert(open.length <= 1, `I14: ${open.length} uncommitted changes at ${node.id}`);
  }

  #logsMatch(node: CoreNode): void {
    const { memory } = node;
    for (const other of this.#nodes.values()) {
      if (other === node) continue;
      const first = Math.max(memory.base.index, other.memory.base.index) + 1;
      let index = Math.min(memory.lastIndex, other.memory.lastIndex);
      while (index >= first && memory.at(index)?.term !== other.memory.at(index)?.term) index -= 1;
      for (; index >= first; index--) {
        const equal = same(memory.at(index), other.memory.at(index));
        assert(equal, `I2: ${node.id} and ${other.id} differ at ${index}`);
      }
    }
  }
}

const same = (a: Entry | undefined, b: Entry | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  (a === b ||
    (a.index === b.index && a.term === b.term && Buffer.compare(a.payload, b.payload) === 0));

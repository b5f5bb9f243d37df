/**
 * Raft, as the disks show it:
 *   I2  two logs that have an entry of the same index and term are equal up to it;
 *   I3  a new leader has every entry that was committed in an earlier term;
 *   I5  a committed index never changes;
 *   I6  what is committed is durable on a majority of a configuration in effect, by the disks' word
 *       and not by a leader's table;
 *   I7  terms, votes and applied indexes never go back, restarts included;
 *   I8  a log begins where the ledger beside it has arrived already, and on what is committed;
 *   I9  a log has no gap;
 *   I11 what people were told of the members is committed;
 *   I14 two configurations that follow one another differ in one voter at most.
 *
 * A member is a directory: with a new incarnation a node owes nothing to what it was before.
 */
import type { MembersChanged } from '../../../src/api/service.ts';
import type { StoreOperation } from '../../../src/base/ports.ts';
import { decodeMembers, type Members, sameMember } from '../../../src/raft/members.ts';
import { baseKey, markKey } from '../../../src/storage/keyspace.ts';
import {
  type LogMark,
  type LogPlace,
  markOf,
  type StoredMark,
} from '../../../src/storage/log-mark.ts';
import { decodeEntry } from '../../../src/storage/log-rows.ts';
import { unseal } from '../../../src/storage/seal.ts';
import { firstMembers } from '../cluster.ts';
import type { SimNode } from '../node.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

/** The chain is a CRC over the entry and, through it, over every entry before. */
interface DurableEntry {
  readonly term: number;
  readonly chain: number;
}

interface NodeLog {
  readonly incarnation: string | undefined;
  /** By index, from the base on; the base itself is there as an entry. */
  readonly entries: Map<number, DurableEntry>;
  base: number;
  last: number;
  term: number;
  vote: string | undefined;
  applied: number;
}

/** A configuration, and the chain of the entry that brought it. */
interface Configuration {
  readonly index: number;
  readonly chain: number;
  readonly members: Members;
}

class RaftLogChecker implements Checker {
  readonly #scene: Scene;
  readonly #logs = new Map<string, NodeLog>();
  /** `index/term` -> chain. */
  readonly #known = new Map<string, number>();
  /** Chains of the committed entries, and the terms in which they were committed, by index. */
  readonly #committed: number[] = [0];
  readonly #terms: number[] = [0];
  /** What people were told. */
  readonly #membersTold: MembersChanged[] = [];
  /** By chain; the first one is the cluster's. */
  readonly #configurations = new Map<number, Configuration>();

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#configurations.set(0, { index: 0, chain: 0, members: firstMembers(scene.options.nodes) });
  }

  /** A stopped candidate may learn late that it had won: later terms owe it nothing. */
  leads: NonNullable<Checker['leads']> = (node, term) => {
    let last = this.#terms.length - 1;
    while (last > 0 && (this.#terms[last] ?? 0) >= term) last -= 1;
    const own = node.peer?.raft.status().lastIndex ?? 0;
    if (own < last) {
      this.#scene.violate('I3', `${node.id} leads in ${term} with ${own} of ${last} entries`);
    }
  };

  logged: NonNullable<Checker['logged']> = (node, operations) => {
    const log = this.#logOf(node);
    const mark = this.#markIn(node, operations);
    if (mark !== undefined) this.#rebase(node, log, mark.base);
    for (const operation of operations) {
      if (operation.kind === 'delete') this.#drop(node, log, operation.key);
      else if (operation.key !== markKey && operation.key !== baseKey) {
        this.#put(node, log, operation);
      }
    }
    if (mark !== undefined) this.#mark(node, log, mark);
  };

  opened: NonNullable<Checker['opened']> = (node) => {
    // A copy that was put back owes nothing, as long as its peers find it out.
    if (node.wasCopiedBack) this.#logs.delete(node.id);
    const before = this.#logOf(node);
    const log = emptyLog(node.incarnation);
    const image = node.disk.backup().stores.get('log')?.rows();
    const range = { from: '', to: '\u007f', limit: Number.MAX_SAFE_INTEGER };
    const rows = image?.scan(range) ?? [];
    this.#logs.set(node.id, { ...log, term: before.term, vote: before.vote });
    this.logged(
      node,
      rows.map((row) => ({ kind: 'put', ...row })),
    );
    const opened = this.#logOf(node);
    this.#compareWithBefore(node, before, opened);
    const applied = node.peer?.ledger.appliedIndex ?? 0;
    if (applied < before.applied && node.diskFaults === 0) {
      this.#scene.violate('I7', `${node.id} restarts at ${applied}, it was at ${before.applied}`);
    }
    if (applied > opened.last) {
      this.#scene.violate(
        'I8',
        `${node.id} has applied ${applied}, its log ends at ${opened.last}`,
      );
    }
    opened.applied = applied;
  };

  committed: NonNullable<Checker['committed']> = (node, { index }) => {
    const log = this.#logOf(node);
    const entry = log.entries.get(index);
    if (entry === undefined) {
      this.#scene.violate('I6', `${node.id} applies ${index}, which its own disk does not hold`);
      return;
    }
    const known = this.#committed[index];
    if (known === undefined) this.#firstCommit(node, index, entry);
    else if (known !== entry.chain) {
      const text = `${node.id} commits another entry at ${index} (term ${entry.term})`;
      this.#scene.violate('I5', text);
    }
  };

  over(): void {
    for (const { index, members } of this.#membersTold) {
      if (JSON.stringify(this.#committedAt(index).members) === JSON.stringify(members)) continue;
      this.#scene.violate('I11', `people heard of other members than the log has at ${index}`);
    }
  }

  membersTold(told: MembersChanged): void {
    this.#membersTold.push(told);
    const { index } = told;
    const chains = [...this.#logs.values()].flatMap((log) => log.entries.get(index)?.chain ?? []);
    if (this.#committed[index] !== undefined) return;
    if (chains.some((chain) => this.#isHeld(index, chain))) return;
    this.#scene.violate('I11', `people heard of the members of ${index} before it was committed`);
  }

  /** The newest committed configuration up to the entry at `index`. */
  #committedAt(index: number): Configuration {
    return [...this.#configurations.values()]
      .filter((each) => each.index <= index && this.#committed[each.index] === each.chain)
      .reduce((newest, each) => (each.index > newest.index ? each : newest));
  }

  #firstCommit(node: SimNode, index: number, entry: DurableEntry): void {
    this.#committed[index] = entry.chain;
    // Not that of the entry: a later leader may have been the first to commit it.
    this.#terms[index] = Math.max(entry.term, this.#logOf(node).term);
    if (this.#isHeld(index, entry.chain)) return;
    const where = this.#holders(index, entry.chain).map(([id]) => id);
    const text = `${node.id} commits ${index}, which only ${where.join(', ')} made durable`;
    this.#scene.violate('I6', text);
  }

  #holders(index: number, chain: number): readonly (readonly [node: string, log: NodeLog])[] {
    return [...this.#logs].filter(([, log]) => log.entries.get(index)?.chain === chain);
  }

  /** Whether the entry is durable on a majority of a configuration in effect. */
  #isHeld(index: number, chain: number): boolean {
    const holders = this.#holders(index, chain);
    const isHeldBy = ({ voters }: Members): boolean => {
      const held = voters.filter((voter) =>
        holders.some(([id, log]) => id === voter.node && log.incarnation === voter.incarnation),
      );
      return held.length * 2 > voters.length;
    };
    return this.#inEffect(index).some(isHeldBy) || this.#ofLeaders().some(isHeldBy);
  }

  /** The configuration at the entry, and those behind it, which a leader may count by already. */
  #inEffect(index: number): readonly Members[] {
    const all = [...this.#configurations.values()];
    const behind = all.filter((each) => each.index > index);
    return [this.#committedAt(index), ...behind].map(({ members }) => members);
  }

  /**
   * A leader counts by the newest configuration of its log, which may be on nobody's disk yet: two
   * that follow one another have a majority in common (I14).
   */
  #ofLeaders(): readonly Members[] {
    const statuses = this.#scene.nodes.map(({ peer }) => peer?.raft.status());
    return statuses.flatMap((status) =>
      status?.role === 'leader' ? [status.members.members] : [],
    );
  }

  /** What was acknowledged is there, unless a batch that was under way dropped it. */
  #compareWithBefore(node: SimNode, before: NodeLog, log: NodeLog): void {
    if (before.incarnation !== log.incarnation) return;
    for (const [index, { chain }] of before.entries) {
      if (index <= log.base || this.#committed[index] !== chain) continue;
      if (log.entries.get(index)?.chain === chain) continue;
      this.#scene.violate('I6', `${node.id} lost entry ${index}, which it had made durable`);
      return;
    }
  }

  /** The log begins anew behind `base`: compacted, or in the place where a snapshot ends. */
  #rebase(node: SimNode, log: NodeLog, { index, term, chain }: LogPlace): void {
    if (index === log.base) return;
    if (index < log.base) {
      this.#scene.violate('I8', `${node.id} begins at ${index}, it began at ${log.base}`);
    }
    if (this.#committed[index] !== chain) {
      this.#scene.violate(
        'I8',
        `${node.id} begins its log behind ${index}, which is not committed`,
      );
    }
    // While the stores are being opened nobody can say how far the ledger is.
    const applied = node.peer?.ledger.appliedIndex ?? index;
    if (index > applied) {
      this.#scene.violate('I8', `${node.id} gives up ${index}, its ledger ends at ${applied}`);
    }
    for (const known of log.entries.keys()) if (known < index) log.entries.delete(known);
    log.entries.set(index, { term, chain });
    log.base = index;
    log.last = Math.max(log.last, index);
  }

  #put(node: SimNode, log: NodeLog, row: { readonly key: string; readonly value: Uint8Array }) {
    const decoded = decodeEntry(row);
    if (!decoded.ok) {
      this.#scene.violate('I9', `${node.id} writes a bad row ${row.key}: ${decoded.error}`);
      return;
    }
    const { entry, chain, previous } = decoded.value;
    const { index, term, payload } = entry;
    // A crash may leave rows that the base has passed; they are deleted at leisure.
    if (index <= log.base) return;
    if (previous !== (log.entries.get(index - 1)?.chain ?? -1)) {
      this.#scene.violate('I9', `${node.id} writes entry ${index}, which follows nothing it has`);
    }
    const key = `${index}/${term}`;
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, chain);
    else if (known !== chain) {
      this.#scene.violate('I2', `${node.id} has another entry ${index} of term ${term}`);
    }
    this.#dropIfCommitted(node, index, log.entries.get(index), chain);
    log.entries.set(index, { term, chain });
    log.last = Math.max(log.last, index);
    const members = decodeMembers(payload);
    if (members !== undefined) this.#configure(node, log, { index, chain, members });
  }

  #configure(node: SimNode, log: NodeLog, next: Configuration): void {
    if (this.#configurations.has(next.chain)) return;
    this.#configurations.set(next.chain, next);
    let before = this.#configurations.get(0);
    for (const each of this.#configurations.values()) {
      const isOfThisLog =
        each.index < next.index &&
        (each.index <= log.base
          ? this.#committed[each.index] === each.chain
          : log.entries.get(each.index)?.chain === each.chain);
      if (isOfThisLog && each.index >= (before?.index ?? 0)) before = each;
    }
    if (before === undefined) return;
    const old = before.members.voters;
    const fresh = next.members.voters;
    const left = old.filter((voter) => !fresh.some((other) => sameMember(voter, other)));
    const came = fresh.filter((voter) => !old.some((other) => sameMember(voter, other)));
    if (left.length + came.length <= 1 && fresh.length > 0) return;
    const text = `${node.id} goes from configuration ${before.index} to ${next.index} in one step`;
    this.#scene.violate('I14', text);
  }

  /**
   * Deletes behind the new end come for every index, in order; those before the base at leisure.
   */
  #drop(node: SimNode, log: NodeLog, key: string): void {
    const index = Number.parseInt(key.slice(key.indexOf('/') + 1), 16);
    if (index <= log.base) return;
    this.#dropIfCommitted(node, index, log.entries.get(index), undefined);
    for (let at = index; at <= log.last; at++) log.entries.delete(at);
    log.last = Math.min(log.last, index - 1);
  }

  #dropIfCommitted(
    node: SimNode,
    index: number,
    entry: DurableEntry | undefined,
    by: number | undefined,
  ): void {
    if (entry === undefined || this.#committed[index] !== entry.chain || by === entry.chain) return;
    this.#scene.violate('I5', `${node.id} drops entry ${index}, which is committed`);
  }

  #markIn(node: SimNode, operations: readonly StoreOperation[]): LogMark | undefined {
    for (const operation of operations) {
      if (operation.kind !== 'put' || operation.key !== markKey) continue;
      const stored = unseal<StoredMark>(operation.value);
      if (stored !== undefined) return markOf(stored);
      this.#scene.violate('I9', `${node.id} writes a mark that is not whole`);
    }
    return undefined;
  }

  #mark(node: SimNode, log: NodeLog, { term, vote }: LogMark): void {
    if (term < log.term) {
      this.#scene.violate('I7', `${node.id} goes from term ${log.term} back to ${term}`);
    }
    if (term === log.term && log.vote !== undefined && vote !== log.vote) {
      this.#scene.violate('I7', `${node.id} votes for ${log.vote} and for ${vote} in term ${term}`);
    }
    log.term = term;
    log.vote = vote;
  }

  #logOf(node: SimNode): NodeLog {
    const known = this.#logs.get(node.id);
    if (known !== undefined && known.incarnation === node.incarnation) return known;
    const log = emptyLog(node.incarnation);
    this.#logs.set(node.id, log);
    return log;
  }
}

const emptyLog = (incarnation: string | undefined): NodeLog => ({
  ...{ incarnation, entries: new Map([[0, { term: 0, chain: 0 }]]), base: 0, last: 0 },
  ...{ term: 0, vote: undefined, applied: 0 },
});

export const raftLog: MakeChecker = (scene) => new RaftLogChecker(scene);

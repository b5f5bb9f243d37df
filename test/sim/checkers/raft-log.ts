/**
 * Raft, as the disks show it:
 *   I2  two logs that have an entry of the same index and term are equal up to it;
 *   I3  a new leader has every entry that was committed in an earlier term;
 *   I5  a committed index never changes;
 *   I6  what is committed is durable on a majority, by the disks' word and not by a leader's table;
 *   I7  terms, votes and applied indexes never go back, restarts included;
 *   I9  a log has no gap.
 */

import type { LogMark } from '../../../src/storage/log-mark.ts';
import { decodeEntry } from '../../../src/storage/log-rows.ts';
import { unseal } from '../../../src/storage/seal.ts';
import type { SimNode } from '../node.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

/** The chain is a CRC over the entry and, through it, over every entry before. */
interface DurableEntry {
  readonly term: number;
  readonly chain: number;
}

interface NodeLog {
  /** By index; entry 0 is unused. */
  entries: DurableEntry[];
  term: number;
  vote: string | undefined;
  applied: number;
}

class RaftLogChecker implements Checker {
  readonly #scene: Scene;
  readonly #logs = new Map<string, NodeLog>();
  /** `index/term` -> chain. */
  readonly #known = new Map<string, number>();
  /** Chains of the committed entries, and their terms, by index. */
  readonly #committed: number[] = [0];
  readonly #terms: number[] = [0];

  constructor(scene: Scene) {
    this.#scene = scene;
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
    for (const operation of operations) {
      if (operation.kind === 'delete') this.#drop(node, log, operation.key);
      else if (operation.key === 'mark') this.#mark(node, log, operation.value);
      else this.#put(node, log, operation);
    }
  };

  opened: NonNullable<Checker['opened']> = (node) => {
    const before = this.#logOf(node);
    const log: NodeLog = { ...before, entries: [zero] };
    const rows = node.disk.backup().stores.get('log')?.rows();
    const range = { from: '', to: '\u007f', limit: Number.MAX_SAFE_INTEGER };
    for (const { key, value } of rows?.scan(range) ?? []) {
      if (key === 'mark') this.#mark(node, log, value);
      else this.#put(node, log, { key, value });
    }
    this.#logs.set(node.id, log);
    this.#compareWithBefore(node, before, log);
    const applied = node.peer?.ledger.appliedIndex ?? 0;
    if (applied < log.applied) {
      this.#scene.violate('I7', `${node.id} restarts at ${applied}, it was at ${log.applied}`);
    }
    if (applied >= log.entries.length) {
      this.#scene.violate('I8', `${node.id} has applied ${applied}, its log is shorter`);
    }
    log.applied = applied;
  };

  committed: NonNullable<Checker['committed']> = (node, { index }) => {
    const entry = this.#logOf(node).entries[index];
    if (entry === undefined) {
      this.#scene.violate('I6', `${node.id} applies ${index}, which its own disk does not hold`);
      return;
    }
    const known = this.#committed[index];
    if (known === undefined) this.#firstCommit(node, index, entry);
    else if (known !== entry.chain) {
      this.#scene.violate(
        'I5',
        `${node.id} commits another entry at ${index} (term ${entry.term})`,
      );
    }
  };

  #firstCommit(node: SimNode, index: number, entry: DurableEntry): void {
    this.#committed[index] = entry.chain;
    this.#terms[index] = entry.term;
    const { nodes } = this.#scene;
    const holders = nodes.filter(({ id }) => {
      return this.#logs.get(id)?.entries[index]?.chain === entry.chain;
    });
    if (holders.length * 2 > nodes.length) return;
    const where = holders.map(({ id }) => id).join(', ');
    this.#scene.violate('I6', `${node.id} commits ${index}, which only ${where} made durable`);
  }

  /** What was acknowledged is there, unless a batch that was under way dropped it. */
  #compareWithBefore(node: SimNode, before: NodeLog, log: NodeLog): void {
    for (const [index, { chain }] of before.entries.entries()) {
      if (index === 0 || this.#committed[index] !== chain) continue;
      if (log.entries[index]?.chain === chain) continue;
      this.#scene.violate('I6', `${node.id} lost entry ${index}, which it had made durable`);
      return;
    }
  }

  #put(node: SimNode, log: NodeLog, row: { readonly key: string; readonly value: Uint8Array }) {
    const decoded = decodeEntry(row);
    if (!decoded.ok) {
      this.#scene.violate('I9', `${node.id} writes a bad row ${row.key}: ${decoded.error}`);
      return;
    }
    const { entry, chain, previous } = decoded.value;
    const { index, term } = entry;
    if (previous !== (log.entries[index - 1]?.chain ?? -1)) {
      this.#scene.violate('I9', `${node.id} writes entry ${index}, which follows nothing it has`);
    }
    const key = `${index}/${term}`;
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, chain);
    else if (known !== chain) {
      this.#scene.violate('I2', `${node.id} has another entry ${index} of term ${term}`);
    }
    this.#dropIfCommitted(node, index, log.entries[index], chain);
    log.entries[index] = { term, chain };
  }

  /** Deletes come for every index behind the new end, in order. */
  #drop(node: SimNode, log: NodeLog, key: string): void {
    const index = Number.parseInt(key.slice(key.indexOf('/') + 1), 16);
    this.#dropIfCommitted(node, index, log.entries[index], undefined);
    if (index < log.entries.length) log.entries.length = index;
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

  #mark(node: SimNode, log: NodeLog, value: Uint8Array): void {
    const mark = unseal<LogMark>(value);
    if (mark === undefined) {
      this.#scene.violate('I9', `${node.id} writes a mark that is not whole`);
      return;
    }
    const { term, vote } = mark;
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
    if (known !== undefined) return known;
    const log = { entries: [zero], term: 0, vote: undefined, applied: 0 };
    this.#logs.set(node.id, log);
    return log;
  }
}

const zero: DurableEntry = { term: 0, chain: 0 };

export const raftLog: MakeChecker = (scene) => new RaftLogChecker(scene);

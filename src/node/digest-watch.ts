/**
 * Compares state digests between nodes (W37). Every node tells the others its digest at every
 * multiple of 1,000; the leader's also lies in the log. A node whose state differs from that of a
 * majority stops and keeps its data: what it would serve or decide from now on is wrong, and nobody
 * else would notice (the inconsistency of etcd 3.5.0 took ten months to be confirmed, P35).
 *
 * Owns: the reports about the newest few such indexes. Does not own: the state, or the log.
 *
 * V1  A node stops only if a majority of the voters has said the same other digest, or if it
 *     differs from the leader's and no majority has spoken for it within `patienceMs`.
 */
import type { Wire } from '../actors/wire.ts';
import type { LogIndex, NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { type Members, memberNamed } from '../raft/members.ts';
import { quorumSize } from '../raft/quorum.ts';

export const digestsInbox = 'digests';

/** Indexes that reports are kept of; older ones are forgotten. */
const indexesMax = 8;
const patienceMs = 5000;

interface Report {
  readonly kind: 'digest';
  readonly index: LogIndex;
  readonly digest: string;
}

interface Reports {
  own: string | undefined;
  /** What the record at this index says its leader's state was. */
  leader: string | undefined;
  readonly byNode: Map<NodeId, string>;
  isSuspected: boolean;
}

export interface DigestWatchOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly members: () => Members;
  /** This node's state is not what it must be. */
  readonly diverged: (why: string) => void;
}

export class DigestWatch {
  readonly #options: DigestWatchOptions;
  readonly #listener: Cancellable;
  readonly #reports = new Map<LogIndex, Reports>();
  #stopped = false;

  constructor(options: DigestWatchOptions) {
    this.#options = options;
    this.#listener = options.wire.listen(digestsInbox, (message, from) => {
      if (from.side !== 'peer' || !isReport(message)) return;
      const member = memberNamed(options.members(), from.node);
      if (member?.incarnation !== from.incarnation) return;
      this.#at(message.index)?.byNode.set(from.node, message.digest);
      this.#judge(message.index);
    });
  }

  /** This node's digest behind the record at `index`, and what the record says of its leader's. */
  applied(index: LogIndex, own: string, leader: string | undefined): void {
    const { wire } = this.#options;
    const report: Report = { kind: 'digest', index, digest: own };
    wire.send('all', digestsInbox, 'control', report);
    const reports = this.#at(index);
    if (reports === undefined) return;
    reports.own = own;
    reports.leader = leader;
    reports.byNode.set(wire.self.node, own);
    this.#judge(index);
  }

  stop(): void {
    this.#stopped = true;
    this.#listener.cancel();
  }

  #judge(index: LogIndex): void {
    const reports = this.#reports.get(index);
    const own = reports?.own;
    if (reports === undefined || own === undefined || this.#stopped) return;
    const { voters } = this.#options.members();
    const votes = new Map<string, number>();
    for (const { node } of voters) {
      const digest = reports.byNode.get(node);
      if (digest !== undefined) votes.set(digest, (votes.get(digest) ?? 0) + 1);
    }
    const quorum = quorumSize(voters.length);
    for (const [digest, count] of votes) {
      if (digest === own || count < quorum) continue;
      this.#diverged(index, own, `${count} of ${voters.length} voters have ${digest}`);
      return;
    }
    const differs = reports.leader !== undefined && reports.leader !== own;
    if (differs && (votes.get(own) ?? 0) < quorum) this.#suspect(index, own, reports);
  }

  /** V1: it may be the leader that is wrong; the voters have a while to say so. */
  #suspect(index: LogIndex, own: string, reports: Reports): void {
    if (reports.isSuspected) return;
    reports.isSuspected = true;
    const { clock, trace, members } = this.#options;
    trace('error', 'state.digest-differs', { index, own, leader: reports.leader ?? null });
    clock.after(patienceMs, () => {
      const { voters } = members();
      const ours = voters.filter(({ node }) => reports.byNode.get(node) === own);
      if (this.#stopped || ours.length >= quorumSize(voters.length)) return;
      this.#diverged(index, own, `the leader had ${reports.leader}`);
    });
  }

  #diverged(index: LogIndex, own: string, others: string): void {
    this.stop();
    this.#options.diverged(
      `STATE_DIVERGED: behind entry ${index} the state of this node is ${own}, but ${others}; ` +
        'its data is kept as it is. Copy the directory for analysis, then start the node with an ' +
        'empty one',
    );
  }

  /** Undefined for an index that is older than all that are kept. */
  #at(index: LogIndex): Reports | undefined {
    const known = this.#reports.get(index);
    if (known !== undefined) return known;
    if (this.#reports.size >= indexesMax) {
      const oldest = Math.min(...this.#reports.keys());
      if (index < oldest) return undefined;
      for (const each of this.#reports.keys()) if (each === oldest) this.#reports.delete(each);
    }
    const reports = {
      own: undefined,
      leader: undefined,
      byNode: new Map<NodeId, string>(),
      isSuspected: false,
    };
    this.#reports.set(index, reports);
    return reports;
  }
}

const isReport = (message: unknown): message is Report =>
  typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'digest';

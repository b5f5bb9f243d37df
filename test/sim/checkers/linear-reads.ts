/**
 * Linearizable reads, as the API makes them (W31): a confirmed index, then a wait until the node
 * has applied it, then the rows. What was read is kept for the judgement at the end.
 *
 * Owns: the reads that were answered. Does not own: the choice of what is read, or when.
 */
import type { DagId, Namespace, RunId } from '../../../src/base/brand.ts';
import type { Result } from '../../../src/base/result.ts';
import type { Command, Committed } from '../../../src/model/command.ts';
import type { Refusal } from '../../../src/model/refusal.ts';
import type { RunStatus } from '../../../src/model/run.ts';
import type { Peer } from '../../../src/node/peer.ts';
import { endedRun } from '../../../src/storage/queries.ts';
import type { SimNode } from '../node.ts';
import type { Timeline } from '../timeline.ts';

export type Watched =
  | { readonly kind: 'dag'; readonly namespace: Namespace; readonly dagId: DagId }
  | { readonly kind: 'run'; readonly namespace: Namespace; readonly runId: RunId };

type WatchedDag = Extract<Watched, { readonly kind: 'dag' }>;
type WatchedRun = Extract<Watched, { readonly kind: 'run' }>;

/** What was seen; null if there was nothing. */
type DagSeen = { readonly versionId: string; readonly paused: boolean } | null;
type RunSeen = { readonly status: RunStatus; readonly generation: number } | null;

export interface ReadTimes {
  readonly node: string;
  readonly callMs: number;
  readonly returnMs: number;
}

export type DagRead = ReadTimes & { readonly what: WatchedDag; readonly seen: DagSeen };
export type RunRead = ReadTimes & { readonly what: WatchedRun; readonly seen: RunSeen };

/** What a command was about; undefined if it did not say which run it made. */
export function watchedOf(
  command: Command,
  answer: Result<Committed, Refusal>,
): Watched | undefined {
  if (!('namespace' in command)) return undefined;
  const { namespace } = command;
  switch (command.kind) {
    case 'start-run': {
      const reply = answer.ok ? answer.value.reply : undefined;
      return reply?.kind === 'run-started'
        ? { kind: 'run', namespace, runId: reply.runId }
        : undefined;
    }
    case 'cancel-run':
    case 'rerun':
      return { kind: 'run', namespace, runId: command.runId };
    case 'apply-dag':
    case 'pause-dag':
    case 'delete-dag':
      return { kind: 'dag', namespace, dagId: command.dagId };
    default:
      return undefined;
  }
}

/** A node looks so often whether it has applied what was confirmed, and gives up in the end. */
const lookAgainMs = 5;
const catchUpMsMax = 5000;
/** A run may be taken up again between the look at what is live and the look at what has ended. */
const looksMax = 3;

export class LinearReads {
  readonly #timeline: Timeline;
  readonly dags: DagRead[] = [];
  readonly runs: RunRead[] = [];
  /** Reads, answered or not. */
  asked = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Reads `what` through `node`; a read that the cluster refuses leaves no trace. */
  read(node: SimNode, what: Watched): void {
    this.asked += 1;
    const { peer } = node;
    const callMs = this.#timeline.nowMs;
    peer?.raft.readIndex((confirmed) => {
      if (!confirmed.ok) return;
      const times = (): ReadTimes => ({ node: node.id, callMs, returnMs: this.#timeline.nowMs });
      this.#whenApplied({ node, peer, index: confirmed.value }, () => {
        if (what.kind === 'dag') {
          readDag(peer, what, (seen) => this.dags.push({ ...times(), what, seen }));
        } else {
          readRun(peer, what, (seen) => this.runs.push({ ...times(), what, seen }));
        }
      });
    });
  }

  #whenApplied(
    { node, peer, index }: { readonly node: SimNode; readonly peer: Peer; readonly index: number },
    then: () => void,
  ): void {
    const deadlineMs = this.#timeline.nowMs + catchUpMsMax;
    const look = (): void => {
      if (node.peer !== peer || this.#timeline.nowMs > deadlineMs) return;
      if ((peer.scheduler?.appliedIndex ?? 0) >= index) then();
      else node.peerProcess?.clock.after(lookAgainMs, look);
    };
    look();
  }
}

function readDag(
  peer: Peer,
  { namespace, dagId }: WatchedDag,
  done: (seen: DagSeen) => void,
): void {
  peer.read(
    (state) => state.dag(namespace, dagId),
    (row) => done(row === undefined ? null : { versionId: row.versionId, paused: row.paused }),
  );
}

function readRun(peer: Peer, what: WatchedRun, done: (seen: RunSeen) => void, looks = 1): void {
  const { namespace, runId } = what;
  peer.read(
    (state) => state.run(namespace, runId)?.run,
    (live) => {
      if (live !== undefined) return done({ status: live.status, generation: live.generation });
      endedRun(peer.ledger, { namespace, runId }, (found) => {
        if (!found.ok) return;
        const run = found.value?.run;
        if (run !== undefined) done({ status: run.status, generation: run.generation });
        else if (looks < looksMax) readRun(peer, what, done, looks + 1);
        else done(null);
      });
    },
  );
}

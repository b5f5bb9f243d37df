/** What waits for a person, or soon will: the most pressing first. */
import type { RunView } from '../../../../src/model/views/run.ts';
import { isLive, usualMs } from '../dags/run-facts.ts';

export type Need =
  | { readonly kind: 'node'; readonly key: string; readonly node: string; readonly since: string }
  | { readonly kind: 'sla-missed'; readonly key: string; readonly run: RunView }
  | { readonly kind: 'approval'; readonly key: string; readonly approval: Approval }
  | { readonly kind: 'letter'; readonly key: string; readonly letter: Letter }
  | {
      readonly kind: 'sla-risk';
      readonly key: string;
      readonly run: RunView;
      readonly leftMs: number;
    }
  | { readonly kind: 'slow'; readonly key: string; readonly run: RunView; readonly usualMs: number }
  | { readonly kind: 'waits'; readonly key: string; readonly run: RunView }
  | { readonly kind: 'tasks-wait'; readonly key: string; readonly queue: Queue };

export interface Approval {
  readonly runId: string;
  readonly dagId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly since: string;
}

export interface Letter {
  readonly letterId: string;
  readonly dagId: string | null;
  readonly kind: string;
  readonly reason: string;
  readonly at: number;
}

export interface Queue {
  readonly waiting: number;
  readonly since: string;
  readonly first: { readonly runId: string; readonly dagId: string; readonly taskId: string };
  readonly gates: readonly { readonly text: string }[];
}

export interface Seen {
  readonly nowMs: number;
  readonly runs: readonly RunView[];
  readonly lostNodes: readonly { readonly nodeId: string; readonly since: number }[];
  readonly approvals: readonly Approval[];
  readonly letters: readonly Letter[];
  readonly queues: readonly Queue[];
  /** By DAG: how long after its start a run has to have ended. */
  readonly slaMs: ReadonlyMap<string, number>;
}

/** So long may a run or a task wait before somebody should know. */
export const waitsLongMs = 5 * 60_000;
/** A run is slow when it takes so many times as long as usual, and at least so long. */
const slow = { times: 3, leastMs: 60_000 } as const;
/** This share of an SLA is left when it counts as at risk. */
const riskShare = 0.2;

export function needsOf(seen: Seen): readonly Need[] {
  const { nowMs, runs } = seen;
  const live = runs.filter(isLive);
  const ended = endedByDag(runs);
  const needs: Need[] = [];
  for (const { nodeId, since } of seen.lostNodes) {
    needs.push({
      ...{ kind: 'node', key: `node/${nodeId}`, node: nodeId },
      since: new Date(since).toISOString(),
    });
  }
  for (const run of live) {
    if (run.slaMissed) needs.push({ kind: 'sla-missed', key: `sla/${run.runId}`, run });
  }
  for (const approval of seen.approvals) {
    const { runId, taskId, mapIndex } = approval;
    needs.push({ kind: 'approval', key: `approval/${runId}/${taskId}/${mapIndex}`, approval });
  }
  for (const letter of seen.letters) {
    needs.push({ kind: 'letter', key: `letter/${letter.letterId}`, letter });
  }
  for (const run of live) {
    const need = slowness(run, ended.get(run.dagId) ?? [], seen);
    if (need !== undefined) needs.push(need);
  }
  for (const queue of seen.queues) {
    if (nowMs - Date.parse(queue.since) < waitsLongMs) continue;
    const { runId, taskId } = queue.first;
    needs.push({ kind: 'tasks-wait', key: `queue/${runId}/${taskId}`, queue });
  }
  return needs;
}

function endedByDag(runs: readonly RunView[]): ReadonlyMap<string, readonly RunView[]> {
  const byDag = new Map<string, RunView[]>();
  for (const run of runs) {
    if (run.state !== 'success') continue;
    const own = byDag.get(run.dagId);
    if (own === undefined) byDag.set(run.dagId, [run]);
    else own.push(run);
  }
  return byDag;
}

/** What is to be said of a live run that has not missed its SLA; only the worst of it. */
function slowness(run: RunView, ended: readonly RunView[], seen: Seen): Need | undefined {
  if (run.slaMissed) return undefined;
  const { nowMs } = seen;
  if (run.startedAt === null) {
    const isLong = nowMs - Date.parse(run.createdAt) > waitsLongMs;
    return isLong ? { kind: 'waits', key: `waits/${run.runId}`, run } : undefined;
  }
  const tookMs = nowMs - Date.parse(run.startedAt);
  const usual = usualMs(ended);
  const slaMs = seen.slaMs.get(run.dagId);
  if (slaMs !== undefined) {
    const leftMs = slaMs - tookMs;
    const isExpectedLate = usual !== undefined && usual > slaMs;
    if (leftMs < slaMs * riskShare || isExpectedLate) {
      return { kind: 'sla-risk', key: `risk/${run.runId}`, run, leftMs: Math.max(0, leftMs) };
    }
  }
  if (usual !== undefined && tookMs > Math.max(slow.leastMs, usual * slow.times)) {
    return { kind: 'slow', key: `slow/${run.runId}`, run, usualMs: usual };
  }
  return undefined;
}

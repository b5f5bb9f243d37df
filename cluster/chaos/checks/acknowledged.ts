/** W03: what was acknowledged is on every node, what was refused is on none. W04: it all ends. */
import type { ChaosNode } from '../chaos-node.ts';
import { type Finding, finding } from '../finding.ts';
import type { HistoryRecord } from '../history.ts';
import type { ListedRun } from '../listing.ts';

export type RunsByNode = ReadonlyMap<ChaosNode, readonly ListedRun[]>;

export function checkAcknowledged(
  records: readonly HistoryRecord[],
  runs: RunsByNode,
): readonly Finding[] {
  const creates = records.filter(({ op }) => op === 'create');
  const named = (outcome: HistoryRecord['outcome']): readonly string[] =>
    creates.filter((one) => one.outcome === outcome).map(({ key }) => key.slice('run/'.length));
  const acknowledged = named('ok');
  const refused = named('fail');
  const lost: string[] = [];
  const risen: string[] = [];
  for (const [node, listed] of runs) {
    const known = new Set(listed.map(({ runId }) => runId));
    lost.push(...acknowledged.filter((id) => !known.has(id)).map((id) => `${id} on ${node.name}`));
    risen.push(...refused.filter((id) => known.has(id)).map((id) => `${id} on ${node.name}`));
  }
  const everywhere = `${acknowledged.length} acknowledged runs, looked up on ${runs.size} nodes`;
  return [
    finding('acknowledged writes lost', everywhere, lost),
    finding('refused writes that happened', `${refused.length} refused`, risen),
  ];
}

const final: readonly string[] = ['success', 'failed', 'cancelled'];

export function checkEnded(runs: readonly ListedRun[]): Finding {
  const stuck = runs.filter(({ state }) => !final.includes(state));
  const lines = stuck.map(({ runId, state }) => `${runId} is ${state}`);
  const count = (wanted: string): string =>
    `${runs.filter(({ state }) => state === wanted).length} ${wanted}`;
  return finding('accepted runs that do not end', final.map(count).join(', '), lines);
}

/**
 * A node is heard for the first time, with a new executor, with other resources, or again after it
 * was lost. Attempts of an executor's earlier incarnation are lost at once: its processes went with
 * it (`docs/protocol`, step 7).
 */
import { nodeFact } from '../../model/fact.ts';
import type { NodeRow } from '../../model/node.ts';
import type { Heartbeat, Input } from '../input.ts';
import type { Turn } from '../turn.ts';
import { loseAttempt } from './lose-attempt.ts';

type NodeSeen = Extract<Input, { readonly kind: 'node-seen' }>;

/** Whether a heartbeat says something that the row does not. */
export function isNews(row: NodeRow | undefined, heartbeat: Heartbeat): boolean {
  return (
    row === undefined ||
    row.incarnation !== heartbeat.incarnation ||
    row.status === 'lost' ||
    row.address !== heartbeat.address ||
    !sameRecord(row.capacity, heartbeat.capacity) ||
    !sameRecord(row.labels, heartbeat.labels)
  );
}

export function nodeSeen(turn: Turn, { heartbeat }: NodeSeen): void {
  const { node: nodeId, incarnation, capacity, labels, address } = heartbeat;
  const before = turn.state.node(nodeId);
  if (!isNews(before, heartbeat)) return;
  const isSameLife = before?.incarnation === incarnation;
  const since = isSameLife && before.status === 'alive' ? before.since : turn.at;
  const row: NodeRow = { nodeId, incarnation, capacity, labels, address, status: 'alive', since };
  turn.emit(nodeFact(row));
  if (isSameLife) return;
  for (const task of [...turn.board.attemptsOn(nodeId).values()]) {
    if (task.attempt.incarnation === incarnation) continue;
    loseAttempt(turn, task, `the executor of node ${nodeId} was restarted`);
  }
}

function sameRecord<T>(left: Readonly<Record<string, T>>, right: Readonly<Record<string, T>>) {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length && names.every((name) => left[name] === right[name])
  );
}

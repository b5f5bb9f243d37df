/**
 * A node is heard for the first time, with a new executor, with other resources, or again after it
 * was lost. Attempts of an executor's earlier incarnation are lost at once: its processes went with
 * it (`docs/protocol`, step 7).
 */
import { nodeFact } from '../../model/fact.ts';
import type { NodeRow } from '../../model/node.ts';
import { isSameValue } from '../../model/version-diff.ts';
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
    !sameRecord(row.labels, heartbeat.labels) ||
    placeOf(row) !== placeOf(heartbeat)
  );
}

/** What the node says of itself since 0.4.0. */
const placeOf = ({ pool, queues, taints }: Place): string => JSON.stringify([pool, queues, taints]);

type Place = Pick<NodeRow, 'pool' | 'queues' | 'taints'>;

export function nodeSeen(turn: Turn, { heartbeat }: NodeSeen): void {
  const { node: nodeId, incarnation, capacity, labels, address } = heartbeat;
  const before = turn.state.node(nodeId);
  if (!isNews(before, heartbeat)) return;
  const saying = sayingOf(heartbeat);
  const canSay = turn.canSayAsked(3);
  // What runs on a node before its taints are known runs where it must not; it is heard again soon.
  if (canSay === undefined && placeOf(saying) !== placeOf({})) return;
  const isSameLife = before?.incarnation === incarnation;
  const since = isSameLife && before.status === 'alive' ? before.since : turn.at;
  const row: NodeRow = {
    ...{ nodeId, incarnation, capacity, labels, address, status: 'alive', since },
    ...(canSay && saying),
    ...(before?.drain && { drain: before.drain }),
  };
  // While an older member could not read it, what the node says of its place is no news.
  if (isSameLife && before.status === 'alive' && isSameValue({ ...before }, { ...row })) return;
  turn.emit(nodeFact(row));
  if (isSameLife) return;
  for (const task of [...turn.board.attemptsOn(nodeId).values()]) {
    if (task.attempt.incarnation === incarnation) continue;
    loseAttempt(turn, task, `the executor of node ${nodeId} was restarted`);
  }
}

const sayingOf = ({ pool, queues, taints }: Place): Place => ({
  ...(pool !== undefined && { pool }),
  ...(queues !== undefined && { queues }),
  ...(taints !== undefined && { taints }),
});

function sameRecord<T>(left: Readonly<Record<string, T>>, right: Readonly<Record<string, T>>) {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length && names.every((name) => left[name] === right[name])
  );
}

/** The ready queue, shape by shape: what waits, for what, and who is first. */
import { priorityClasses } from '../../model/placing.ts';
import { resourcesView } from '../../model/views/resources.ts';
import { timeText } from '../../model/views/time.ts';
import {
  type GateView,
  type QueuesView,
  type QueueView,
  whyLimits,
} from '../../model/views/why.ts';
import { isSorted, type OpenShape, type Shape } from '../shapes.ts';
import { askingOf } from './asking.ts';
import { resourcesText } from './gate.ts';
import type { Look } from './look.ts';
import { nodeGates } from './node-gates.ts';
import { isBefore } from './order-gates.ts';
import { type Queued, sorted } from './pass-ahead.ts';
import { slotGates } from './slot-gates.ts';

/** `namespace` null: of all of them. */
export function queues(look: Look, namespace: string | null): QueuesView {
  const { turn } = look;
  const { sharing } = look.ahead;
  const heads: { readonly queued: Queued; readonly waiting: number }[] = [];
  let waiting = 0;
  for (const shape of turn.board.ready.shapes()) {
    const entry = shape.waiting.peek();
    if (entry === undefined || (namespace !== null && shape.namespace !== namespace)) continue;
    waiting += shape.waiting.size;
    const known: OpenShape | null = isSorted(shape) ? shape : sorted(turn, entry);
    if (known === null) continue;
    heads.push({ queued: { entry, shape: known }, waiting: shape.waiting.size });
  }
  heads.sort((left, right) => (isBefore(sharing, left.queued, right.queued) ? -1 : 1));
  const shown = heads.slice(0, whyLimits.queuesShown);
  return {
    queues: shown.map((head) => queueView(look, head)),
    leftOut: heads.length - shown.length,
    waiting,
    at: timeText(turn.at),
  };
}

function queueView(
  look: Look,
  { queued, waiting }: { readonly queued: Queued; readonly waiting: number },
): QueueView {
  const { entry, shape } = queued;
  const { runId, dagId, taskId, mapIndex, runCreatedAt } = entry.task;
  return {
    namespace: shape.namespace,
    priorityClass: priorityClasses[priorityClasses.length - 1 - shape.rank] ?? 'normal',
    resources: resourcesView(shape.demand.resources),
    asks: asksOf(shape),
    waiting,
    first: { dagId, runId, taskId, mapIndex },
    since: timeText(runCreatedAt),
    gates: headGates(look, queued),
  };
}

function headGates(look: Look, { entry }: Queued): readonly GateView[] {
  const { namespace, runId } = entry.task;
  const live = look.turn.state.run(namespace, runId);
  const asking = live && askingOf(look, look.subject(live, entry.task));
  return asking === undefined ? [] : [...slotGates(look, asking), ...nodeGates(look, asking)];
}

function asksOf({ demand, demands }: Shape): readonly string[] {
  const { labels, nodePool, queue, tolerations, require, forbid } = demand;
  const said = Object.entries({ ...labels }).map(([name, value]) => `label ${name}=${value}`);
  for (const [name, values] of Object.entries(require))
    said.push(`label ${name}=${values.join('|')}`);
  for (const [name, values] of Object.entries(forbid)) said.push(`no ${name}=${values.join('|')}`);
  if (nodePool !== null) said.push(`node pool ${nodePool}`);
  if (queue !== null) said.push(`queue ${queue}`);
  for (const { key } of tolerations) said.push(`tolerates ${key}`);
  const { pool, concurrency, rate } = demands ?? {};
  if (pool) said.push(`pool ${pool.name} (${resourcesText({ slots: pool.slots })})`);
  if (concurrency) said.push(`key "${concurrency.key}"`);
  if (rate) said.push(`rate "${rate.key}"`);
  return said;
}

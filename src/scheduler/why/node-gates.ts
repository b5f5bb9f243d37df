/** Gates of nodes: that no node takes the task, or that none has room, and what each one lacks. */
import { unreachable } from '../../base/assert.ts';
import type { JsonObject } from '../../model/json.ts';
import { timeText } from '../../model/views/time.ts';
import { type GateView, whyLimits } from '../../model/views/why.ts';
import type { Objection } from '../admission.ts';
import type { Demand } from '../demand.ts';
import type { NodeView, Obstacle } from '../fleet-explain.ts';
import { type Asking, isSame } from './asking.ts';
import { amountText, byEvent, byPerson, gate, instant, resourcesText } from './gate.ts';
import type { Look } from './look.ts';

export function nodeGates(look: Look, asking: Asking): readonly GateView[] {
  const { demand } = asking.shape;
  const nodes = look.nodesFor(demand, asking.apart);
  if (nodes.some(({ obstacles }) => obstacles.length === 0)) return [];
  const near = nodes.toSorted((left, right) => distance(left) - distance(right));
  const shown = near.slice(0, whyLimits.namesShown);
  const values = {
    asked: { ...demand.resources },
    nodes: shown.map(nodeValues),
    nodesLeftOut: near.length - shown.length,
  };
  const mayEver = near.some(({ obstacles }) => !obstacles.some(isForGood));
  return [mayEver ? noRoom(look, asking, shown, values) : noNode(demand, shown, values)];
}

function noRoom(
  look: Look,
  asking: Asking,
  nodes: readonly NodeView[],
  values: JsonObject,
): GateView {
  const { resources, pin } = asking.shape.demand;
  const [best] = nodes;
  const who = pin === undefined ? 'no node has room' : `it is pinned to ${pin}, which has no room`;
  const text = `${who} for ${resourcesText(resources)}${bestText(best)}`;
  const { reserved } = look.ahead;
  const startsAt =
    reserved === null || !isSame(reserved.queued, asking) ? null : reserved.startsAtMs;
  const at = startsAt === null ? null : instant(startsAt);
  const kept = reserved !== null && isSame(reserved.queued, asking) ? reserved.node : null;
  const opens = byEvent(
    kept === null
      ? 'when enough of what runs there has ended, or a node is added'
      : `${kept} is kept for it until enough of what runs there has ended`,
  );
  const said = { ...opens, at: at === null ? null : timeText(at) };
  return gate('NO_ROOM', text, { ...values, keptFor: kept }, said);
}

function noNode(demand: Demand, nodes: readonly NodeView[], values: JsonObject): GateView {
  const [best] = nodes;
  const wanted = wantedText(demand);
  const text =
    best === undefined
      ? 'the cluster has no node that takes tasks'
      : `no node takes it, however empty: it needs ${wanted}${bestText(best)}`;
  return gate('NO_NODE', text, values, byPerson(`add a node with ${wanted}`));
}

const bestText = (best: NodeView | undefined): string =>
  best === undefined ? '' : `; ${best.nodeId}: ${obstaclesText(best)}`;

/** It does not pass by itself, whatever ends. */
function isForGood(obstacle: Obstacle): boolean {
  switch (obstacle.kind) {
    case 'room':
      return obstacle.wanted > obstacle.capacity;
    case 'drain':
    case 'lost':
    case 'unheard':
    case 'apart':
      return false;
    default:
      return true;
  }
}

/** How far a node is from taking it: first what is in the way for good, then what is missing. */
function distance({ obstacles }: NodeView): number {
  let sum = 0;
  for (const obstacle of obstacles) {
    if (isForGood(obstacle)) sum += 1_000;
    if (obstacle.kind !== 'room') sum += 10;
    else sum += Math.min(1, (obstacle.wanted - obstacle.free) / obstacle.wanted);
  }
  return sum;
}

const nodeValues = (node: NodeView): JsonObject => ({
  node: node.nodeId,
  lacks: Object.fromEntries(
    node.obstacles.flatMap((each) =>
      each.kind === 'room' ? [[each.dimension, each.wanted - each.free] as const] : [],
    ),
  ),
  obstacles: node.obstacles.map(({ kind }) => kind),
  text: obstaclesText(node),
});

const obstaclesText = ({ obstacles }: NodeView): string =>
  obstacles.length === 0 ? 'it has room' : obstacles.map(obstacleText).join(', ');

function obstacleText(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'room':
      return roomText(obstacle);
    case 'drain':
      return `it is drained by ${obstacle.drain.by}`;
    case 'lost':
      return 'it is lost';
    case 'unheard':
      return 'the leader has not heard it yet';
    case 'apart':
      return 'a task runs there that it is to be apart from';
    case 'pinned':
      return `the task is pinned to ${obstacle.to}`;
    default:
      return objectionText(obstacle);
  }
}

function roomText({ dimension, wanted, free, capacity }: Extract<Obstacle, { kind: 'room' }>) {
  const lacks = `it lacks ${amountText(dimension, wanted - free)} ${dimension}`;
  return wanted > capacity
    ? `it has ${amountText(dimension, capacity)} ${dimension} altogether`
    : `${lacks} (${amountText(dimension, free)} of ${amountText(dimension, capacity)} is free)`;
}

function objectionText(objection: Objection): string {
  switch (objection.kind) {
    case 'label': {
      const { name, wanted, has } = objection;
      const own = has === null ? 'it has no such label' : `it has ${has}`;
      return `label ${name}=${wanted.join('|')} is wanted, ${own}`;
    }
    case 'forbidden-label':
      return `its label ${objection.name}=${objection.has} is forbidden`;
    case 'pool':
      return `it is of node pool ${objection.has}, not ${objection.wanted}`;
    case 'queue': {
      const { wanted, serves } = objection;
      const own = serves.length === 0 ? 'tasks without a queue' : `queues ${serves.join(', ')}`;
      return wanted === null ? `it serves ${own} only` : `it serves ${own}, not ${wanted}`;
    }
    case 'taint': {
      const { key, value } = objection.taint;
      return `its taint ${value === '' ? key : `${key}=${value}`} is not tolerated`;
    }
    default:
      return unreachable(objection);
  }
}

/** What a node would have to be. */
function wantedText({ resources, labels, require, nodePool, queue, pin }: Demand): string {
  const choices = Object.entries(require).map(([name, values]) => `${name}=${values.join('|')}`);
  const named = [...Object.entries(labels).map((pair) => pair.join('=')), ...choices];
  return [
    resourcesText(resources),
    ...(named.length > 0 ? [`labels ${named.join(' ')}`] : []),
    ...(nodePool === null ? [] : [`node pool ${nodePool}`]),
    ...(queue === null ? [] : [`queue ${queue}`]),
    ...(pin === undefined ? [] : [`the node ${pin}`]),
  ].join(', ');
}

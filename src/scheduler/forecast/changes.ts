/**
 * What a what-if changes, as commands that a person could give and rows of nodes that do not exist.
 * The forecast takes them in its first instant, by the same decisions as the cluster would.
 */
import { incarnation, nodeId, versionId, type WallMs } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command } from '../../model/command.ts';
import { nodeFact } from '../../model/fact.ts';
import type { WhatIfAsked } from '../../model/forecast.ts';
import type { NodeRow } from '../../model/node.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { State } from '../../model/state.ts';

/**
 * Adds the nodes to `state`, a fork, and returns the commands that make up the rest. `now`: since
 * when the new nodes are there.
 */
export function makeChanges(
  state: State,
  asked: WhatIfAsked,
  now: WallMs,
): Result<readonly Command[], Refusal> {
  const crons = cronCommands(state, asked);
  if (!crons.ok) return crons;
  const added = addNodes(state, asked, now);
  if (!added.ok) return added;
  return ok([
    ...asked.removeNodes.map((node): Command => ({ kind: 'drain-node', node, graceMs: null })),
    ...asked.pools.map(({ namespace, name, slots }): Command => {
      const { description = '' } = state.named('pool', namespace, name) ?? {};
      return { kind: 'put-pool', namespace, name, slots, description };
    }),
    ...asked.weights.map(({ namespace, weight }): Command => {
      const { quota = {}, description = '' } = state.namespace(namespace) ?? {};
      return { kind: 'put-namespace', namespace, weight, quota, description };
    }),
    ...(asked.order === null ? [] : [orderCommand(asked.order)]),
    ...crons.value,
  ]);
}

const orderCommand = (order: NonNullable<WhatIfAsked['order']>): Command => ({
  kind: 'put-scheduling',
  order,
  fairShare: null,
  classAgeingMs: null,
});

function addNodes(state: State, asked: WhatIfAsked, now: WallMs): Result<void, Refusal> {
  if (asked.addNodes === 0) return ok(undefined);
  const like = asked.like === null ? largestNode(state) : state.node(asked.like);
  if (like === undefined) {
    const what = asked.like === null ? 'no node that takes tasks' : `no node ${asked.like}`;
    return fail(refusal('NODE_NOT_FOUND', `there is ${what} to add more of`));
  }
  const { drain: _, ...open } = like;
  for (let added = 0, place = 1; added < asked.addNodes; place++) {
    const name = `new-${place}`;
    if (state.node(name) !== undefined) continue;
    added += 1;
    const life = { nodeId: nodeId(name), incarnation: incarnation(`${name}-1`) };
    const row = {
      ...open,
      ...life,
      address: `http://${name}`,
      status: 'alive',
      since: now,
    } as const;
    state.apply(nodeFact(row));
  }
  return ok(undefined);
}

/** Of those that take tasks, the one with most CPU; by name where several have. */
function largestNode(state: ReadonlyState): NodeRow | undefined {
  const open = [...state.nodes()].filter(
    ({ status, drain }) => status === 'alive' && drain === undefined,
  );
  const sizeOf = ({ capacity }: NodeRow): number => capacity.cpu ?? capacity.slots ?? 0;
  return open.sort(
    (left, right) => sizeOf(right) - sizeOf(left) || (left.nodeId < right.nodeId ? -1 : 1),
  )[0];
}

/** Each DAG with its schedules replaced by one. */
function cronCommands(
  state: ReadonlyState,
  { crons }: WhatIfAsked,
): Result<readonly Command[], Refusal> {
  const commands: Command[] = [];
  for (const [place, { namespace, dagId, expression }] of crons.entries()) {
    const dag = state.dag(namespace, dagId);
    const version = dag && state.version(namespace, dagId, dag.versionId);
    if (version === undefined) {
      const detail = `there is no DAG ${dagId} in namespace ${namespace}`;
      return fail(refusal('DAG_NOT_FOUND', detail));
    }
    const zoned = version.spec.schedules.find(({ kind }) => kind === 'cron');
    const timezone = zoned?.kind === 'cron' ? zoned.timezone : 'UTC';
    const cron = { kind: 'cron', expression, timezone, dst: 'once', jitterMs: 0 } as const;
    const spec = { ...version.spec, schedules: [cron] };
    // Nothing but this fork ever sees it, so it need not be the digest of the content.
    const changed = versionId(`${dag?.versionId}-what-if-${place + 1}`);
    commands.push({ kind: 'apply-dag', namespace, dagId, versionId: changed, spec });
  }
  return ok(commands);
}

/** Routes of node pools that scale by themselves: their rules, and what was decided. */
import { contract } from '../api/contract.ts';
import { type Problem, problemOf } from '../api/problems.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { nodePoolView, nodePoolViews, scalingView } from '../model/views/scaling.ts';
import { pageOf } from './pages.ts';
import { type Door, route } from './route.ts';
import { acknowledge, submit, unexpectedReply } from './submit.ts';

export function scalingRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.putNodePool, async (call) => {
    const { wait: waitMsMax, cooldown: cooldownMs, ...rest } = call.body;
    const { name } = call.params;
    const rules = { ...rest, waitMsMax, cooldownMs };
    const done = await submit(door, call, { kind: 'put-node-pool', name, rules });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'object-put') return unexpectedReply(reply);
    const { outcome } = reply;
    const status = outcome === 'created' ? 201 : 200;
    return ok({ index, status, value: { name, outcome, index } });
  });
  route(door, contract.getNodePool, async ({ params: { name } }) => {
    const { index, value } = await reader.look((state) => {
      const row = state.nodePool(name);
      return row && nodePoolView(row, state);
    });
    return value === undefined ? noRules(name) : ok({ index, value });
  });
  route(door, contract.listNodePools, async ({ query }) => {
    const { index, value } = await reader.look(nodePoolViews);
    return ok({ index, value: pageOf(value, { key: ({ name }) => name }, query) });
  });
  route(door, contract.deleteNodePool, (call) => {
    const { name } = call.params;
    return acknowledge(door, call, { kind: 'delete-node-pool', name }, { name });
  });
  route(door, contract.listScalings, async ({ params: { name } }) => {
    const { index, value } = await reader.look((state) => state.nodePool(name)?.scalings);
    if (value === undefined) return noRules(name);
    return ok({ index, value: { items: value.map(scalingView).reverse(), cursor: null } });
  });
}

const noRules = (name: string): Result<never, Problem> =>
  fail(problemOf('OBJECT_NOT_FOUND', `node pool "${name}" has no rules`));

/** Routes of how the cluster shares itself out: namespaces, and the order of scheduling. */
import type { z } from 'zod';
import { contract } from '../api/contract.ts';
import { problemOf } from '../api/problems.ts';
import { namespace } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import type { Quota } from '../model/namespace-row.ts';
import { milliPerUnit } from '../model/resources.ts';
import {
  namespaceViews,
  oneNamespaceView,
  quotaInThousandths,
  schedulingView,
} from '../model/views/sharing.ts';
import { pageOf } from './pages.ts';
import { type Door, route } from './route.ts';
import { acknowledge, submit, unexpectedReply } from './submit.ts';

export function sharingRoutes(door: Door): void {
  namespaceRoutes(door);
  schedulingRoutes(door);
}

function namespaceRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.putNamespace, async (call) => {
    const { weight = 1, description = '', quota = {} } = call.body;
    const { name } = call.params;
    const done = await submit(door, call, {
      ...{ kind: 'put-namespace', namespace: namespace(name) },
      ...{ weight, description, quota: quotaOf(quota) },
    });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'object-put') return unexpectedReply(reply);
    const { outcome } = reply;
    const status = outcome === 'created' ? 201 : 200;
    return ok({ index, status, value: { namespace: name, outcome, index } });
  });
  route(door, contract.getNamespace, async ({ params: { name } }) => {
    const { index, value } = await reader.look((state) => oneNamespaceView(state, namespace(name)));
    if (value !== undefined) return ok({ index, value });
    const detail = `nothing was said of namespace "${name}", and nothing is in it`;
    return fail(problemOf('OBJECT_NOT_FOUND', detail));
  });
  route(door, contract.listNamespaces, async ({ query }) => {
    const { index, value } = await reader.look(namespaceViews);
    return ok({ index, value: pageOf(value, { key: (each) => each.namespace }, query) });
  });
  route(door, contract.deleteNamespace, (call) => {
    const { name } = call.params;
    const command = { kind: 'delete-namespace', namespace: namespace(name) } as const;
    return acknowledge(door, call, command, { namespace: name });
  });
}

type QuotaBody = NonNullable<z.output<typeof contract.putNamespace.body>['quota']>;

/** As rows say it: in thousandths, and without what has no limit. */
function quotaOf(body: QuotaBody): Quota {
  const quota: Record<string, number> = {};
  for (const [name, amount] of Object.entries(body)) {
    if (typeof amount !== 'number') continue;
    quota[name] = quotaInThousandths.has(name) ? Math.round(amount * milliPerUnit) : amount;
  }
  return quota;
}

function schedulingRoutes(door: Door): void {
  route(door, contract.getScheduling, async () => {
    const { index, value } = await door.service.reader.look((state) => state.scheduling());
    return ok({ index, value: schedulingView(value) });
  });
  route(door, contract.putScheduling, async (call) => {
    const { order = null, fairShare = null, classAgeing = null } = call.body;
    const asked = { order, fairShare, classAgeingMs: classAgeing };
    const done = await submit(door, call, { kind: 'put-scheduling', ...asked });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'scheduling-put') return unexpectedReply(reply);
    return ok({ index, value: { outcome: reply.outcome, index } });
  });
}

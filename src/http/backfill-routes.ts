/** Routes of backfills. */
import { contract } from '../api/contract.ts';
import { problemOf } from '../api/problems.ts';
import { dagId, wallMs } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import type { BackfillRow } from '../model/backfill.ts';
import { backfillView } from '../model/views/backfill.ts';
import { timeText } from '../model/views/time.ts';
import { rows } from './object-routes.ts';
import { pageOf, timeKey } from './pages.ts';
import { type Door, route } from './route.ts';
import { submit, unexpectedReply } from './submit.ts';

/** Runs of a backfill that are alive at a time, unless it says otherwise. */
const activeMaxDefault = 4;

export function backfillRoutes(door: Door): void {
  route(door, contract.startBackfill, async (call) => {
    const { body } = call;
    const done = await submit(door, call, {
      kind: 'start-backfill',
      namespace: call.namespace,
      dagId: dagId(call.params.dagId),
      from: wallMs(body.from),
      to: wallMs(body.to),
      direction: body.direction ?? 'forward',
      activeMax: body.activeMax ?? activeMaxDefault,
      only: body.only ?? 'missing',
      params: body.params ?? {},
      dryRun: body.dryRun ?? false,
    });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'backfill-started') return unexpectedReply(reply);
    const { backfillId, total, passedOver } = reply;
    const value = { backfillId, total, passedOver, dates: reply.dates.map(timeText), index };
    return ok({ index, status: backfillId === null ? 200 : 201, value });
  });

  route(door, contract.listBackfills, async ({ namespace, query }) => {
    const { index, value } = await rows(door, 'backfill', namespace);
    const wanted = value.filter((row) => query.dag === undefined || row.dagId === query.dag);
    const key = (row: BackfillRow): string => timeKey(row.createdAt, row.backfillId);
    const { items, cursor } = pageOf(wanted, { key, down: true }, query);
    return ok({ index, value: { items: items.map(backfillView), cursor } });
  });

  route(door, contract.getBackfill, async ({ namespace, params }) => {
    const { index, value } = await rows(door, 'backfill', namespace);
    const row = value.find(({ backfillId }) => backfillId === params.backfillId);
    if (row !== undefined) return ok({ index, value: backfillView(row) });
    const detail = `there is no backfill "${params.backfillId}" in this namespace`;
    return fail(problemOf('BACKFILL_NOT_FOUND', detail));
  });

  for (const [endpoint, to] of [
    [contract.pauseBackfill, 'paused'],
    [contract.resumeBackfill, 'running'],
    [contract.cancelBackfill, 'cancelled'],
  ] as const) {
    route(door, endpoint, async (call) => {
      const { backfillId } = call.params;
      const { namespace } = call;
      const done = await submit(door, call, { kind: 'change-backfill', namespace, backfillId, to });
      if (!done.ok) return done;
      const { reply, index } = done.value;
      if (reply.kind !== 'backfill-changed') return unexpectedReply(reply);
      return ok({ index, value: { backfillId, state: reply.status, index } });
    });
  }
}

/** Routes of DAGs: apply, read, pause, remove. */
import { contract } from '../api/contract.ts';
import { problemOf } from '../api/problems.ts';
import type { At } from '../api/service.ts';
import { dagId, versionId } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import type { VersionRow } from '../model/dag.ts';
import { type DagDetail, dagDetails, dagsIn } from '../model/dag-details.ts';
import { limits } from '../model/limits.ts';
import { dagDetailView, dagView, versionView } from '../model/views.ts';
import { readDagBody } from './dag-body.ts';
import { pageOf, timeKey } from './pages.ts';
import { type Door, route } from './route.ts';
import { acknowledge, dagNotFound, submit, unexpectedReply } from './submit.ts';

export function dagRoutes(door: Door): void {
  applyRoute(door);
  readRoutes(door);
  versionRoute(door);
  changeRoutes(door);
}

function applyRoute(door: Door): void {
  const { applyDag } = contract;
  route(door, applyDag, async (call) => {
    const id = call.params.dagId;
    const namespace = call.query.namespace ?? null;
    const checked = await readDagBody(door, call.request, { id, namespace });
    if (!checked.ok) return checked;
    const { spec, ...names } = checked.value;
    const value = { dagId: names.dagId, namespace: names.namespace, versionId: names.versionId };
    if (call.query.dryRun === true) {
      const index = door.service.reader.appliedIndex();
      return ok({ index, value: { ...value, outcome: 'checked' as const, index } });
    }
    const command = {
      kind: 'apply-dag',
      namespace: names.namespace,
      dagId: names.dagId,
      versionId: names.versionId,
      spec,
    } as const;
    const done = await submit(door, call, command);
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'dag-applied') return unexpectedReply(reply);
    const status = reply.outcome === 'created' ? 201 : 200;
    return ok({ index, status, value: { ...value, outcome: reply.outcome, index } });
  });
}

function readRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listDags, async ({ namespace, query }) => {
    const { index, value } = await reader.look((state) => {
      const page = pageOf(dagsIn(state, namespace), { key: ({ dagId: id }) => id }, query);
      return { items: dagDetails(state, page.items), cursor: page.cursor };
    });
    return ok({ index, value: { ...value, items: value.items.map(dagView) } });
  });

  route(door, contract.getDag, async ({ namespace, params, query }) => {
    const id = dagId(params.dagId);
    const { index, value } = await reader.dag(namespace, id);
    if (value === undefined) return dagNotFound(params.dagId);
    if (query.version === undefined) return ok({ index, value: dagDetailView(value) });
    const found = await reader.version(namespace, id, versionId(query.version));
    if (found.value === undefined) {
      const detail = `DAG ${params.dagId} has no version ${query.version}`;
      return fail(problemOf('VERSION_NOT_FOUND', detail));
    }
    const rows = { ...value, version: found.value };
    const view = { ...dagDetailView(rows), versionId: found.value.versionId };
    return ok({ index: found.index, value: view });
  });
}

function versionRoute(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listVersions, async ({ namespace, params, query }) => {
    const id = dagId(params.dagId);
    const dag: At<DagDetail | undefined> = await reader.dag(namespace, id);
    if (dag.value === undefined) return dagNotFound(params.dagId);
    const current = dag.value.dag.versionId;
    const { index, value } = await reader.versions(namespace, id);
    const key = (row: VersionRow): string => timeKey(row.createdAt, row.versionId);
    const page = pageOf(value, { key, down: true }, { limit: limits.versionsPerDag, ...query });
    const items = page.items.map((row) => versionView(row, row.versionId === current));
    return ok({ index, value: { items, cursor: page.cursor } });
  });
}

function changeRoutes(door: Door): void {
  route(door, contract.deleteDag, (call) => {
    const named = { dagId: dagId(call.params.dagId) };
    const { namespace } = call;
    return acknowledge(door, call, { kind: 'delete-dag', namespace, ...named }, named);
  });

  for (const [endpoint, paused] of [
    [contract.pauseDag, true],
    [contract.unpauseDag, false],
  ] as const) {
    route(door, endpoint, (call) => {
      const named = { dagId: dagId(call.params.dagId), paused };
      const { namespace } = call;
      return acknowledge(door, call, { kind: 'pause-dag', namespace, ...named }, named);
    });
  }
}

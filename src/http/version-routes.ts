/** Routes of versions: what differs, which one new runs take, canaries; and of the DAG folder. */
import { contract } from '../api/contract.ts';
import { type Problem, problemOf } from '../api/problems.ts';
import { dagId, type Namespace } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { VersionRow } from '../model/dag.ts';
import { diffSpecs } from '../model/version-diff.ts';
import { canaryView } from '../model/views/canary.ts';
import { definitionOf } from './operator-routes.ts';
import { type Door, route, type Success } from './route.ts';
import { acknowledge, dagNotFound } from './submit.ts';

export function versionRoutes(door: Door): void {
  diffRoute(door);
  promoteRoute(door);
  canaryRoutes(door);
  folderRoute(door);
}

/** The version whose id is, or begins with, a text. */
async function findVersion(
  { service }: Door,
  namespace: Namespace,
  named: { readonly dagId: string; readonly version: string },
): Promise<Result<Success<VersionRow>, Problem>> {
  const { index, value } = await service.reader.versions(namespace, dagId(named.dagId));
  const [found, other] = value.filter(({ versionId }) => versionId.startsWith(named.version));
  if (found !== undefined && other === undefined) return ok({ index, value: found });
  const why = found === undefined ? 'has no version' : 'has several versions that begin with';
  return fail(problemOf('VERSION_NOT_FOUND', `DAG ${named.dagId} ${why} ${named.version}`));
}

function diffRoute(door: Door): void {
  route(door, contract.diffVersions, async ({ namespace, params }) => {
    const { dagId: id } = params;
    const before = await findVersion(door, namespace, { dagId: id, version: params.before });
    if (!before.ok) return before;
    const after = await findVersion(door, namespace, { dagId: id, version: params.after });
    if (!after.ok) return after;
    const [old, fresh] = [before.value.value, after.value.value];
    const names = { dagId: id, before: old.versionId, after: fresh.versionId };
    const value = { ...names, ...diffSpecs(old.spec, fresh.spec) };
    return ok({ index: after.value.index, value });
  });
}

function promoteRoute(door: Door): void {
  route(door, contract.promoteVersion, async (call) => {
    const { namespace, params } = call;
    const found = await findVersion(door, namespace, params);
    if (!found.ok) return found;
    const named = { dagId: dagId(params.dagId), versionId: found.value.value.versionId };
    return acknowledge(door, call, { kind: 'promote-version', namespace, ...named }, named);
  });
}

/** Ended runs before the failure rate of a canary counts, unless it says otherwise. */
const runsMinDefault = 5;

function canaryRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.startCanary, async (call) => {
    const { namespace, body } = call;
    const id = call.params.dagId;
    const version = await canaryVersion(door, namespace, { ...body, dagId: id });
    if (!version.ok) return version;
    const { versionId, spec } = version.value;
    const command = {
      kind: 'start-canary',
      ...{ namespace, dagId: dagId(id), versionId, spec },
      share: body.share ?? null,
      runs: body.runs ?? null,
      failureRateMax: body.failureRateMax ?? null,
      runsMin: body.runsMin ?? runsMinDefault,
    } as const;
    return acknowledge(door, call, command, { dagId: id, versionId });
  });

  route(door, contract.getCanary, async ({ namespace, params }) => {
    const { index, value } = await reader.dag(namespace, dagId(params.dagId));
    if (value === undefined) return dagNotFound(params.dagId);
    const { canary } = value.dag;
    if (canary !== undefined) return ok({ index, value: canaryView(canary) });
    return fail(problemOf('CANARY_NOT_FOUND', `DAG ${params.dagId} has no canary`));
  });

  route(door, contract.endCanary, (call) => {
    const named = { dagId: dagId(call.params.dagId) };
    const { namespace } = call;
    return acknowledge(door, call, { kind: 'end-canary', namespace, ...named }, named);
  });
}

async function canaryVersion(
  door: Door,
  namespace: Namespace,
  wanted: {
    readonly dagId: string;
    readonly version?: string | undefined;
    readonly definition?: object | undefined;
  },
): Promise<Result<Pick<VersionRow, 'versionId' | 'spec'>, Problem>> {
  const { version, definition, dagId: id } = wanted;
  if ((version === undefined) === (definition === undefined)) {
    return fail(problemOf('CANARY_INVALID', 'give a version or a definition, not both'));
  }
  if (version !== undefined) {
    const found = await findVersion(door, namespace, { dagId: id, version });
    return found.ok ? ok(found.value.value) : found;
  }
  const checked = await definitionOf(door, definition ?? null, { dagId: id, namespace });
  if (!checked.ok) return checked;
  if (checked.value !== null) return ok(checked.value);
  return fail(problemOf('CANARY_INVALID', 'give a version or a definition'));
}

function folderRoute(door: Door): void {
  route(door, contract.getDagsDir, async () => {
    const index = door.service.reader.appliedIndex();
    return ok({ index, value: door.service.dagsDir() });
  });
}

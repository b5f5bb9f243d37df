/**
 * Keys of rows. The namespace comes first in every key, from the first day on: nothing in a
 * decision reads across namespaces. Ids never contain `/`.
 */
import type { DagId, Namespace, RunId, TaskId, VersionId } from '../base/brand.ts';

export const dagKey = (namespace: Namespace, dagId: DagId): string => `${namespace}/${dagId}`;

export const versionKey = (namespace: Namespace, dagId: DagId, versionId: VersionId): string =>
  `${namespace}/${dagId}/${versionId}`;

export const runKey = (namespace: Namespace, runId: RunId): string => `${namespace}/${runId}`;

export const taskKey = (
  namespace: Namespace,
  runId: RunId,
  taskId: TaskId,
  mapIndex: number,
): string => `${namespace}/${runId}/${taskId}/${mapIndex}`;

/** The row of a map in a run. */
export const mapKey = (namespace: Namespace, runId: RunId, mapId: string): string =>
  `${namespace}/${runId}/${mapId}`;

/** What is learnt of a task. */
export const estimateKey = (namespace: Namespace, dagId: DagId, taskId: TaskId): string =>
  `${namespace}/${dagId}/${taskId}`;

/** Pools, variables, calendars, backfills, dead letters, rates. */
export const namedKey = (namespace: Namespace, name: string): string => `${namespace}/${name}`;

/** What a key of a task or an output begins with. */
export const runKeyOfTask = (row: { namespace: Namespace; runId: RunId }): string =>
  runKey(row.namespace, row.runId);

/** DAG, task and run ids, and namespaces, as people write them. */
export const idPattern = /^[a-zA-Z0-9_.-]{1,250}$/;

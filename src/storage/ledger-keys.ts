/**
 * The ledger's keyspace. Ids hold no `/`, so a prefix that ends in one never reaches into a
 * neighbour; numbers are padded, so that keys sort as their numbers do (P36).
 *
 *   meta                                          applied index, number of batches
 *   mark/<slot>                                   which batch wrote this slot last
 *   live/<table>/<row key>                        a live row
 *   ended/<namespace>/<run>                       a packed run
 *   runs/<namespace>/<position>                   the run's row, for pages of all ended runs
 *   dag-runs/<namespace>/<dag>/<position>         the same, for pages of one DAG
 *   history/<namespace>/<run>/<last position>     some events of a run, up to that position
 */
import type { DagId, Namespace } from '../base/brand.ts';
import type { TableName } from '../model/fact.ts';
import { runKey } from '../model/keys.ts';
import type { RunRow } from '../model/run.ts';

/** Enough for every integer that a double holds exactly. */
const digits = 16;

export const pad = (value: number): string => String(value).padStart(digits, '0');

export const metaKey = 'meta';
export const markKey = (slot: number): string => `mark/${pad(slot)}`;
export const liveKey = (table: TableName, key: string): string => `live/${table}/${key}`;
export const endedKey = (run: string): string => `ended/${run}`;
export const historyKey = (run: string, lastPosition: number): string =>
  `history/${run}/${pad(lastPosition)}`;

/** `history/ns/run/0000000000000042` -> 42. */
export const positionOfHistoryKey = (key: string): number => Number(key.slice(-digits));

/** Runs are listed newest first by this; it stays the same when a run ends or is run again. */
export const runPosition = (run: RunRow): string => `${pad(run.createdAt)}/${run.runId}`;

/** Where the rows of ended runs stand in order of position: of one DAG, or of all. */
export const runsPrefix = (namespace: Namespace, dagId: DagId | null): string =>
  dagId === null ? `runs/${namespace}` : `dag-runs/${namespace}/${dagId}`;

export const runIndexKeys = (run: RunRow): readonly string[] => [
  `${runsPrefix(run.namespace, null)}/${runPosition(run)}`,
  `${runsPrefix(run.namespace, run.dagId)}/${runPosition(run)}`,
];

export const runKeyOfRow = (run: RunRow): string => runKey(run.namespace, run.runId);

/** Every key that begins with `prefix` and a slash: `0` is the character behind it. */
export const under = (prefix: string): { readonly from: string; readonly to: string } => ({
  from: `${prefix}/`,
  to: `${prefix}0`,
});

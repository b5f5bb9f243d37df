/**
 * The task process contract: what a task of any language is told, as environment variables and as a
 * JSON file, and what its exit code means. Users rely on every name here.
 *
 * Values reach a task as data only; nothing of it is ever pasted into a command.
 */
import type { ParamValue } from '../model/dag.ts';
import { isJsonList, isJsonObject, type JsonObject } from '../model/json.ts';
import type { Dispatch } from '../model/protocol.ts';
import type { Work } from './runner.ts';
import type { Workspace } from './workspace.ts';

/** What an exit code means, beside 0 (success) and every other (failed, may be retried). */
export const exitCodes = { retry: 99, failForGood: 100, skipped: 101 } as const;

/** Variables that tasks inherit from the executor; all others they do not see. */
export const inheritedNames = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const;

export type Environment = Readonly<Record<string, string>>;

/** The variables of `environment` that tasks may inherit. */
export function inheritable(
  environment: Readonly<Record<string, string | undefined>>,
): Environment {
  const inherited: Record<string, string> = {};
  for (const name of inheritedNames) {
    const value = environment[name];
    if (value !== undefined) inherited[name] = value;
  }
  return inherited;
}

/** The whole environment of a task: what is inherited, then its own, then the contract. */
export function taskEnvironment(
  dispatch: Work,
  { workspace, inherited }: { readonly workspace: Workspace; readonly inherited: Environment },
): Environment {
  const { id, dagId, attempt } = dispatch;
  const logicalDate = isoDate(dispatch.logicalDate) ?? '';
  return {
    ...inherited,
    ...dispatch.env,
    ...paramVariables(dispatch.params),
    ...dispatch.opened?.variables,
    SKEIN_NAMESPACE: id.namespace,
    SKEIN_DAG_ID: dagId,
    SKEIN_RUN_ID: id.runId,
    SKEIN_TASK_ID: id.taskId,
    SKEIN_MAP_INDEX: String(id.mapIndex),
    SKEIN_ATTEMPT: String(attempt),
    SKEIN_TOKEN: String(id.token),
    SKEIN_LOGICAL_DATE: logicalDate,
    SKEIN_DATA_INTERVAL_START: isoDate(dispatch.dataInterval?.start ?? null) ?? '',
    SKEIN_DATA_INTERVAL_END: isoDate(dispatch.dataInterval?.end ?? null) ?? '',
    SKEIN_CONTEXT: workspace.context,
    SKEIN_OUTPUT: workspace.output,
    // For tasks that come from elsewhere.
    DAG_ID: dagId,
    TASK_ID: id.taskId,
    EXECUTION_DATE: logicalDate,
  };
}

/**
 * `batch-size` is SKEIN_PARAM_BATCH_SIZE; lists and maps are JSON, null is empty. Where two names
 * meet, the file has both.
 */
function paramVariables(params: Readonly<Record<string, ParamValue>>): Environment {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    const word = name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_');
    const isNested = isJsonList(value) || isJsonObject(value);
    variables[`SKEIN_PARAM_${word}`] = isNested ? JSON.stringify(value) : String(value ?? '');
  }
  return variables;
}

/**
 * The content of the SKEIN_CONTEXT file. `upstream` has the output of each direct upstream task;
 * those that are too large together are named in `upstreamOmitted`, and the API has them. `item` is
 * the element that the instance of a mapped task works on, null elsewhere.
 */
export function contextJson(dispatch: Dispatch, more?: { readonly given: JsonObject }): string {
  const { id, dagId, attempt, params, dataInterval, upstreamOmitted = [] } = dispatch;
  const known = JSON.stringify({
    namespace: id.namespace,
    dagId,
    runId: id.runId,
    taskId: id.taskId,
    mapIndex: id.mapIndex,
    attempt,
    token: id.token,
    logicalDate: isoDate(dispatch.logicalDate),
    dataInterval:
      dataInterval === undefined
        ? null
        : { start: isoDate(dataInterval.start), end: isoDate(dataInterval.end) },
    params,
    upstreamOmitted,
    ...more,
  });
  // Outputs are JSON text already, and stay as their tasks wrote them: parsing would round numbers.
  const upstream = Object.entries(dispatch.upstream)
    .map(([task, json]) => `${JSON.stringify(task)}:${json}`)
    .join(',');
  const given = `"item":${dispatch.item ?? null},"trigger":${dispatch.trigger ?? null}`;
  return `${known.slice(0, -1)},${given},"upstream":{${upstream}}}\n`;
}

const isoDate = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();

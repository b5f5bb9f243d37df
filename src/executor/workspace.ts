/**
 * The private directory of an attempt, under the data directory of its node:
 *
 *     attempts/<namespace>/<run>/<task>/<mapIndex>/<attempt>-<token>/
 *         stdout  stderr  context.json  output.json  work/
 *
 * Copies of the logs of other nodes lie in the same order under `log-copies`.
 *
 * `work` is where the task runs unless it names a directory. The token in the name keeps apart what
 * two attempts wrote, whatever happened between them.
 *
 * They go when their logs are old enough (`logs/sweep.ts`).
 */
import { fail, ok, type Result } from '../base/result.ts';
import { idPattern } from '../model/keys.ts';
import type { AttemptId } from '../model/protocol.ts';

export interface Workspace {
  readonly directory: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly context: string;
  readonly output: string;
  readonly work: string;
}

/** The names that an instance's attempts are found under. */
export type InstanceId = Omit<AttemptId, 'token'>;

/** Ids that cannot be names of directories are refused; the error is a sentence. */
export function workspaceOf(
  dataDir: string,
  attempt: { readonly id: AttemptId; readonly number: number },
): Result<Workspace, string> {
  const parent = instanceDirectory(dataDir, attempt.id);
  if (!parent.ok) return parent;
  return ok(workspaceIn(`${parent.value}/${attempt.number}-${attempt.id.token}`));
}

export const workspaceIn = (directory: string): Workspace => ({
  directory,
  stdout: `${directory}/stdout`,
  stderr: `${directory}/stderr`,
  context: `${directory}/context.json`,
  output: `${directory}/output.json`,
  work: `${directory}/work`,
});

/** The directory that holds one directory for each attempt of a task instance. */
export function instanceDirectory(
  dataDir: string,
  id: InstanceId,
  under: 'attempts' | 'log-copies' = 'attempts',
): Result<string, string> {
  return directoryOf([id.namespace, id.runId, id.taskId, String(id.mapIndex)], dataDir, under);
}

/** The directory that holds one directory for each task of a run. */
export const runDirectory = (
  dataDir: string,
  run: Pick<InstanceId, 'namespace' | 'runId'>,
  under: 'attempts' | 'log-copies',
): Result<string, string> => directoryOf([run.namespace, run.runId], dataDir, under);

function directoryOf(
  names: readonly string[],
  dataDir: string,
  under: 'attempts' | 'log-copies',
): Result<string, string> {
  const bad = names.find((name) => !isSafeName(name));
  if (bad !== undefined) return fail(`${JSON.stringify(bad)} cannot name a directory`);
  return ok([dataDir, under, ...names].join('/'));
}

/**
 * Of the names in an instance's directory, the one of attempt `number`. Should there be several,
 * the highest token is the one that counts.
 */
export function findAttempt(names: readonly string[], number: number): string | undefined {
  let found: { readonly name: string; readonly token: number } | undefined;
  for (const name of names) {
    const match = /^(\d+)-(\d+)$/.exec(name);
    if (match === null || Number(match[1]) !== number) continue;
    const token = Number(match[2]);
    if (found === undefined || token > found.token) found = { name, token };
  }
  return found?.name;
}

/** An id is safe as a name, but for the two that mean "here" and "above". */
const isSafeName = (name: string): boolean => idPattern.test(name) && name !== '.' && name !== '..';

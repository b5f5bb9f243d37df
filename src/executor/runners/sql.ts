/**
 * Runs SQL in a process of its own (`sql/sql-main.ts`). The statements go there by a file of the
 * attempt, the connection by the environment, so nothing of it stands in the list of processes.
 */
import { fileURLToPath } from 'node:url';
import { assert } from '../../base/assert.ts';
import { connectionVariable } from '../../model/connection.ts';
import { isJsonObject, parseJson } from '../../model/json.ts';
import { outputBytesMax } from '../../model/output.ts';
import { ProcessJob, type ProcessPlan, type ProcessTools } from '../process-job.ts';
import type { ActionOf, RunEvent, Runner, RunResult, Work } from '../runner.ts';
import { failedExitCode, type SqlJob } from '../sql/job.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';

/** Beside this file, in whatever folder the build has put both. */
const programFile = fileURLToPath(new URL('../sql/sql-main.js', import.meta.url));

/** So much longer than the attempt the server goes on, when nobody is left to cancel it. */
const serverGraceMs = 10_000;

export interface SqlTools extends ProcessTools {
  /** What runs the program; this Node, unless said. */
  readonly sqlProgram?: readonly string[];
}

export const sqlRunner = (tools: SqlTools): Runner => ({
  start(dispatch, observe) {
    const { action } = dispatch;
    assert(action.kind === 'sql', 'the registry gives each runner its own kind');
    const plan = (space: Workspace) => sqlPlan(dispatch, action, { space, tools });
    const told = (event: RunEvent): void => {
      const isFailure = event.kind === 'ended' && event.result.exitCode === failedExitCode;
      if (isFailure) readFailure(tools, dispatch, event.result, observe);
      else observe(event);
    };
    return new ProcessJob({ tools, dispatch, plan, observe: told });
  },
});

function sqlPlan(
  dispatch: Work,
  action: ActionOf<'sql'>,
  { space, tools }: { readonly space: Workspace; readonly tools: SqlTools },
): ProcessPlan {
  const variable = connectionVariable(action.connection);
  const { id, dagId, timeoutMs } = dispatch;
  const job: SqlJob = {
    ...{ action, variable, client: `skein ${dagId}/${id.taskId} ${id.runId}` },
    serverTimeoutMs: timeoutMs === null ? null : timeoutMs + serverGraceMs,
  };
  const path = `${space.directory}/sql.json`;
  const program = tools.sqlProgram ?? [process.execPath, programFile];
  const lock = lockOf(dispatch.opened?.variables[variable]);
  return { argv: [...lock, ...program, path], script: { path, content: JSON.stringify(job) } };
}

/** A SQLite file is used by one task at a time: see `sql/sqlite.ts`. */
function lockOf(connection: string | undefined): readonly string[] {
  const settings = parseJson(connection ?? '');
  if (!settings.ok || !isJsonObject(settings.value)) return [];
  const { kind, file } = settings.value;
  if (kind !== 'sqlite' || typeof file !== 'string' || !file.startsWith('/')) return [];
  return ['/usr/bin/env', 'flock', '--no-fork', file];
}

/** The program has written why it failed to where its output would have been. */
function readFailure(
  tools: SqlTools,
  { id, attempt }: Work,
  result: RunResult,
  observe: (event: RunEvent) => void,
): void {
  const end = (ended: RunResult): void => observe({ kind: 'ended', result: ended });
  const space = workspaceOf(tools.dataDir, { id, number: attempt });
  if (!space.ok) {
    end(result);
    return;
  }
  const range = { offset: 0, bytesMax: outputBytesMax };
  tools.files.readPart(space.value.output, range, (read) => {
    const text = read.ok ? new TextDecoder().decode(read.value?.bytes) : '';
    const failure = parseJson(text);
    if (!failure.ok || !isJsonObject(failure.value)) return end(result);
    const { errorClass, message } = failure.value;
    if (typeof errorClass !== 'string' || typeof message !== 'string') return end(result);
    // The last of its stderr says the same.
    end({ ...result, error: message, errorClass, stderrTail: new Uint8Array() });
  });
}

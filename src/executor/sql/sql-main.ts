/**
 * The program of a SQL task: `node sql-main.js JOB`. A process of its own, because a driver may
 * take all of a processor and much memory, and because all that holds tasks then holds it too:
 * limits, time-outs, kills. The connection comes by the environment, the output goes to
 * SKEIN_OUTPUT.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { failedExitCode, type SqlFailed, type SqlJob, sqlClass } from './job.ts';
import { runJob, stateOf } from './run-job.ts';
import { messageOf, type OpenSession, type Settings, SqlFailure, sqlStates } from './session.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Only the driver that is wanted is loaded. */
async function opener(kind: string | undefined): Promise<OpenSession> {
  switch (kind) {
    case 'postgres':
      return (await import('./postgres.ts')).openPostgres;
    case 'mysql':
      return (await import('./mysql.ts')).openMysql;
    case 'sqlite':
      return (await import('./sqlite.ts')).openSqlite;
    default: {
      const message = `a connection of kind "${kind}" is no database`;
      throw new SqlFailure(sqlStates.cannotConnect, message);
    }
  }
}

/** The environment is the task's own: what it holds was opened for it. */
function settingsOf(text: string | undefined): Settings {
  const settings: Record<string, string> = {};
  const said: unknown = JSON.parse(text ?? '{}');
  for (const [name, value] of Object.entries(said ?? {})) settings[name] = String(value);
  return settings;
}

async function main(jobFile: string, outputFile: string): Promise<void> {
  try {
    // Written by the runner of this node a moment ago.
    const job: SqlJob = JSON.parse(readFileSync(jobFile, 'utf8'));
    const settings = settingsOf(process.env[job.variable]);
    const open = await opener(settings.kind);
    const run = runJob(job, { open, settings, log: say });
    // Where the database is in this process there is nobody to cancel: it ends.
    if (settings.kind !== 'sqlite') process.on('SIGTERM', () => run.cancel());
    const output = await run.ended;
    if (output !== null) writeFileSync(outputFile, output);
    process.exit(0);
  } catch (error) {
    const failed: SqlFailed = { errorClass: sqlClass(stateOf(error)), message: messageOf(error) };
    process.stderr.write(`${failed.errorClass}: ${failed.message}\n`);
    writeFileSync(outputFile, JSON.stringify(failed));
    process.exit(failedExitCode);
  }
}

await main(process.argv[2] ?? '', process.env.SKEIN_OUTPUT ?? '/dev/null');

/** The statements of one task, in a transaction or each for itself, and what becomes of them. */
import { performance } from 'node:perf_hooks';
import { Collector } from './collector.ts';
import type { SqlJob } from './job.ts';
import {
  messageOf,
  type OpenSession,
  type Rows,
  type Settings,
  SqlFailure,
  type SqlSession,
  sqlStates,
} from './session.ts';

export interface SqlRun {
  /** The output as JSON text, or null. Rejects with a `SqlFailure`. */
  readonly ended: Promise<string | null>;
  /** Ends what the server does for it, and lets nothing of a transaction stay. */
  cancel(): void;
}

export function runJob(
  { action, client, serverTimeoutMs }: SqlJob,
  options: {
    readonly open: OpenSession;
    readonly settings: Settings;
    readonly log: (line: string) => void;
  },
): SqlRun {
  const { open, settings, log } = options;
  let session: SqlSession | undefined;
  let isCancelled = false;
  const cancel = (): void => {
    isCancelled = true;
    session?.cancel().catch((error: unknown) => log(`not cancelled: ${messageOf(error)}`));
  };
  const work = async (): Promise<string | null> => {
    const opened = await open({ settings, client, serverTimeoutMs });
    session = opened;
    try {
      return await perform(opened, { action, log, cancel, isCancelled: () => isCancelled });
    } finally {
      await opened.close().catch(() => {});
    }
  };
  return { ended: work(), cancel };
}

interface Performing extends Pick<SqlJob, 'action'> {
  readonly log: (line: string) => void;
  readonly cancel: () => void;
  readonly isCancelled: () => boolean;
}

async function perform(session: SqlSession, performing: Performing): Promise<string | null> {
  const { action } = performing;
  if (!action.transaction) return runAll(session, performing);
  await session.run({ text: 'BEGIN', params: [] }, dropped);
  let output: string | null;
  try {
    output = await runAll(session, performing);
    // Asked for too late to end the last statement, but not too late for what it did.
    if (performing.isCancelled()) throw cancelled();
  } catch (error) {
    await session.run({ text: 'ROLLBACK', params: [] }, dropped).catch(() => {});
    throw error;
  }
  await commit(session);
  return output;
}

const dropped: Rows = { restart: () => {}, take: () => {} };

/** A connection that breaks here leaves open whether it was done. */
async function commit(session: SqlSession): Promise<void> {
  try {
    await session.run({ text: 'COMMIT', params: [] }, dropped);
  } catch (error) {
    const isLost = error instanceof SqlFailure && error.state === sqlStates.connectionLost;
    const state = isLost ? sqlStates.commitUnknown : stateOf(error);
    throw new SqlFailure(state, `COMMIT: ${messageOf(error)}`);
  }
}

async function runAll(session: SqlSession, performing: Performing): Promise<string | null> {
  const { action, log, cancel, isCancelled } = performing;
  const collector = new Collector(action.rowsMax, cancel);
  const keeps = action.output === 'rows';
  let rowCount = 0;
  for (const [at, statement] of action.statements.entries()) {
    if (isCancelled()) throw cancelled();
    const startMs = performance.now();
    rowCount = await session.run(statement, keeps ? collector : dropped).catch((error: unknown) => {
      throw new SqlFailure(
        stateOf(error),
        collector.why ?? `statement ${at + 1}: ${messageOf(error)}`,
      );
    });
    if (collector.why !== undefined) throw new SqlFailure(tooMuch, collector.why);
    log(`statement ${at + 1}: ${rowCount} rows, ${Math.round(performance.now() - startMs)} ms`);
  }
  return keeps ? collector.outputText(rowCount) : null;
}

/** "Query canceled", as PostgreSQL has it. */
const cancelled = (): SqlFailure => new SqlFailure('57014', 'cancelled');

/** "Program limit exceeded", as PostgreSQL has it. */
const tooMuch = '54000';

export const stateOf = (error: unknown): string =>
  error instanceof SqlFailure ? error.state : sqlStates.general;

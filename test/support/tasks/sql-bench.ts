/** Runs SQL tasks as an executor does: real processes, the real program, sealed secrets. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { present } from '../../../src/base/assert.ts';
import { incarnation, namespace } from '../../../src/base/brand.ts';
import { silentTrace } from '../../../src/base/trace.ts';
import { processMarks } from '../../../src/executor/attempt-key.ts';
import { withConnections } from '../../../src/executor/connections.ts';
import { inheritable } from '../../../src/executor/context.ts';
import { maskedProcesses } from '../../../src/executor/masking/masked-processes.ts';
import { makeMasker } from '../../../src/executor/masking/masker.ts';
import { nodeFiles } from '../../../src/executor/node-files.ts';
import { createProcesses } from '../../../src/executor/processes/create-processes.ts';
import type { Runners } from '../../../src/executor/runner.ts';
import { shellRunner } from '../../../src/executor/runners/shell.ts';
import { sqlRunner } from '../../../src/executor/runners/sql.ts';
import { dispatchOf } from '../../../src/executor/testing/executor-story.ts';
import { type Observed, observed } from '../../../src/executor/testing/observed.ts';
import type { ConnectionKind, GivenConnection, Sealed } from '../../../src/model/connection.ts';
import type { WorkAction } from '../../../src/model/dag.ts';
import type { Dispatch } from '../../../src/model/protocol.ts';
import { type SqlAction, sqlLimits } from '../../../src/model/sql-action.ts';
import { realClock as clock } from '../../../src/node/real-ports.ts';
import { makeVault } from '../../../src/node/vault.ts';
import { BuiltProgram } from './built.ts';

export interface SqlTask extends Observed {
  readonly directory: string;
  readonly log: (stream: 'stdout' | 'stderr') => string;
}

/** What a test says of a connection; its secrets are sealed here. */
export interface Known {
  readonly kind: ConnectionKind;
  readonly fields: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

const here = namespace('default');

export class SqlBench {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'skein-sql-'));
  readonly vault = makeVault([randomBytes(32).toString('hex')]);
  readonly #real = createProcesses({ helpers: 2 });
  readonly #program = new BuiltProgram('src/executor/sql/sql-main.ts');
  readonly #maskerProgram = new BuiltProgram('src/executor/masking/masker-main.ts');
  readonly masker = makeMasker(silentTrace, this.#maskerProgram.file);
  readonly #runners: Runners;
  #attempts = 0;

  constructor() {
    const tools = {
      ...{
        clock,
        processes: maskedProcesses(this.#real.processes, this.masker),
        files: nodeFiles,
        dataDir: this.dataDir,
      },
      inherited: inheritable(process.env),
      nextMark: processMarks(incarnation(`sql-test-${process.pid}`)),
      sqlProgram: [process.execPath, this.#program.file],
    };
    const runners: Runners = new Map([
      ['sql', sqlRunner(tools)],
      ['shell', shellRunner(tools)],
    ]);
    this.#runners = withConnections(runners, { ...tools, opener: this.vault });
  }

  given(name: string, { kind, fields, secrets = {} }: Known): GivenConnection {
    const sealed: Record<string, Sealed> = {};
    for (const [field, secret] of Object.entries(secrets)) {
      const box = this.vault.seal({ namespace: here, name, field }, secret);
      if (box.ok) sealed[field] = box.value;
    }
    return { namespace: here, name, kind, fields, secrets: sealed };
  }

  run(action: WorkAction, more: Partial<Dispatch> = {}): SqlTask {
    this.#attempts += 1;
    const dispatch = dispatchOf('task', this.#attempts, { action, ...more });
    const { id, attempt } = dispatch;
    const directory = `${this.dataDir}/attempts/default/run-1/task/0/${attempt}-${id.token}`;
    const runner = present(this.#runners.get(action.kind), 'a kind of this bench');
    const log: SqlTask['log'] = (stream) => readFileSync(`${directory}/${stream}`, 'utf8');
    return { ...observed(runner, dispatch), directory, log };
  }

  /** A task of type `sql`: one text or several statements. */
  sql(known: Known | null, statements: SqlAction['statements'], said: Partial<SqlAction> = {}) {
    const action = sqlAction('db', statements, said);
    const connections = { db: known === null ? null : this.given('db', known) };
    return this.run(action, { connections });
  }

  async close(): Promise<void> {
    await new Promise<void>((done) => this.#real.close(done));
    this.masker.stop();
    this.#program.remove();
    this.#maskerProgram.remove();
    rmSync(this.dataDir, { recursive: true });
  }
}

const sqlAction = (
  connection: string,
  statements: SqlAction['statements'],
  said: Partial<SqlAction>,
): SqlAction => ({
  ...{ kind: 'sql', connection, statements, transaction: true, output: 'rows' },
  rowsMax: sqlLimits.rowsDefault,
  ...said,
});

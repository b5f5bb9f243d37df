import { expect, test } from 'vitest';
import { type SqlAction, sqlLimits } from '../../model/sql-action.ts';
import { runJob } from './run-job.ts';
import type { SqlSession } from './session.ts';

const action: SqlAction = {
  ...{ kind: 'sql', connection: 'db', transaction: true, output: 'rows' },
  ...{ rowsMax: sqlLimits.rowsDefault, statements: [{ text: 'UPDATE t', params: [] }] },
};

test('sql: a stop that comes too late for the last statement undoes it all the same', async () => {
  const said: string[] = [];
  let stop = (): void => {};
  const session: SqlSession = {
    run: async ({ text }) => {
      said.push(text);
      if (text === 'UPDATE t') stop();
      return 1;
    },
    cancel: async () => {},
    close: async () => void said.push('closed'),
  };
  const job = { action, variable: 'DB', client: 'test', serverTimeoutMs: null };
  const run = runJob(job, { open: async () => session, settings: {}, log: () => {} });
  stop = run.cancel;
  await expect(run.ended).rejects.toMatchObject({ state: '57014' });
  expect(said).toEqual(['BEGIN', 'UPDATE t', 'ROLLBACK', 'closed']);
});

/** W31: every key is linearizable; a key that could not be decided is no pass. */
import { mkdirSync } from 'node:fs';
import { judgeRecords } from '../../linear/records.ts';
import { defaultBudget } from '../../linear/search.ts';
import { type Finding, finding } from '../finding.ts';
import type { HistoryRecord } from '../history.ts';
import type { ListedRun } from '../listing.ts';

export async function checkLinear(
  records: readonly HistoryRecord[],
  parts: { readonly runs: readonly ListedRun[]; readonly folder: string },
): Promise<Finding> {
  const tookEffect = effectOf(records, parts.runs);
  const judged = judgeRecords(records, { tookEffect, budget: defaultBudget });
  const bad = judged.filter(({ status }) => status !== 'linearizable');
  mkdirSync(parts.folder, { recursive: true });
  for (const key of bad) await key.save(parts.folder);
  const operations = judged.reduce((sum, key) => sum + key.operations, 0);
  return finding(
    'keys that are not linearizable',
    `${operations} operations on ${judged.length} keys`,
    bad.map(({ key, status, text }) => `${key} is ${status}: ${text.split('\n')[0]}`),
  );
}

/**
 * Whether an operation without an answer happened: a run that is there was created; a value that
 * somebody has read was written. Of other writes and of cancels nobody knows.
 */
function effectOf(records: readonly HistoryRecord[], runs: readonly ListedRun[]) {
  const known = new Set(runs.map(({ runId }) => `run/${runId}`));
  const read = new Set(records.filter(({ op }) => op === 'read').map(({ value }) => value));
  return ({ op, key, value }: HistoryRecord): boolean | undefined => {
    if (op === 'create') return known.has(key);
    return op === 'write' && read.has(value) ? true : undefined;
  };
}

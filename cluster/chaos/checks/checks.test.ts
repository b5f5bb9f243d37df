/** Each check is shown to find what it looks for, and to let the good twin pass. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cronDag, timelyDag } from '../dags.ts';
import type { Finding } from '../finding.ts';
import type { HistoryRecord } from '../history.ts';
import type { ListedRun } from '../listing.ts';
import { checkEnded } from './acknowledged.ts';
import { unavailability } from './availability.ts';
import { checkCron } from './cron.ts';
import { checkLinear } from './linear.ts';
import { checkWitness } from './witness.ts';

const violations = (findings: readonly Finding[]): readonly number[] =>
  findings.map((one) => one.violations);

describe('chaos checks', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'skein-chaos-checks-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const ledger = (...lines: readonly string[]): void =>
    writeFileSync(join(folder, 'ledger'), lines.map((line) => `${line} 0 /\n`).join(''));

  it('witness: one token that starts twice is a violation', () => {
    ledger('start r t 1 5 100 1000', 'start r t 2 6 101 2000', 'start r u 1 5 102 2000');
    expect(violations(checkWitness(folder, false))).toEqual([0, 0]);
    ledger('start r t 1 5 100 1000', 'start r t 1 5 101 2000');
    expect(violations(checkWitness(folder, false))).toEqual([1, 0]);
  });

  it('witness: an overlap is one when no node was cut off, or when it lasts too long', () => {
    const overlap = (ns: number) => ['overlap r t 2 6 101 0', `apart r t 2 6 101 ${ns}`];
    ledger(...overlap(1e9));
    expect(violations(checkWitness(folder, false))).toEqual([0, 1]);
    expect(violations(checkWitness(folder, true))).toEqual([0, 0]);
    ledger(...overlap(16e9));
    expect(violations(checkWitness(folder, true))).toEqual([0, 1]);
  });

  const run = (dagId: string, second: number): ListedRun => ({
    runId: `${dagId}.${second}`,
    dagId,
    state: 'success',
    trigger: 'schedule',
    logicalDate: new Date(second * 1_000).toISOString(),
  });

  it('cron: finds instants that fired twice and instants that did not fire', () => {
    const good = [3, 6, 9].flatMap((second) => [run(cronDag, second), run(timelyDag, second)]);
    expect(violations(checkCron(good, []))).toEqual([0, 0]);
    expect(violations(checkCron([...good, run(cronDag, 6)], []))).toEqual([1, 0]);
    expect(violations(checkCron([run(cronDag, 3), run(cronDag, 9)], []))).toEqual([0, 1]);
  });

  it('cron: an instant that is let go is excused by trouble, where catchup is off', () => {
    const trouble = [{ fromMs: 5_000, toMs: 7_000 }];
    const holed = [run(timelyDag, 3), run(timelyDag, 9)];
    expect(violations(checkCron(holed, []))).toEqual([0, 1]);
    expect(violations(checkCron(holed, trouble))).toEqual([0, 0]);
    expect(violations(checkCron([run(cronDag, 3), run(cronDag, 9)], trouble))).toEqual([0, 1]);
  });

  it('ended: a run that goes on for ever is a violation', () => {
    expect(checkEnded([run(cronDag, 3)]).violations).toBe(0);
    expect(checkEnded([{ ...run(cronDag, 3), state: 'running' }]).violations).toBe(1);
  });

  const record = (op: HistoryRecord['op'], value: string | null, place: number): HistoryRecord => ({
    client: 'c',
    op,
    key: 'register/r',
    node: 'n1',
    startNs: place * 1e9,
    endNs: place * 1e9 + 1e6,
    outcome: 'ok',
    value,
  });

  it('linear: a read of what was overwritten before it began is a violation', async () => {
    const parts = { runs: [], folder };
    const good = [record('write', 'a', 1), record('write', 'b', 2), record('read', 'b', 3)];
    expect((await checkLinear(good, parts)).violations).toBe(0);
    const stale = [record('write', 'a', 1), record('write', 'b', 2), record('read', 'a', 3)];
    expect((await checkLinear(stale, parts)).violations).toBe(1);
  });

  it('availability: takes the longest gap between acknowledgements near each fault', () => {
    const acks = [1, 2, 5, 30, 31].map((at) => record('write', `${at}`, at));
    const near = unavailability(acks, [{ startNs: 2.5e9, endNs: 3e9 }]);
    expect(near).toMatchObject({ n: 1, medianMs: 25_000, maxMs: 25_000 });
    expect(unavailability(acks, [{ startNs: 30.5e9, endNs: 30.6e9 }]).maxMs).toBe(1_000);
  });
});

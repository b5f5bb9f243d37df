import { expect, test } from 'vitest';
import { LedgerStage } from '../../test/support/ledger-life.ts';
import { type Move, Story } from '../../test/support/ledger-story.ts';

const begin: Move = { kind: 0, pick: 1 };
const assign: Move = { kind: 1, pick: 0 };

/** Turns of the event loop until a window of many rows is written. */
function turnsToWrite(rowsPerSlice: number): { readonly turns: number; readonly rows: number } {
  const story = new Story(Array.from({ length: 20 }, () => [begin, assign]));
  const stage = new LedgerStage();
  const ledger = stage.open({ windowMs: 50, rowsPerSlice });
  for (const commit of story.commits) ledger.commit(commit);
  const rows = ledger.windows().at(-1)?.live.size ?? 0;
  let turns = 0;
  while (ledger.batches === 0 && stage.clock.step()) turns++;
  return { turns, rows };
}

test('ledger: P58: a large window is encoded in slices, with turns for others in between', () => {
  const whole = turnsToWrite(1e6);
  const sliced = turnsToWrite(3);
  expect(sliced.rows).toBeGreaterThan(10);
  expect(sliced.turns - whole.turns).toBeGreaterThanOrEqual(Math.floor(sliced.rows / 3));
});

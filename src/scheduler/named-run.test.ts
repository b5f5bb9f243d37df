import { expect, it, test } from 'vitest';
import { dagId, term, type WallMs, wallMs } from '../base/brand.ts';
import type { Command } from '../model/command.ts';
import { isNewWork } from './named-run.ts';
import { applyDag, cancelRun, here, spec, start, startRun, task } from './testing/rows.ts';
import { SchedulerKit } from './testing/scheduler-kit.ts';

const dayMs = 86_400_000;
const day = (back: number): WallMs => wallMs(Math.floor(start / dayMs) * dayMs - back * dayMs);

const backfill: Command = {
  kind: 'start-backfill',
  namespace: here,
  dagId: dagId('d'),
  from: day(3),
  to: day(1),
  direction: 'forward',
  activeMax: 9,
  only: 'missing',
  params: {},
  dryRun: true,
};

it('backfill: what has ended is asked of the ledger, and what lives is not forgotten', () => {
  const kit = new SchedulerKit();
  kit.lead(term(1));
  kit.ask(applyDag('d', spec({ a: task() })));
  kit.ask(startRun('d', 'ended', { logicalDate: day(3) }));
  kit.ask(startRun('d', 'lives', { logicalDate: day(2) }));
  kit.ask(cancelRun('ended'));
  kit.pass(10);
  kit.historyMs = 20;
  const asked = kit.ask(backfill);
  // It ends while the ledger is asked: then it is in neither place.
  kit.ask(cancelRun('lives'));
  kit.pass(100);
  expect(kit.answerTo(asked)).toMatchObject({
    answer: { value: { reply: { total: 3, dates: [day(1)] } } },
  });
});

test('new work: a letter that is replayed, a backfill that goes on; not what ends them', () => {
  const letter = { kind: 'settle-letter', namespace: here, letterId: 'l' } as const;
  expect(isNewWork({ ...letter, how: 'replay' })).toBe(true);
  expect(isNewWork({ ...letter, how: 'drop' })).toBe(false);
  const change = { kind: 'change-backfill', namespace: here, backfillId: 'b' } as const;
  expect(isNewWork({ ...change, to: 'running' })).toBe(true);
  expect(isNewWork({ ...change, to: 'paused' })).toBe(false);
  expect(isNewWork({ ...change, to: 'cancelled' })).toBe(false);
});

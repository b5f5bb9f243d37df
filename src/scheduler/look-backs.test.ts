import { expect, it } from 'vitest';
import { dagId, runId, taskId, term } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import type { RunRow } from '../model/run.ts';
import { type LookBack, LookBacks } from './look-backs.ts';
import { applyDag, here, spec, start, startRun, task } from './testing/rows.ts';
import { SchedulerKit } from './testing/scheduler-kit.ts';

const waiting: TaskSpec = task({
  action: {
    ...{ kind: 'await', onTimeout: 'fail' },
    event: { kind: 'dag', dagId: dagId('up'), states: ['success'], sameLogicalDate: true },
  },
});
const dated = { logicalDate: start };

const question = (of: string): LookBack => ({
  who: { namespace: here, runId: runId('d1'), taskId: taskId(of), mapIndex: 0, since: start },
  asked: {
    ...{ namespace: here, dagId: dagId('up'), states: ['success'] },
    ...{ logicalDate: start, endedSince: start },
  },
});

/** `up` has run, and `down` waits for a run of that date. */
function waitingKit(): SchedulerKit {
  const kit = new SchedulerKit();
  kit.lead(term(1));
  kit.ask(applyDag('up', spec({ u: task({ action: { kind: 'wait', forMs: 5, until: null } }) })));
  kit.ask(applyDag('down', spec({ a: waiting, b: waiting })));
  kit.ask(startRun('up', 'u1', dated));
  kit.pass(1_000);
  expect(kit.endedRuns.size).toBe(1);
  kit.ask(startRun('down', 'd1', dated));
  kit.clock.advance(0);
  kit.historyMs = 20;
  return kit;
}

const hasEnded = (kit: SchedulerKit): boolean => kit.state.run(here, runId('d1')) === undefined;

it('a run that ended before its wait began is found in the ledger', () => {
  const kit = waitingKit();
  kit.pass(1_000);
  expect(hasEnded(kit)).toBe(true);
  expect(kit.failures).toEqual([]);
});

it('one question is asked at a time, and what is asked twice while it waits is asked once', () => {
  const answers: ((run: RunRow | null) => void)[] = [];
  const told: string[] = [];
  const lookBacks = new LookBacks({ pastRun: (_asked, done) => answers.push(done) }, ({ who }) =>
    told.push(who.taskId),
  );
  for (const who of ['a', 'b', 'b', 'c']) lookBacks.ask(question(who));
  expect(answers).toHaveLength(1);
  answers[0]?.(null);
  expect(told).toEqual(['a']);
  expect(answers).toHaveLength(2);
  answers[1]?.(null);
  lookBacks.clear();
  answers[2]?.(null);
  expect(told).toEqual(['a', 'b', 'c']);
  expect(answers).toHaveLength(3);
});

it('an answer that comes when another leads is none: that one asks by itself', () => {
  const kit = waitingKit();
  kit.pass(10);
  expect(hasEnded(kit)).toBe(false);
  kit.follow(term(2));
  kit.pass(100);
  expect(hasEnded(kit)).toBe(false);
  kit.lead(term(3));
  kit.pass(1_000);
  expect(hasEnded(kit)).toBe(true);
});

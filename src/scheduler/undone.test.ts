import { describe, expect, it } from 'vitest';
import { dagId } from '../base/brand.ts';
import { putAsideMs } from './leader.ts';
import { LeaderKit } from './testing/leader-kit.ts';
import { applyDag, asks, here, spec, startRun, task } from './testing/rows.ts';

const one = spec({ a: task() });
const minuteMs = 60_000;

/** A DAG whose runs are started every ten minutes, each with 12,000 characters of params. */
const wide = spec(
  { a: task() },
  {
    schedules: [{ kind: 'every', everyMs: 10 * minuteMs, jitterMs: 0 }],
    params: { text: { type: 'string', default: 'x'.repeat(12_000), enum: null } },
  },
);

/** A leader with the DAGs `d` and `wide`; from now on an entry carries 8 KiB. */
function narrow(): LeaderKit {
  const kit = new LeaderKit();
  kit.drain(asks(applyDag('d', one)), asks(applyDag('wide', wide)));
  kit.settle();
  kit.log.entryBytesMax = 8 * 1024;
  return kit;
}

const runsOf = (kit: LeaderKit, dag: string): number =>
  [...kit.state.runs()].filter(({ run }) => run.dagId === dagId(dag)).length;

const errorsOf = (kit: LeaderKit) => kit.events.filter(({ level }) => level === 'error');

describe('a turn that no entry can carry', () => {
  it('is tried input by input: what is too large alone is refused, the others are not', () => {
    const kit = narrow();
    const text = 'y'.repeat(10_000);
    const tooLarge = asks(startRun('wide', 'large', { params: { text } }));
    kit.wire.forget();
    kit.drain(asks(startRun('d', 'r1')), tooLarge, asks(startRun('d', 'r2')));
    kit.settle();
    expect(kit.wire.gateway).toMatchObject([
      { kind: 'answer', answer: { ok: false, error: { code: 'TOO_LARGE' } } },
      { kind: 'answer', answer: { ok: true } },
      { kind: 'answer', answer: { ok: true } },
    ]);
    expect([runsOf(kit, 'd'), runsOf(kit, 'wide')]).toEqual([2, 0]);
    expect(errorsOf(kit)).toEqual([]);
    expect(kit.state.digest()).toBe(kit.committedState().digest());
  });

  it('because of a deadline: that is put aside with an error, and everything else goes on', () => {
    const kit = narrow();
    kit.clock.advance(10 * minuteMs);
    kit.leader.wake();
    kit.drain(asks(startRun('d', 'r1')));
    kit.settle();
    expect([runsOf(kit, 'd'), runsOf(kit, 'wide')]).toEqual([1, 0]);
    expect(errorsOf(kit)).toMatchObject([
      {
        name: 'scheduler.put-aside',
        fields: { input: 'deadline', deadline: 'schedule', namespace: here, dagId: 'wide' },
      },
    ]);
    // It does not come again at once, not even when the Board is made anew.
    for (let waited = 0; waited < putAsideMs - 1000; waited += 1000) kit.pass(1000);
    kit.leader.board.rebuild();
    kit.pass(999);
    expect(errorsOf(kit)).toHaveLength(1);
    kit.log.entryBytesMax = 1_000_000;
    kit.pass(1);
    expect(runsOf(kit, 'wide')).toBe(1);
  });

  it('because of a deadline alone: the leader does not wake for it every moment', () => {
    const kit = narrow();
    kit.pass(10 * minuteMs);
    kit.pass(100);
    expect(errorsOf(kit)).toHaveLength(1);
    expect(kit.leader.nextWakeMs()).toBe(putAsideMs - 100);
  });

  it('a deadline whose decision fails is put off as well', () => {
    const kit = new LeaderKit();
    // A content that no API would let through.
    const text = { type: 'string', default: 'x', enum: undefined as never } as const;
    kit.drain(asks(applyDag('broken', { ...wide, params: { text } })));
    kit.settle();
    kit.pass(10 * minuteMs);
    expect(errorsOf(kit)).toMatchObject([{ name: 'scheduler.decision-failed' }]);
    kit.pass(putAsideMs);
    expect(errorsOf(kit)).toHaveLength(2);
  });

  it('and a log that takes no more of it: those who are left ask again', () => {
    const kit = narrow();
    const many = Array.from({ length: 40 }, (_, i) => asks(startRun('d', `r${i}`)));
    kit.wire.forget();
    kit.log.takesMax = 2;
    kit.log.entryBytesMax = 4 * 1024;
    kit.drain(...many);
    kit.settle();
    expect(runsOf(kit, 'd')).toBe(2);
    const kinds = kit.wire.gateway.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'answer')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'not-leader')).toHaveLength(38);
  });
});

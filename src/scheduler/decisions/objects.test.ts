import { describe, expect, it } from 'vitest';
import { dagId, wallMs } from '../../base/brand.ts';
import type { Command, ObjectCommand } from '../../model/command.ts';
import { deadLettersMax } from '../../model/dead-letter.ts';
import { letterFact } from '../../model/fact.ts';
import { deadLetter } from '../dead-letters.ts';
import { Decider } from '../testing/decider.ts';
import {
  applyDag,
  asks,
  dagFacts,
  here,
  later,
  spec,
  start,
  startRun,
  task,
  versionOf,
} from '../testing/rows.ts';

const pool = (slots: number, name = 'p'): ObjectCommand => ({
  kind: 'put-pool',
  namespace: here,
  name,
  slots,
  description: '',
});
const remove = (table: 'pool' | 'variable' | 'calendar', name: string): ObjectCommand => ({
  kind: 'delete-object',
  table,
  namespace: here,
  name,
});
const workdays: ObjectCommand = {
  kind: 'put-calendar',
  namespace: here,
  calendar: {
    name: 'workdays',
    description: '',
    weekdays: [1, 2, 3, 4, 5],
    days: [],
    yearly: [],
    except: [],
  },
};
const backfill: Command = {
  kind: 'start-backfill',
  namespace: here,
  dagId: dagId('d'),
  from: wallMs(start - 10 * 86_400_000),
  to: start,
  direction: 'forward',
  activeMax: 1,
  only: 'all',
  params: {},
  dryRun: false,
};
const outcome = (decider: Decider, command: Command): unknown => {
  const { answer } = decider.when(asks(command));
  if (answer?.ok === false) return answer.error.code;
  return answer?.ok && 'outcome' in answer.value ? answer.value.outcome : answer?.ok;
};

describe('objects', () => {
  it('a pool is created, changed, left alone and deleted', () => {
    const decider = new Decider();
    expect(outcome(decider, pool(1))).toBe('created');
    expect(outcome(decider, pool(1))).toBe('unchanged');
    expect(outcome(decider, pool(2))).toBe('changed');
    expect(decider.state.named('pool', here, 'p')).toMatchObject({ slots: 2, updatedBy: 'ada' });
    expect(outcome(decider, remove('pool', 'p'))).toBe(true);
    expect(outcome(decider, remove('pool', 'p'))).toBe('OBJECT_NOT_FOUND');
  });

  const calendar = { include: 'workdays', exclude: null, shift: 'none' } as const;
  const cron = {
    kind: 'cron',
    expression: '0 0 * * *',
    timezone: 'UTC',
    dst: 'once',
    jitterMs: 0,
    calendar,
  } as const;
  const rate = { kind: 'every', everyMs: 3_600_000, jitterMs: 0, calendar } as const;

  it.each([cron, rate])(
    'what a DAG uses is not deleted ($kind), and the answer names the DAG',
    (schedule) => {
      const content = spec({ a: task({ pool: 'p' }) }, { schedules: [schedule] });
      const decider = new Decider(...dagFacts('d', content));
      decider.when(asks(pool(1)));
      decider.when(asks(workdays));
      for (const [table, name] of [
        ['pool', 'p'],
        ['calendar', 'workdays'],
      ] as const) {
        const { answer } = decider.when(asks(remove(table, name)));
        expect(answer).toMatchObject({ ok: false, error: { code: 'OBJECT_IN_USE' } });
        expect(JSON.stringify(answer)).toContain('1 DAG: d');
      }
      decider.when(asks(applyDag('d', spec({ a: task() }))));
      expect(outcome(decider, remove('pool', 'p'))).toBe(true);
    },
  );

  it('a backfill under way keeps the calendar of its version', () => {
    const content = spec({ a: task() }, { schedules: [cron] });
    const decider = new Decider(...dagFacts('d', content));
    decider.when(asks(workdays));
    decider.when(asks(backfill));
    decider.when(asks(applyDag('d', spec({ a: task() }))));
    expect(outcome(decider, remove('calendar', 'workdays'))).toBe('OBJECT_IN_USE');
  });

  it('a version whose calendar is gone is not promoted', () => {
    const content = spec({ a: task() }, { schedules: [cron] });
    const decider = new Decider(...dagFacts('d', content));
    decider.when(asks(workdays));
    decider.when(asks(applyDag('d', spec({ a: task() }))));
    expect(outcome(decider, remove('calendar', 'workdays'))).toBe(true);
    const versionId = versionOf(content);
    const promote = { kind: 'promote-version', namespace: here, dagId: dagId('d'), versionId };
    expect(outcome(decider, promote as Command)).toBe('DAG_INVALID');
  });

  it('a variable is any JSON', () => {
    const decider = new Decider();
    const put = { kind: 'put-variable', namespace: here, name: 'v', value: { a: [1] } } as const;
    expect(outcome(decider, put)).toBe('created');
    expect(outcome(decider, { ...put, value: { a: [1] } })).toBe('unchanged');
    expect(outcome(decider, { ...put, value: 'text' })).toBe('changed');
    expect(outcome(decider, remove('variable', 'v'))).toBe(true);
  });
});

describe('dead letters', () => {
  const written = (decider: Decider, replay: Command): string => {
    let id = '';
    decider.when(asks(pool(1, 'before')));
    const { turn } = decider.when();
    turn.decide({ what: 'test', by: 'test' }, () => {
      const whose = { namespace: here, dagId: dagId('d') };
      id = deadLetter(turn, { ...whose, kind: 'schedule', reason: 'no param', replay });
    });
    return id;
  };
  const settle = (letterId: string, how: 'replay' | 'drop'): Command => ({
    kind: 'settle-letter',
    namespace: here,
    letterId,
    how,
  });

  it('a replay does what could not be done, and the letter goes', () => {
    const decider = new Decider();
    const id = written(decider, startRun('d', 'r9'));
    expect(outcome(decider, settle(id, 'replay'))).toBe('DAG_NOT_FOUND');
    expect(decider.state.count('letter')).toBe(1);
    decider.when(asks(applyDag('d', spec({ a: task() }))));
    expect(outcome(decider, settle(id, 'replay'))).toBe(true);
    expect(decider.state.count('letter')).toBe(0);
    expect([...decider.state.runs()].map(({ run }) => run.runId)).toEqual(['r9']);
    expect(outcome(decider, settle(id, 'replay'))).toBe('LETTER_NOT_FOUND');
  });

  it('a letter is dropped without anything else', () => {
    const decider = new Decider(...dagFacts('d', spec({ a: task() })));
    const id = written(decider, startRun('d'));
    expect(outcome(decider, settle(id, 'drop'))).toBe(true);
    expect([decider.state.count('letter'), decider.state.count('run')]).toEqual([0, 0]);
  });

  it('law 12: when there are too many, the oldest one gives way', () => {
    const replay = startRun('d');
    const base = { namespace: here, dagId: null, kind: 'event', reason: '', replay } as const;
    const many = Array.from({ length: deadLettersMax }, (_, at) =>
      letterFact({ ...base, letterId: `old-${at}`, at: later(at === 7 ? -1 : at) }),
    );
    const decider = new Decider(...many);
    written(decider, replay);
    expect(decider.state.count('letter')).toBe(deadLettersMax);
    expect(decider.state.named('letter', here, 'old-7')).toBeUndefined();
  });
});

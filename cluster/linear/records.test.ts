import { describe, expect, it } from 'vitest';
import type { HistoryRecord } from '../chaos/history.ts';
import { judgeRecords } from './records.ts';
import { defaultBudget } from './search.ts';

type Told = Partial<Pick<HistoryRecord, 'outcome' | 'value'>>;

/** Records of one client after another; one of unknown outcome never ends. */
function recordsOf(...all: readonly (readonly [HistoryRecord['op'], string, Told?])[]) {
  return all.map(([op, key, told = {}], at): HistoryRecord => {
    const { outcome = 'ok', value = null } = told;
    const endNs = outcome === 'unknown' ? null : 2 * at + 1;
    return { client: 'c1', op, key, node: 'n1', startNs: 2 * at, endNs, outcome, value };
  });
}

const verdicts = (records: readonly HistoryRecord[], effect?: boolean): readonly string[] =>
  judgeRecords(records, { tookEffect: () => effect, budget: defaultBudget }).map(
    ({ key, status }) => `${key} ${status}`,
  );

const unknown = { outcome: 'unknown' } as const;
const refused = (value: string) => ({ outcome: 'fail', value }) as const;

describe('linear: the records of a chaos run', () => {
  it('registers and runs are judged, each key alone', () => {
    const records = recordsOf(
      ['write', 'register/1', { value: 'a' }],
      ['create', 'run/1'],
      ['read', 'register/1', { value: null }],
      ['get', 'run/1', { value: 'running' }],
      ['cancel', 'run/1'],
      ['get', 'run/1', { value: 'cancelled' }],
      ['cancel', 'run/1', refused('RUN_ENDED')],
    );
    expect(verdicts(records)).toEqual(['register/1 broken', 'run/1 linearizable']);
  });

  it('what was refused did not happen, and stale reads are no operations', () => {
    const records = recordsOf(
      ['write', 'register/1', refused('b')],
      ['stale-read', 'register/1', { value: 'x' }],
      ['read', 'register/1', { value: null }],
      ['create', 'run/1', refused('OVERLOADED')],
      ['get', 'run/1', { value: 'absent' }],
    );
    expect(verdicts(records)).toEqual(['register/1 linearizable', 'run/1 linearizable']);
  });

  it('an unknown outcome is what the end of the story says, if it says it', () => {
    const seen = recordsOf(['create', 'run/1', unknown], ['get', 'run/1', { value: 'queued' }]);
    expect(verdicts(seen)).toEqual(['run/1 linearizable']);
    expect(verdicts(seen, true)).toEqual(['run/1 linearizable']);
    const never = recordsOf(['write', 'register/1', { ...unknown, value: 'a' }]);
    const read = { ...recordsOf(['read', 'register/1', { value: 'a' }])[0]!, startNs: 5, endNs: 6 };
    expect(verdicts([...never, read])).toEqual(['register/1 linearizable']);
    expect(verdicts([...never, read], false)).toEqual(['register/1 broken']);
  });

  it('a run that is gone after it was acknowledged is broken, and the text says so', () => {
    const records = recordsOf(['create', 'run/1'], ['get', 'run/1', { value: 'absent' }]);
    const [judged] = judgeRecords(records, { tookEffect: () => undefined, budget: defaultBudget });
    expect(judged?.status).toBe('broken');
    expect(judged?.operations).toBe(2);
    expect(judged?.text).toContain('fits nowhere: get: missing (c1, 2 to 3)');
  });
});

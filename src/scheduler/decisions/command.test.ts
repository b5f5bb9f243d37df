import { describe, expect, it } from 'vitest';
import { requestId, taskId, wallMs } from '../../base/brand.ts';
import { requestFact } from '../../model/fact.ts';
import { refusal } from '../../model/refusal.ts';
import { Decider, rowsOf, runsIn } from '../testing/decider.ts';
import {
  applyDag,
  asks,
  behind,
  dagFacts,
  here,
  later,
  spec,
  start,
  startRun,
  task,
} from '../testing/rows.ts';

const one = spec({ a: task() });
const code = (answer: ReturnType<Decider['when']>['answer']): string =>
  answer?.ok === false ? answer.error.code : 'none';

describe('idempotency', () => {
  it('W18, P87: the same request gets the same answer and changes nothing more', () => {
    const story = new Decider(...dagFacts('d', one));
    const first = story.when(asks(startRun('d'), { key: 'k' }));
    const second = story.when(asks(startRun('d'), { key: 'k' }));
    expect(second.answer).toEqual(first.answer);
    expect(second.facts).toEqual([]);
    expect(story.state.count('run')).toBe(1);
  });

  it('W18: the same key with another body is a conflict', () => {
    const story = new Decider(...dagFacts('d', one));
    story.when(asks(startRun('d'), { key: 'k' }));
    const other = story.when(asks(startRun('d', 'mine'), { key: 'k' }));
    expect(code(other.answer)).toBe('IDEMPOTENCY_CONFLICT');
    expect(other.facts).toEqual([]);
  });

  it('a refusal is not remembered: asked again it may succeed', () => {
    const story = new Decider();
    const asked = asks(startRun('d'), { key: 'k' });
    expect(code(story.when(asked).answer)).toBe('DAG_NOT_FOUND');
    story.when(asks(applyDag('d', one)));
    expect(story.when(asked).answer).toMatchObject({ ok: true });
  });

  it('P17: a refusal of a repeated request is remembered: no other copy of it takes effect', () => {
    const story = new Decider();
    const asked = startRun('d');
    expect(code(story.when(asks(asked, { key: 'k', copy: 2 })).answer)).toBe('DAG_NOT_FOUND');
    story.when(asks(applyDag('d', one)));
    expect(code(story.when(asks(asked, { key: 'k', copy: 1 })).answer)).toBe('DAG_NOT_FOUND');
    expect(story.state.count('run')).toBe(0);
    story.wait(61_000).wake();
    expect(story.when(asks(asked, { key: 'k' })).answer).toMatchObject({ ok: true });
  });

  it('an answer is forgotten when its time is up, and not before', () => {
    const story = new Decider(...dagFacts('d', one));
    story.when(asks(startRun('d'), { key: 'k' }));
    expect(story.wait(86_399_999).wake().facts).toEqual([]);
    expect(story.state.count('request')).toBe(1);
    story.wait(1).wake();
    expect(story.state.count('request')).toBe(0);
  });

  it('P17: a jump of the clock forgets none, and each of many is looked at once', () => {
    const answer = { ok: false, error: refusal('DAG_NOT_FOUND', '') } as const;
    const rows = Array.from({ length: 10_001 }, (_, at) => {
      const expiresAt = wallMs(start + 60_000);
      return requestFact({ requestId: requestId(`r${at}`), bodyDigest: '', answer, expiresAt });
    });
    const story = new Decider(...rows);
    story.jumpedMs = 3_600_000;
    expect(story.wait(story.jumpedMs).wake().facts).toEqual([]);
    expect(story.board.deadlines.takeDue(story.now)).toBeUndefined();
    story.jumpedMs = 0;
    story.wait(59_999).wake();
    expect(story.state.count('request')).toBe(10_001);
    story.wait(1).wake();
    expect(story.state.count('request')).toBe(0);
  });
});

describe('apply', () => {
  it('the same content again is unchanged; another one is a new version', () => {
    const story = new Decider();
    const outcome = (content = one): unknown => {
      const { answer } = story.when(asks(applyDag('d', content)));
      return answer?.ok && answer.value.kind === 'dag-applied' && answer.value.outcome;
    };
    expect([outcome(), outcome()]).toEqual(['created', 'unchanged']);
    expect(outcome(spec({ b: task() }))).toBe('changed');
    expect(story.state.count('version')).toBe(2);
    expect(outcome()).toBe('changed');
    expect(story.state.count('version')).toBe(2);
  });

  it('a cycle is refused with the cycle, a stranger by its name', () => {
    const story = new Decider();
    const cycle = spec({ a: behind(['b']), b: behind(['a']) });
    const { answer, facts } = story.when(asks(applyDag('d', cycle)));
    expect(answer).toMatchObject({ error: { code: 'DAG_CYCLE' } });
    expect(answer?.ok === false && answer.error.detail).toMatch(/a -> b -> a|b -> a -> b/);
    expect(facts).toEqual([]);
    for (const stranger of ['x', 'constructor']) {
      const asked = asks(applyDag('d', spec({ a: behind([stranger]) })));
      expect(story.when(asked).answer).toMatchObject({ error: { code: 'DAG_INVALID' } });
    }
  });

  it('W13: the schedule row outlives an edit', () => {
    const schedules = [{ kind: 'every', everyMs: 1000, jitterMs: 0 } as const];
    const story = new Decider();
    story.when(asks(applyDag('d', spec({}, { schedules }))));
    expect(runsIn(story.wait(1000).wake().facts)).toContain('scheduled-d-20260101T000001Z: queued');
    story.when(asks(applyDag('d', spec({ a: task() }, { schedules }))));
    expect(runsIn(story.wake().facts)).toEqual([]);
  });
});

describe('start', () => {
  const params = { day: { type: 'integer', default: 3, enum: null } } as const;
  const strict = { day: { type: 'integer', default: null, enum: [1, 2] } } as const;

  it('T10: a run has its own id; two of them may stand for one instant', () => {
    const story = new Decider(...dagFacts('d', one));
    const logicalDate = later(0);
    const both = ['r1', 'r2'].map((id) => story.when(asks(startRun('d', id, { logicalDate }))));
    expect(both.map(({ answer }) => answer?.ok)).toEqual([true, true]);
    expect(code(story.when(asks(startRun('d', 'r1'))).answer)).toBe('RUN_EXISTS');
  });

  it('params: given over default, checked by type and list, strangers refused', () => {
    const story = new Decider(
      ...dagFacts('d', spec({}, { params })),
      ...dagFacts('e', spec({ a: task() }, { params: strict })),
    );
    const { facts } = story.when(asks(startRun('d')));
    expect(rowsOf('run', facts)[0]?.params).toEqual({ day: 3 });
    const refused = (dag: string, given: Record<string, string | number>): string =>
      code(story.when(asks(startRun(dag, null, { params: given }))).answer);
    expect(refused('d', { day: 'x' })).toBe('PARAM_INVALID');
    expect(refused('d', { day: 1.5 })).toBe('PARAM_INVALID');
    expect(refused('d', { night: 1 })).toBe('PARAM_INVALID');
    expect(refused('d', { toString: 1 } as never)).toBe('PARAM_INVALID');
    expect(refused('e', {})).toBe('PARAM_INVALID');
    expect(refused('e', { day: 3 })).toBe('PARAM_INVALID');
    expect(refused('e', { day: 2 })).toBe('none');
  });

  it('W26: a run keeps the version that it began with', () => {
    const story = new Decider(...dagFacts('d', spec({ a: task(), b: behind(['a']) })));
    story.when(asks(startRun('d', 'r1')));
    story.when(asks(applyDag('d', spec({ z: task() }))));
    const run = [...story.state.runs()][0]?.run;
    expect(run && [...story.board.planOf(run).graph.order]).toEqual(['a', 'b'].map(taskId));
  });
});

describe('pause and delete', () => {
  const schedules = [{ kind: 'every', everyMs: 1000, jitterMs: 0 } as const];
  const pause = (paused: boolean) => ({ kind: 'pause-dag', ...whose, paused }) as const;
  const whose = { namespace: here, dagId: 'd' as never };

  it('T07: a paused DAG fires nothing; unpaused it goes on', () => {
    const story = new Decider(...dagFacts('d', spec({}, { schedules })));
    story.when(asks(pause(true)));
    expect(story.wait(5000).wake().facts).toEqual([]);
    story.when(asks(pause(false)));
    expect(runsIn(story.wait(1000).wake().facts).length).toBeGreaterThan(0);
  });

  it('W13: deleted and applied again, no instant fires twice', () => {
    const content = spec({}, { schedules });
    const story = new Decider(...dagFacts('d', content));
    const before = runsIn(story.wait(1000).wake().facts);
    story.when(asks({ kind: 'delete-dag', ...whose }));
    story.when(asks(applyDag('d', content)));
    const afterwards = runsIn(story.wait(1000).wake().facts);
    expect(afterwards.filter((text) => before.includes(text))).toEqual([]);
    expect(afterwards.length).toBeGreaterThan(0);
  });

  it('a DAG with a live run is not deleted', () => {
    const story = new Decider(...dagFacts('d', one));
    story.when(asks(startRun('d', 'r1')));
    expect(code(story.when(asks({ kind: 'delete-dag', ...whose })).answer)).toBe('RUN_ACTIVE');
  });
});

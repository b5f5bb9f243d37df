import { describe, expect, it } from 'vitest';
import { begunAction } from '../testing/begun.ts';
import { tasksIn } from '../testing/decider.ts';
import { later, start } from '../testing/rows.ts';

const until = (text: string) => ({ kind: 'wait', forMs: null, until: text }) as const;

describe('wait', () => {
  it('sleeps without a slot, and succeeds when its time has come', () => {
    const story = begunAction({ kind: 'wait', forMs: 60_000, until: null });
    expect(story.row('a')).toMatchObject({
      ...{ status: 'deferred', since: start, until: later(60_000) },
      waitsFor: { kind: 'time', goal: 'succeed' },
    });
    expect(story.assign().facts).toEqual([]);
    expect(tasksIn(story.wait(59_999).wake().facts)).toEqual([]);
    expect(tasksIn(story.wait(1).wake().facts)).toEqual(['a: success']);
  });

  it('sleeps until an instant, which may be a template', () => {
    const story = begunAction(until('2026-01-01T00:00:{{ 5 + 5 }}Z'));
    expect(story.row('a')).toMatchObject({ status: 'deferred', until: later(10_000) });
  });

  it('sleeps until the next time of day, in its zone', () => {
    const action = { ...until('{{ "0" }}1:30'), timezone: 'Asia/Shanghai' };
    const story = begunAction(action);
    expect(story.row('a')).toMatchObject({ until: later(17.5 * 3_600_000) });
    expect(begunAction(until('00:00')).status('a')).toBe('success');
  });

  it('succeeds at once where the instant is past, and where there is nothing to wait', () => {
    expect(begunAction(until('2025-12-31')).status('a')).toBe('success');
    expect(begunAction({ kind: 'wait', forMs: 0, until: null }).status('a')).toBe('success');
  });

  it('fails when the text is no instant, or cannot be rendered', () => {
    expect(begunAction(until('tomorrow')).row('a')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('`until` is no instant: "tomorrow"'),
    });
    expect(begunAction(until('{{ params.when }}')).row('a')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('`until` cannot be rendered: '),
    });
  });
});

import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { logIndex } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { silentTrace } from '../../base/trace.ts';
import type { Committed } from '../../model/command.ts';
import type { OutsideEvent } from '../../model/dag-trigger.ts';
import { type Refusal, type RefusalCode, refusal } from '../../model/refusal.ts';
import { Outlet } from './outlet.ts';

interface Sent {
  readonly batch: number;
  readonly keys: readonly string[];
  readonly answer: (answer: Result<Committed, Refusal>) => void;
}

const event = (key: string, payload = 'null'): OutsideEvent => ({
  source: { kind: 'subject', subject: 'orders' },
  key,
  payload,
});
const taken = ok({
  reply: { kind: 'events-taken', runs: [], known: 0 },
  index: logIndex(1),
} as const);
const refused = (code: RefusalCode) => fail(refusal(code, 'no'));

function outlet() {
  const clock = new VirtualClock();
  const sent: Sent[] = [];
  const settled: string[] = [];
  const it = new Outlet({
    clock,
    trace: silentTrace,
    submit: (batch, events, answer) =>
      sent.push({ batch, keys: events.map(({ key }) => key), answer }),
  });
  const tell = (key: string, payload?: string): void =>
    it.tell(event(key, payload), (isTaken) => settled.push(`${key} ${isTaken}`));
  return { clock, sent, settled, tell, stop: () => it.stop() };
}

describe('the outlet', () => {
  it('sends what comes in one moment together, and the next when that is taken', () => {
    const { clock, sent, settled, tell } = outlet();
    tell('a');
    tell('b');
    clock.advance(1);
    tell('c');
    clock.advance(1);
    expect(sent.map(({ keys }) => keys)).toEqual([['a', 'b']]);
    expect(settled).toEqual([]);
    sent[0]?.answer(taken);
    expect(settled).toEqual(['a true', 'b true']);
    expect(sent[1]?.keys).toEqual(['c']);
  });

  it('repeats a batch that found no leader, as the same request', () => {
    const { clock, sent, settled, tell } = outlet();
    tell('a');
    clock.advance(1);
    sent[0]?.answer(refused('OUTCOME_UNKNOWN'));
    tell('b');
    clock.advance(1_000);
    expect(sent.map(({ batch, keys }) => [batch, keys])).toEqual([
      [1, ['a']],
      [1, ['a']],
    ]);
    sent[1]?.answer(taken);
    expect(settled).toEqual(['a true']);
  });

  it('does not repeat what is refused for what it is', () => {
    const { clock, sent, settled, tell } = outlet();
    tell('a');
    clock.advance(1);
    sent[0]?.answer(refused('EVENT_TOO_LARGE'));
    clock.advance(10_000);
    expect(sent).toHaveLength(1);
    expect(settled).toEqual(['a true']);
  });

  it('sends in halves what the log cannot carry at once, and gives up on a single event', () => {
    const { clock, sent, settled, tell } = outlet();
    for (const key of ['a', 'b', 'c']) tell(key);
    clock.advance(1);
    sent[0]?.answer(refused('TOO_LARGE'));
    expect(settled).toEqual([]);
    expect(sent[1]).toMatchObject({ batch: 2, keys: ['a', 'b'] });
    sent[1]?.answer(refused('TOO_LARGE'));
    expect(sent[2]?.keys).toEqual(['a']);
    sent[2]?.answer(refused('TOO_LARGE'));
    expect(settled).toEqual(['a true']);
    expect(sent[3]?.keys).toEqual(['b', 'c']);
    sent[3]?.answer(taken);
    expect(settled).toEqual(['a true', 'b true', 'c true']);
  });

  it('sends a limited number of events, and of characters, at a time', () => {
    const { clock, sent, tell } = outlet();
    for (let each = 0; each < 150; each++) tell(`small-${each}`);
    clock.advance(1);
    expect(sent[0]?.keys).toHaveLength(100);
    sent[0]?.answer(taken);
    for (let each = 0; each < 30; each++) tell(`large-${each}`, 'x'.repeat(16_000));
    sent[1]?.answer(taken);
    expect(sent[1]?.keys).toHaveLength(50);
    expect(sent[2]?.keys.length).toBeLessThan(20);
  });

  it('says at once that there is no room, and takes nothing when it has stopped', () => {
    const { settled, tell, stop } = outlet();
    for (let each = 0; each < 10_000; each++) tell(`${each}`);
    tell('too many');
    expect(settled).toEqual(['too many false']);
    stop();
    tell('late');
    expect(settled).toEqual(['too many false', 'late false']);
  });
});

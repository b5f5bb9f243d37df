import { describe, expect, it } from 'vitest';
import { dagId, namespace, type WallMs, wallMs } from '../base/brand.ts';
import type { EventSource, EventTrigger, KeptEvent, TriggerRow } from './dag-trigger.ts';
import {
  eventRunId,
  newTriggerRow,
  payloadOf,
  switchTrigger,
  type Taken,
  takeEvents,
  takeKept,
  takeOutright,
  triggerLimits,
  utf8Bytes,
} from './trigger.ts';

const minuteMs = 60_000;
const empty = newTriggerRow({ namespace: namespace('default'), dagId: dagId('d') }, wallMs(0));
const asset = (uri: string): EventSource => ({ kind: 'asset', uri });

const trigger = (differs: Partial<EventTrigger> = {}): EventTrigger => ({
  name: 'arrived',
  needs: 'any',
  sources: [asset('a'), asset('b')],
  windowMs: null,
  params: {},
  whilePaused: 'keep',
  ...differs,
});

const event = (source: number, key: string, at = 0, payload = `"${key}"`): KeptEvent => ({
  trigger: 'arrived',
  source,
  key,
  at: wallMs(at),
  payload,
});

/** Tells events one after the other; each is told at its own time. */
function tell(
  of: EventTrigger,
  events: readonly KeptEvent[],
  now: { readonly paused?: boolean; readonly row?: TriggerRow; readonly inside?: boolean } = {},
): { readonly row: TriggerRow; readonly all: readonly Taken[]; readonly fired: readonly string[] } {
  let row = now.row ?? empty;
  const all: Taken[] = [];
  for (const told of events) {
    const { paused = false, inside = false } = now;
    const one = { trigger: of, event: told, fromOutside: !inside };
    const taken = takeEvents(row, [one], { at: told.at, paused });
    row = taken.row;
    all.push(taken);
  }
  const fired = all.flatMap(({ fires }) => fires.map(({ events: used }) => keysOf(used)));
  return { row, all, fired };
}

const keysOf = (events: readonly KeptEvent[]): string => events.map(({ key }) => key).join('+');

describe('any of several sources', () => {
  it('starts a run for every event', () => {
    expect(tell(trigger(), [event(0, 'x'), event(1, 'y')]).fired).toEqual(['x', 'y']);
  });

  it('counts an event once, however often it is told', () => {
    const { fired, all } = tell(trigger(), [event(0, 'x'), event(0, 'x'), event(1, 'x')]);
    expect(fired).toEqual(['x', 'x']);
    expect(all.map(({ known }) => known)).toEqual([0, 1, 0]);
  });

  it('remembers the newest keys, in a row that does not grow', () => {
    const many = Array.from({ length: triggerLimits.keysSeen + 5 }, (_, k) => event(0, `k${k}`));
    const { row } = tell(trigger(), many);
    expect(row.seen).toHaveLength(triggerLimits.keysSeen);
    expect(tell(trigger(), [event(0, 'k1004')], { row }).all[0]?.known).toBe(1);
    expect(tell(trigger(), [event(0, 'k1')], { row }).all[0]?.known).toBe(0);
  });

  it('is the same row whether events are told together or one by one', () => {
    const events = [event(0, 'x'), event(1, 'y'), event(0, 'x')];
    const told = events.map((each) => ({ trigger: trigger(), event: each, fromOutside: true }));
    const together = takeEvents(empty, told, { at: wallMs(0), paused: true });
    expect(together.row).toEqual(tell(trigger(), events, { paused: true }).row);
    expect(together.known).toBe(1);
  });

  it('writes nothing for what the log tells itself', () => {
    expect(tell(trigger(), [event(0, 'x')], { inside: true }).row).toBe(empty);
  });
});

describe('all of several sources', () => {
  const all = trigger({ needs: 'all' });

  it('starts one run when every source has come, its events in the order of the sources', () => {
    const { fired, row } = tell(all, [event(1, 'y'), event(0, 'x')]);
    expect(fired).toEqual(['x+y']);
    expect(row.events).toEqual([]);
  });

  it('takes the newest of several events of a source, and uses the others up', () => {
    const { fired, row } = tell(all, [event(0, 'old'), event(0, 'new'), event(1, 'y')]);
    expect(fired).toEqual(['new+y']);
    expect(tell(all, [event(1, 'z')], { row }).fired).toEqual([]);
  });

  it('forgets what is older than the window', () => {
    const within = trigger({ needs: 'all', windowMs: 10 * minuteMs });
    const late = tell(within, [event(0, 'x', 0), event(1, 'y', 11 * minuteMs)]);
    expect(late.fired).toEqual([]);
    expect(late.row.events.map(({ key }) => key)).toEqual(['y']);
    const inTime = tell(within, [event(0, 'x', 0), event(1, 'y', 10 * minuteMs)]);
    expect(inTime.fired).toEqual(['x+y']);
  });

  it('gives the run a list with one payload for each source', () => {
    const { all: taken } = tell(all, [event(0, 'x'), event(1, 'y')]);
    const fire = taken[1]?.fires[0];
    expect(fire && payloadOf(fire)).toBe('["x","y"]');
  });
});

describe('while the DAG is paused', () => {
  it('events of `any` are kept, and taken up in their order afterwards', () => {
    const { row, fired } = tell(trigger(), [event(0, 'x'), event(1, 'y')], { paused: true });
    expect(fired).toEqual([]);
    const resumed = takeKept(row, [trigger()], wallMs(1));
    expect(resumed.fires.map(({ events }) => keysOf(events))).toEqual(['x', 'y']);
    expect(resumed.row.events).toEqual([]);
  });

  it('an `all` that was completed starts its run afterwards', () => {
    const all = trigger({ needs: 'all' });
    const { row, fired } = tell(all, [event(0, 'x'), event(1, 'y')], { paused: true });
    expect(fired).toEqual([]);
    const resumed = takeKept(row, [all], wallMs(1));
    expect(resumed.fires.map(({ events }) => keysOf(events))).toEqual(['x+y']);
  });

  it('an event is dropped for good where the trigger says so', () => {
    const dropping = trigger({ whilePaused: 'drop' });
    const { row } = tell(dropping, [event(0, 'x')], { paused: true });
    expect(row.events).toEqual([]);
    expect(tell(dropping, [event(0, 'x')], { row }).all[0]?.known).toBe(1);
  });

  it('the oldest events make room when there are too many, or too large ones', () => {
    const many = Array.from({ length: triggerLimits.eventsKept + 1 }, (_, k) => event(0, `k${k}`));
    const crowded = tell(trigger(), many, { paused: true });
    expect(crowded.all.at(-1)?.pushedOut.map(({ key }) => key)).toEqual(['k0']);
    const large = 'x'.repeat(triggerLimits.payloadBytes);
    const heavy = Array.from({ length: 17 }, (_, k) => event(0, `h${k}`, 0, large));
    const weighed = tell(trigger(), heavy, { paused: true });
    expect(weighed.all.at(-1)?.pushedOut.map(({ key }) => key)).toEqual(['h0']);
  });
});

describe('a trigger that is switched off', () => {
  it('hears nothing, loses what it had kept, and can be switched on again', () => {
    const { row } = tell(trigger(), [event(0, 'x')], { paused: true });
    const off = switchTrigger(row, 'arrived', false);
    expect(off.events).toEqual([]);
    expect(tell(trigger(), [event(0, 'y')], { row: off }).row).toBe(off);
    const on = switchTrigger(off, 'arrived', true);
    expect(tell(trigger(), [event(0, 'y')], { row: on }).fired).toEqual(['y']);
  });

  it('is not written again when it is so already', () => {
    expect(switchTrigger(empty, 'arrived', true)).toBe(empty);
  });
});

describe('a trigger that is fired by hand', () => {
  it('starts one run for a key, with the payload as it is', () => {
    const at: WallMs = wallMs(5);
    const all = trigger({ needs: 'all' });
    const first = takeOutright(empty, { trigger: all, key: 'k', at, payload: '[1,2]' });
    expect(first && payloadOf(first.fire)).toBe('[1,2]');
    const row = first?.row ?? empty;
    expect(takeOutright(row, { trigger: all, key: 'k', at, payload: '[1,2]' })).toBeUndefined();
  });
});

describe('the id of a run', () => {
  const idOf = (dag: string, name: string, key: string): string =>
    eventRunId(dagId(dag), { trigger: trigger({ name }), events: [event(0, key)] });

  it('is the same for the same events and another for others', () => {
    expect(idOf('d', 't', 'x')).toBe(idOf('d', 't', 'x'));
    const others = [idOf('d', 't', 'x'), idOf('d', 't', 'y'), idOf('e', 't', 'x')];
    expect(new Set(others).size).toBe(3);
  });

  it('tells apart names that would read alike', () => {
    expect(idOf('a-b', 'c', 'x')).not.toBe(idOf('a', 'b-c', 'x'));
  });

  it('is an id, however long the names are', () => {
    const id = idOf('d'.repeat(250), 't'.repeat(250), 'k'.repeat(250));
    expect(id).toMatch(/^[a-zA-Z0-9_.-]{1,250}$/);
  });
});

describe('the size of a payload', () => {
  it.each(['', 'abc', 'äöü', '漢字', '😀'])('%j counts as UTF-8', (text) => {
    expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length);
  });
});

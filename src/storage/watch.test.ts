import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import { type LogIndex, logIndex, wallMs } from '../base/brand.ts';
import { type Cancellable, DiskError } from '../base/ports.ts';
import { fail, ok } from '../base/result.ts';
import type { WatchEvent } from '../model/reading.ts';
import { Watch, watchDefaults } from './watch.ts';
import type { WatchEnd, WatchSettings } from './watch-types.ts';

const eventAt = (index: number): WatchEvent => ({
  index: logIndex(index),
  record: { version: 1, at: wallMs(index), decisions: [] },
});

/** A log whose entries at `noOps` carry no record; one event is one byte for `maxBytes`. */
class Stage {
  readonly clock = new StepClock();
  readonly log: WatchEvent[] = [];
  readonly watch: Watch;
  committed = 0;
  reads = 0;
  /** What the log says instead of entries. */
  readRefusal: WatchEnd | undefined;

  constructor(settings: Partial<WatchSettings> = {}, applied = 0) {
    this.watch = new Watch({
      clock: this.clock,
      settings: { ...watchDefaults, ...settings },
      appliedIndex: logIndex(applied),
      readCommitted: (from, maxBytes, done) => {
        this.reads++;
        const through = logIndex(Math.min(this.committed, from + maxBytes - 1));
        const events = this.log.filter(({ index }) => index >= from && index <= through);
        const { readRefusal } = this;
        this.clock.after(2, () =>
          done(readRefusal === undefined ? ok({ events, through }) : fail(readRefusal)),
        );
      },
    });
  }

  /** Commits `count` entries; every third one is a no-op. */
  commit(count: number, options = { publish: true }): void {
    for (let n = 0; n < count; n++) {
      const index = ++this.committed;
      if (index % 3 === 0) continue;
      this.log.push(eventAt(index));
      if (options.publish) this.watch.publish(eventAt(index));
    }
  }

  indexesBehind(after: number): readonly number[] {
    return this.log.filter(({ index }) => index > after).map(({ index }) => index);
  }
}

class Reader {
  readonly heard: LogIndex[] = [];
  readonly ends: WatchEnd[] = [];
  #asks: (() => void)[] = [];
  readonly #thinkMs: number | undefined;
  readonly subscription: Cancellable;

  /** With `thinkMs` it asks for the next event after that time, else when the test says so. */
  constructor(stage: Stage, after: number, thinkMs?: number) {
    this.#thinkMs = thinkMs;
    const subscribed = stage.watch.subscribe(logIndex(after), {
      receive: (event, next) => {
        this.heard.push(event.index);
        if (this.#thinkMs === undefined) this.#asks.push(next);
        else if (this.#thinkMs === 0) next();
        else stage.clock.after(this.#thinkMs, next);
      },
      ended: (end) => this.ends.push(end),
    });
    if (!subscribed.ok) throw new Error('refused');
    this.subscription = subscribed.value;
  }

  ask(): void {
    for (const next of this.#asks.splice(0)) next();
  }
}

describe('watch: a subscriber', () => {
  it('who keeps up is told of every record without a read of the log', () => {
    const stage = new Stage();
    const reader = new Reader(stage, 0, 0);
    for (let n = 0; n < 30; n++) {
      stage.commit(1);
      stage.clock.runAll();
    }
    expect(reader.heard).toEqual(stage.indexesBehind(0));
    expect(stage.reads).toBe(0);
  });

  it('who begins in the past hears the backlog, then what is new, without a gap', () => {
    const stage = new Stage({ backlogBytes: 4 });
    stage.commit(20);
    const reader = new Reader(stage, 5, 1);
    stage.clock.step();
    stage.commit(3);
    stage.clock.runAll();
    stage.commit(4);
    stage.clock.runAll();
    expect(reader.heard).toEqual(stage.indexesBehind(5));
    expect(stage.reads).toBeGreaterThan(3);
  });

  it('who is slow holds at most a queue in memory, and reads the rest of the log later', () => {
    const stage = new Stage({ queueMax: 4, backlogBytes: 8 });
    const reader = new Reader(stage, 0);
    stage.commit(100);
    stage.clock.runAll();
    expect(reader.heard).toEqual([1]);
    expect(stage.reads).toBe(0);
    for (let n = 0; n < 4; n++) {
      reader.ask();
      stage.clock.runAll();
    }
    expect(reader.heard).toEqual(stage.indexesBehind(0).slice(0, 5));
    expect(stage.reads).toBe(1);
    for (let n = 0; n < 100; n++) {
      reader.ask();
      stage.clock.runAll();
    }
    expect(reader.heard).toEqual(stage.indexesBehind(0));
  });

  it('who begins in the future hears nothing of what comes before', () => {
    const stage = new Stage();
    const reader = new Reader(stage, 10, 0);
    stage.commit(20);
    stage.clock.runAll();
    expect(reader.heard).toEqual(stage.indexesBehind(10));
  });

  it('is not told of what is committed but not applied here yet', () => {
    const stage = new Stage();
    stage.commit(7);
    stage.commit(5, { publish: false });
    const reader = new Reader(stage, 2, 0);
    stage.clock.runAll();
    expect(reader.heard).toEqual([4, 5, 7]);
    for (const event of stage.log.filter(({ index }) => index > 7)) stage.watch.publish(event);
    stage.clock.runAll();
    expect(reader.heard).toEqual(stage.indexesBehind(2));
  });

  it('whatever its pace hears every record once and in order', () => {
    const plan = fc.array(fc.record({ count: fc.nat(9), steps: fc.nat(20) }), { maxLength: 30 });
    const settings = fc.record({
      queueMax: fc.integer({ min: 1, max: 6 }),
      backlogBytes: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(plan, settings, fc.nat(5), fc.nat(30), (bursts, limits, thinkMs, after) => {
        const stage = new Stage(limits);
        stage.commit(10);
        const reader = new Reader(stage, after, thinkMs);
        for (const { count, steps } of bursts) {
          stage.commit(count);
          for (let n = 0; n < steps; n++) stage.clock.step();
        }
        stage.clock.runAll();
        expect(reader.heard).toEqual(stage.indexesBehind(after));
      }),
      { numRuns: 200 },
    );
  });
});

describe('watch: the end of a subscription', () => {
  it('cancelled, it hears nothing more, not even what was on its way', () => {
    const stage = new Stage();
    stage.commit(5);
    const reader = new Reader(stage, 0, 0);
    stage.clock.step();
    reader.subscription.cancel();
    reader.subscription.cancel();
    stage.commit(5);
    stage.clock.runAll();
    expect(reader.heard).toEqual([]);
    expect(reader.ends).toEqual([]);
    expect(stage.watch.subscribers).toBe(0);
  });

  it('is told when the log no longer holds its place, or cannot be read', () => {
    const ends: readonly WatchEnd[] = [
      { kind: 'gone', firstIndex: logIndex(4) },
      { kind: 'failed', error: new DiskError('EIO') },
    ];
    for (const end of ends) {
      const stage = new Stage();
      stage.commit(5);
      stage.readRefusal = end;
      const reader = new Reader(stage, 0, 0);
      stage.clock.runAll();
      expect(reader.ends).toEqual([end]);
      expect(stage.watch.subscribers).toBe(0);
    }
  });

  it('a subscriber too many is refused, until one has left', () => {
    const stage = new Stage({ subscribersMax: 1 });
    const first = new Reader(stage, 0, 0);
    expect(() => new Reader(stage, 0, 0)).toThrow('refused');
    first.subscription.cancel();
    expect(new Reader(stage, 0, 0).ends).toEqual([]);
  });

  it('a record out of order, or an event asked for twice, is a broken promise', () => {
    const stage = new Stage();
    stage.commit(2);
    expect(() => stage.watch.publish(eventAt(2))).toThrow('W1');
    let twice = (): void => {};
    stage.watch.subscribe(logIndex(1), {
      receive: (_event, next) => {
        twice = next;
      },
      ended: () => {},
    });
    stage.clock.runAll();
    twice();
    expect(twice).toThrow('W2');
  });
});

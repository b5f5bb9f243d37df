import { describe, expect, it } from 'vitest';
import { settled } from '../../test/ports/disk-clock.ts';
import { chapterAt, LedgerStage, lastChapter, replay } from '../../test/support/ledger-life.ts';
import { type Move, Story } from '../../test/support/ledger-story.ts';
import { logIndex } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import { State } from '../model/state.ts';
import type { Ledger } from './ledger.ts';
import { markKey, metaKey } from './ledger-keys.ts';
import { packValue } from './pack.ts';

const start: Move = { kind: 0, pick: 1 };
const assign: Move = { kind: 1, pick: 0 };
const finish: Move = { kind: 3, pick: 0 };
const end: Move = { kind: 4, pick: 0 };
const rerun: Move = { kind: 5, pick: 0 };
const forget: Move = { kind: 6, pick: 0 };

/** A ledger that has taken the story over and written it, and its stage. */
function written(moves: readonly Move[]): { stage: LedgerStage; ledger: Ledger; story: Story } {
  const story = new Story(moves.map((each) => [each]));
  const stage = new LedgerStage();
  const ledger = stage.open();
  for (const commit of story.commits) {
    ledger.commit(commit);
    expect(stage.flush(ledger)).toBeUndefined();
  }
  return { stage, ledger, story };
}

/** Keys on disk, without the values that each batch writes of itself. */
function keysOnDisk(stage: LedgerStage): readonly string[] {
  const all = stage.disk.store('ledger').rows().scan({ from: '', to: '~', limit: 10_000 });
  return all.map(({ key }) => key).filter((key) => key !== metaKey && !key.startsWith('mark/'));
}

function reopenedRefusal(stage: LedgerStage): string {
  const opened = stage.tryOpen(false);
  return opened.ok ? 'opened' : opened.error.message;
}

describe('ledger: writing behind', () => {
  it('a row that changes three times in a window is written once, with its applied index', () => {
    const story = new Story([[start], [assign], [assign], [assign]]);
    const stage = new LedgerStage();
    const ledger = stage.open({ windowMs: 50 });
    for (const commit of story.commits) ledger.commit(commit);
    expect(ledger.windows().at(-1)?.live.size).toBe(2);
    expect(ledger.appliedIndex).toBe(0);
    stage.clock.runAll();
    expect(ledger.batches).toBe(1);
    expect(ledger.appliedIndex).toBe(4);
    expect(stage.clock.monotonicMs()).toBeGreaterThanOrEqual(50);
  });

  it('a run that begins and ends in one window leaves no live row, only the packed run', () => {
    const story = new Story([[start, assign, finish, end]]);
    const stage = new LedgerStage();
    const ledger = stage.open();
    ledger.commit(story.commits[0]!);
    expect([...ledger.windows()[0]!.live.keys()]).toEqual([]);
    stage.close(ledger);
    expect(keysOnDisk(stage).map((key) => key.split('/')[0])).toEqual([
      'dag-runs',
      'ended',
      'history',
      'runs',
    ]);
  });

  it('an ended run and a forgotten run leave nothing behind', () => {
    const { stage, ledger } = written([start, assign, finish, end, rerun, assign, end, forget]);
    stage.close(ledger);
    expect(keysOnDisk(stage)).toEqual([]);
  });

  it('a full window is written without waiting, and the next one gathers meanwhile', () => {
    const story = new Story(Array.from({ length: 20 }, () => [start]));
    const stage = new LedgerStage();
    const ledger = stage.open({ windowMs: 3_000_000, rowsPerWindow: 8 });
    for (const commit of story.commits) ledger.commit(commit);
    expect(ledger.windows()).toHaveLength(2);
    expect(ledger.windows()[0]!.index).toBe(4);
    stage.clock.step();
    while (ledger.batches < 2) stage.clock.step();
    expect(ledger.appliedIndex).toBe(20);
    expect(stage.clock.monotonicMs()).toBeLessThan(1000);
  });

  it('is behind at its limit, and says when there is room again', () => {
    const story = new Story(Array.from({ length: 10 }, () => [start]));
    const stage = new LedgerStage();
    const ledger = stage.open({ rowsBehind: 20 });
    for (const commit of story.commits.slice(0, 9)) ledger.commit(commit);
    expect(ledger.isBehind()).toBe(false);
    ledger.commit(story.commits[9]!);
    expect(ledger.isBehind()).toBe(true);
    settled<void>(stage.clock, (done) => ledger.whenRoom(done));
    expect(ledger.isBehind()).toBe(false);
    expect(ledger.appliedIndex).toBe(10);
    settled<void>(stage.clock, (done) => ledger.whenRoom(done));
  });

  it('refuses records out of order and more than its memory may hold', () => {
    const story = new Story([[start], [start], [start]]);
    const ledger = new LedgerStage().open({ rowsMax: 3 });
    ledger.commit(story.commits[0]!);
    expect(() => ledger.commit(story.commits[0]!)).toThrow('L1');
    expect(() => ledger.commit(story.commits[1]!)).toThrow('L4');
  });

  it('a record without facts moves the applied index as well', () => {
    const { ledger } = written([{ kind: 3, pick: 0 }]);
    expect(ledger.appliedIndex).toBe(1);
  });

  it('is loaded before it is written to', () => {
    const { ledger } = written([start]);
    ledger.commit({ index: logIndex(2), at: new Story([[start]]).commits[0]!.at, ...nothing });
    expect(() =>
      ledger.load(
        () => {},
        () => {},
      ),
    ).toThrow('L2');
  });
});

const nothing = { decisions: [], applied: [] } as const;

describe('ledger: a failing disk', () => {
  it('is told once; nothing becomes durable after it, and waiting flushes hear of it', () => {
    const { stage, ledger, story } = written([start, assign]);
    story.tell([assign]);
    story.tell([finish]);
    stage.disk.failNextSync();
    ledger.commit(story.commits[2]!);
    expect(stage.flush(ledger)).toBeDefined();
    ledger.commit(story.commits[3]!);
    expect(stage.flush(ledger)).toBeDefined();
    stage.clock.runAll();
    expect(stage.failures).toHaveLength(1);
    expect(ledger.appliedIndex).toBe(2);
    stage.close(ledger);
    const again = stage.open();
    const { state, appliedIndex } = stage.load(again);
    // A batch that the disk refused may be there all the same, whole or not at all.
    expect(state.digest()).toBe(chapterAt(story, appliedIndex).digest);
    replay(stage, again, { story, state, gapMs: 1 });
    stage.clock.runAll();
    expect(again.appliedIndex).toBe(4);
    stage.expectTruth(again, lastChapter(story), 2);
  });

  it('a flipped bit of a live row fails the load', () => {
    const { stage, ledger } = written([start, assign]);
    stage.close(ledger);
    const key = keysOnDisk(stage).find((each) => each.startsWith('live/task/'))!;
    stage.disk.store('ledger').flipBit(key, 77);
    const again = stage.open();
    const loaded = settled<Result<unknown, DiskError>>(stage.clock, (done) =>
      again.load((fact) => new State().apply(fact), done),
    );
    expect(loaded.ok ? '' : loaded.error.message).toContain(key);
    expect(stage.failures).toHaveLength(1);
  });

  it('a flipped bit of the meta value, or of a mark, refuses the ledger at open', () => {
    for (const key of [metaKey, markKey(1)]) {
      const { stage, ledger } = written([start, assign, finish]);
      stage.close(ledger);
      stage.disk.store('ledger').flipBit(key, 9);
      expect(reopenedRefusal(stage)).toContain(key);
    }
  });

  it('a batch that is missing from the middle refuses the ledger at open', () => {
    const { stage, ledger } = written([start, assign, finish, end]);
    stage.close(ledger);
    stage.disk.store('ledger').dropBatches(2, 1);
    expect(reopenedRefusal(stage)).toContain('lost batches');
  });

  it('the loss of its newest batches is no damage: the log replays them', () => {
    const { stage, ledger, story } = written([start, assign, finish, end, rerun]);
    stage.close(ledger);
    stage.disk.store('ledger').rollBack(3);
    const again = stage.open();
    const { state, appliedIndex } = stage.load(again);
    expect(appliedIndex).toBe(2);
    replay(stage, again, { story, state, gapMs: 0 });
    stage.clock.runAll();
    stage.expectTruth(again, lastChapter(story), 4);
  });

  it('an empty or headless store is refused once the node has an identity', () => {
    expect(reopenedRefusal(new LedgerStage())).toContain('not there');
    const { stage, ledger } = written([start]);
    stage.close(ledger);
    const image = stage.disk.store('ledger');
    image.append([{ kind: 'delete', key: metaKey }]);
    expect(reopenedRefusal(stage)).toContain('lost its applied index');
    const created = stage.tryOpen(true);
    expect(created.ok ? '' : created.error.message).toContain('no applied index');
  });

  it('another format is refused by name', () => {
    const { stage, ledger } = written([start]);
    stage.close(ledger);
    const value = packValue(metaKey, { format: 9, appliedIndex: 1, batches: 1 });
    stage.disk.store('ledger').append([{ kind: 'put', key: metaKey, value }]);
    expect(reopenedRefusal(stage)).toContain('format 9');
  });
});

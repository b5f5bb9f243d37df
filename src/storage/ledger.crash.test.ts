/**
 * Replay equality (P35, I4): whatever the story and wherever it is cut, what is loaded is the
 * state at the ledger's applied index, and with the rest of the log it becomes the state, and the
 * history, of a node that never stopped.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chapterAt, LedgerStage, lastChapter, replay } from '../../test/support/ledger-life.ts';
import { type Move, Story } from '../../test/support/ledger-story.ts';
import type { LedgerSettings } from './ledger.ts';

const moves = fc.record({ kind: fc.nat(50), pick: fc.nat(50) });
const records = fc.array(fc.array(moves, { maxLength: 3 }), { minLength: 1, maxLength: 60 });

interface Life {
  readonly stepsMax: number;
  readonly loseUnsynced: boolean;
  readonly settings: Partial<LedgerSettings>;
  readonly gapMs: number;
}

/** Opens, loads, proves what was loaded, goes on with the story; true when it came to its end. */
function live(stage: LedgerStage, story: Story, life: Life): boolean {
  const ledger = stage.open(life.settings);
  const { state, appliedIndex } = stage.load(ledger);
  expect(state.digest()).toBe(chapterAt(story, appliedIndex).digest);
  replay(stage, ledger, { story, state, gapMs: life.gapMs });
  let steps = 0;
  while (steps < life.stepsMax && stage.clock.step()) steps++;
  if (steps === life.stepsMax) {
    stage.crash(life.loseUnsynced);
    return false;
  }
  expect(state.digest()).toBe(lastChapter(story).digest);
  expect(ledger.appliedIndex).toBe(story.lastIndex);
  stage.expectTruth(ledger, lastChapter(story), 3);
  stage.close(ledger);
  expect(stage.failures).toEqual([]);
  return true;
}

const quick = { windowMs: 4, rowsPerWindow: 6, rowsPerSlice: 3 };
const patient = { stepsMax: Number.POSITIVE_INFINITY, loseUnsynced: false, gapMs: 1 };

describe('ledger: a crash', () => {
  it('at any step of a story leaves the state of the applied index, and the rest replays', () => {
    const pattern: Move[][] = [];
    for (let n = 0; n < 36; n++) pattern.push([move(n), move(n + 5)]);
    const story = new Story(pattern);
    let stepsMax = 1;
    for (let ended = false; !ended; stepsMax++) {
      for (const loseUnsynced of [true, false]) {
        const stage = new LedgerStage(stepsMax);
        ended = live(stage, story, { stepsMax, loseUnsynced, settings: quick, gapMs: 1 });
        if (!ended) live(stage, story, { ...patient, settings: quick });
      }
    }
    expect(stepsMax).toBeGreaterThan(50);
  });

  it('after a crash in any story leaves no trace that a reader could find', () => {
    const life = fc.record({
      stepsMax: fc.integer({ min: 1, max: 120 }),
      loseUnsynced: fc.boolean(),
      gapMs: fc.integer({ min: 0, max: 6 }),
      settings: fc.record({
        windowMs: fc.integer({ min: 0, max: 20 }),
        rowsPerWindow: fc.integer({ min: 1, max: 30 }),
        rowsPerSlice: fc.integer({ min: 1, max: 9 }),
      }),
    });
    fc.assert(
      fc.property(records, fc.array(life, { maxLength: 4 }), fc.nat(), (told, lives, seed) => {
        const story = new Story(told);
        const stage = new LedgerStage(seed);
        for (const each of lives) if (live(stage, story, each)) break;
        live(stage, story, { ...patient, settings: quick });
      }),
      { numRuns: 150 },
    );
  });

  it('readers see each record from the moment it is committed, on disk or not', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 5 }), fc.nat(12), (told, limit, eagerness) => {
        const story = new Story(told);
        const stage = new LedgerStage(1, eagerness % 4);
        const ledger = stage.open(quick);
        for (const commit of story.commits) {
          ledger.commit(commit);
          for (let step = 0; step < (commit.index * eagerness) % 7; step++) stage.clock.step();
          if (commit.index % 5 === 0)
            stage.expectTruth(ledger, chapterAt(story, commit.index), limit);
        }
        stage.expectTruth(ledger, lastChapter(story), limit);
      }),
      { numRuns: 80 },
    );
  });
});

const move = (n: number): Move => ({ kind: (n * 7) % 9, pick: (n * 5) % 11 });

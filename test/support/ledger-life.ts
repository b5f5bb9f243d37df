/** Lives of a ledger in tests: opened, loaded, fed with a story, crashed, and compared with it. */
import { expect } from 'vitest';
import { type LogIndex, logIndex, type RunId } from '../../src/base/brand.ts';
import type { Disk, DiskError, Store } from '../../src/base/ports.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { ok, type Result } from '../../src/base/result.ts';
import { silentTrace } from '../../src/base/trace.ts';
import type { EndedRun } from '../../src/model/ended-run.ts';
import type { Page, RunEvent, RunQuery } from '../../src/model/reading.ts';
import type { RunRow } from '../../src/model/run.ts';
import { State } from '../../src/model/state.ts';
import { type Ledger, type LedgerSettings, ledgerDefaults } from '../../src/storage/ledger.ts';
import { openLedger } from '../../src/storage/ledger-open.ts';
import { firstPlace } from '../../src/storage/ledger-place.ts';
import { MemoryDisk } from '../../src/storage/memory.ts';
import { endedRun, listRuns } from '../../src/storage/queries.ts';
import { type EventsQuery, runEvents } from '../../src/storage/queries-history.ts';
import { StepClock, settled } from '../ports/disk-clock.ts';
import { type Chapter, type Story, storyNamespace } from './ledger-story.ts';

export class LedgerStage {
  readonly clock = new StepClock();
  readonly disk: MemoryDisk;
  readonly failures: DiskError[] = [];

  /** With `ackDelayMs`, readers see a batch for that long before its writer is told of it. */
  readonly #ackDelayMs: number;

  constructor(seed = 1, ackDelayMs = 0) {
    this.#ackDelayMs = ackDelayMs;
    this.disk = new MemoryDisk({
      clock: this.clock,
      random: new SeededRandom(seed),
      syncLatencyMs: () => 3,
    });
  }

  tryOpen(create: boolean, settings: Partial<LedgerSettings> = {}): Result<Ledger, DiskError> {
    return settled<Result<Ledger, DiskError>>(this.clock, (done) =>
      openLedger(
        {
          disk: this.#ackDelayMs === 0 ? this.disk : this.#lateDisk(),
          clock: this.clock,
          store: firstPlace.store,
          create,
          settings: { ...ledgerDefaults, ...settings },
          trace: silentTrace,
          onFailure: (error) => this.failures.push(error),
        },
        done,
      ),
    );
  }

  open(settings: Partial<LedgerSettings> = {}): Ledger {
    return unwrapped(this.tryOpen(true, settings));
  }

  /** As with LevelDB, whose batches are there before the callback has found its way to us. */
  #lateDisk(): Disk {
    const { disk, clock } = this;
    const late = (store: Store): Store => ({
      get: (key, done) => store.get(key, done),
      scan: (range, done) => store.scan(range, done),
      view: () => store.view(),
      close: (done) => store.close(done),
      write: (operations, options, done) =>
        store.write(operations, options, (error) =>
          clock.after(this.#ackDelayMs, () => done(error)),
        ),
    });
    return {
      readFile: (name, done) => disk.readFile(name, done),
      writeFile: (name, bytes, done) => disk.writeFile(name, bytes, done),
      openSlots: (name, options, done) => disk.openSlots(name, options, done),
      removeStore: (name, done) => disk.removeStore(name, done),
      setAside: (names, folder, done) => disk.setAside(names, folder, done),
      openStore: (name, options, done) =>
        disk.openStore(name, options, (opened) =>
          done(opened.ok ? ok(late(opened.value)) : opened),
        ),
    };
  }

  load(ledger: Ledger): { readonly state: State; readonly appliedIndex: LogIndex } {
    const state = new State();
    const loaded = settled<Result<{ readonly appliedIndex: LogIndex }, DiskError>>(
      this.clock,
      (done) => ledger.load((fact) => state.apply(fact), done),
    );
    return { state, ...unwrapped(loaded) };
  }

  flush(ledger: Ledger): DiskError | undefined {
    return settled(this.clock, (done) => ledger.flush(done));
  }

  close(ledger: Ledger): void {
    settled<void>(this.clock, (done) => ledger.close(done));
  }

  crash(loseUnsynced: boolean): void {
    this.disk.crash({ loseUnsynced });
    this.clock.clear();
  }

  page(ledger: Ledger, live: Iterable<RunRow>, query: Partial<RunQuery>): Page<RunRow> {
    const whole: RunQuery = {
      namespace: storyNamespace,
      dagId: null,
      statuses: null,
      since: null,
      limit: 100,
      cursor: null,
      ...query,
    };
    return unwrapped(settled(this.clock, (done) => listRuns(ledger, whole, live, done)));
  }

  /** All pages of a query, one after the other. */
  pages(ledger: Ledger, live: readonly RunRow[], query: Partial<RunQuery>): readonly RunRow[] {
    const items: RunRow[] = [];
    let cursor: string | null = null;
    do {
      const page = this.page(ledger, live, { ...query, cursor });
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== null);
    return items;
  }

  packed(ledger: Ledger, runId: RunId): EndedRun | undefined {
    const which = { namespace: storyNamespace, runId };
    return unwrapped<EndedRun | undefined>(
      settled(this.clock, (done) => endedRun(ledger, which, done)),
    );
  }

  events(ledger: Ledger, query: Omit<EventsQuery, 'namespace'>): Page<RunEvent> {
    const whole = { namespace: storyNamespace, ...query };
    return unwrapped(settled(this.clock, (done) => runEvents(ledger, whole, done)));
  }

  allEvents(ledger: Ledger, runId: EventsQuery['runId'], limit: number): readonly RunEvent[] {
    const items: RunEvent[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page = this.events(ledger, { runId, after, limit });
      items.push(...page.items);
      after = page.cursor === null ? null : Number(page.cursor);
    }
    return items;
  }

  /** Every query answers as the chapter says. */
  expectTruth(ledger: Ledger, chapter: Chapter, limit: number): void {
    const live = [...chapter.live.values()];
    const runs = [...live, ...[...chapter.ended.values()].map(({ run }) => run)];
    runs.sort((a, b) => b.createdAt - a.createdAt || (a.runId < b.runId ? 1 : -1));
    expect(this.pages(ledger, live, { limit })).toEqual(runs);
    const ofDag = runs.filter((run) => run.dagId === 'dag-1' && run.status === 'failed');
    const query = { limit, dagId: runs.find((run) => run.dagId === 'dag-1')?.dagId ?? null };
    if (query.dagId !== null) {
      expect(this.pages(ledger, live, { ...query, statuses: ['failed'] })).toEqual(ofDag);
    }
    for (const run of runs) {
      const key = `${run.namespace}/${run.runId}`;
      expect(this.packed(ledger, run.runId)).toEqual(chapter.ended.get(key));
      expect(this.allEvents(ledger, run.runId, limit)).toEqual(chapter.events.get(key));
    }
  }
}

/** Commits a story from the ledger's own index on, one record each `gapMs` of virtual time. */
export function replay(
  stage: LedgerStage,
  ledger: Ledger,
  given: { readonly story: Story; readonly state: State; readonly gapMs: number },
): void {
  const { story, state, gapMs } = given;
  const first = ledger.readableIndex;
  for (const commit of story.commits.slice(first)) {
    stage.clock.after((commit.index - first) * gapMs, () => {
      const facts = commit.decisions.flatMap((decision) => decision.facts);
      ledger.commit({ ...commit, applied: facts.map((fact) => state.apply(fact)) });
    });
  }
}

export const lastChapter = (story: Story): Chapter => chapterAt(story, story.lastIndex);

export function chapterAt(story: Story, index: LogIndex = logIndex(0)): Chapter {
  const chapter = story.chapters[index];
  if (chapter === undefined) throw new Error(`the story has no index ${index}`);
  return chapter;
}

export function unwrapped<T>(result: Result<T, DiskError>): T {
  if (!result.ok) throw result.error;
  return result.value;
}

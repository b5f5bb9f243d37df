import { describe, expect, it } from 'vitest';
import { LedgerStage } from '../../test/support/ledger-life.ts';
import { storyNamespace } from '../../test/support/ledger-story.ts';
import {
  dagId,
  incarnation,
  logIndex,
  nodeId,
  runId,
  taskId,
  token,
  versionId,
  wallMs,
} from '../base/brand.ts';
import type { EndedAttempt } from '../model/attempt.ts';
import { type Fact, runFact, taskFact } from '../model/fact.ts';
import type { RunRow } from '../model/run.ts';
import { State } from '../model/state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import type { Ledger } from './ledger.ts';
import { eventsPerChunk } from './ledger-history.ts';
import { rowsReadPerPageMax } from './queries.ts';

const common = (name: string, createdAt: number) => ({
  namespace: storyNamespace,
  runId: runId(name),
  dagId: dagId('etl'),
  versionId: versionId('v1'),
  logicalDate: null,
  trigger: 'manual' as const,
  params: {},
  priority: 0,
  createdAt: wallMs(createdAt),
  createdBy: 'ada',
  generation: 1,
  startedAt: wallMs(0),
});

const running = (name: string, createdAt: number): RunRow => ({
  ...common(name, createdAt),
  status: 'running',
});

const ended = (name: string, createdAt: number): RunRow => ({
  ...common(name, createdAt),
  status: 'success',
  endedAt: wallMs(9),
});

const failed = (name: string, createdAt: number): RunRow => ({
  ...common(name, createdAt),
  status: 'failed',
  endedAt: wallMs(9),
  reason: 'a task failed',
});

/** Hands facts over, one record for each call. */
class Writer {
  readonly state = new State();
  readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  commit(...facts: readonly Fact[]): void {
    this.ledger.commit({
      index: logIndex(this.ledger.readableIndex + 1),
      at: wallMs(5),
      decisions: [{ what: 'test', by: 'ada', facts }],
      applied: facts.map((fact) => this.state.apply(fact)),
    });
  }

  live(): readonly RunRow[] {
    return [...this.state.runs()].map(({ run }) => run);
  }
}

function opened(): { stage: LedgerStage; ledger: Ledger; writer: Writer } {
  const stage = new LedgerStage();
  const ledger = stage.open();
  return { stage, ledger, writer: new Writer(ledger) };
}

const names = (runs: readonly RunRow[]): readonly string[] => runs.map((run) => run.runId);

describe('queries: pages of runs', () => {
  it('go from the newest to the oldest, live and ended together, and filter', () => {
    const { stage, ledger, writer } = opened();
    writer.commit(...[1, 2, 3, 4, 5, 6].map((n) => runFact(running(`r${n}`, n))));
    writer.commit(runFact(ended('r2', 2)), runFact(failed('r4', 4)));
    stage.flush(ledger);
    writer.commit(runFact(ended('r5', 5)));
    const list = (query: object) => names(stage.page(ledger, writer.live(), query).items);
    expect(list({})).toEqual(['r6', 'r5', 'r4', 'r3', 'r2', 'r1']);
    expect(list({ statuses: ['success'] })).toEqual(['r5', 'r2']);
    expect(list({ statuses: ['running', 'failed'] })).toEqual(['r6', 'r4', 'r3', 'r1']);
    expect(list({ statuses: ['running'] })).toEqual(['r6', 'r3', 'r1']);
    expect(list({ since: wallMs(4) })).toEqual(['r6', 'r5', 'r4']);
    expect(list({ dagId: dagId('et') })).toEqual([]);
    expect(list({ dagId: dagId('etl'), limit: 2 })).toEqual(['r6', 'r5']);
  });

  it('a cursor holds while runs begin, end and run again between two pages', () => {
    const { stage, ledger, writer } = opened();
    writer.commit(...[1, 2, 3, 4].map((n) => runFact(running(`r${n}`, n))));
    const first = stage.page(ledger, writer.live(), { limit: 2 });
    writer.commit(runFact(running('r9', 9)), runFact(ended('r2', 2)), runFact(ended('r3', 3)));
    stage.flush(ledger);
    writer.commit(runFact({ ...running('r3', 3), generation: 2 }));
    const second = stage.page(ledger, writer.live(), { limit: 2, cursor: first.cursor });
    expect(names([...first.items, ...second.items])).toEqual(['r4', 'r3', 'r2', 'r1']);
    expect(second.cursor).toBeNull();
  });

  it('show a run once, as live, when the asker knows of a rerun before the ledger does', () => {
    const { stage, ledger, writer } = opened();
    writer.commit(runFact(running('r1', 1)), runFact(ended('r1', 1)));
    const live = [{ ...running('r1', 1), generation: 2 }];
    expect(stage.page(ledger, live, {}).items).toEqual(live);
    stage.flush(ledger);
    expect(stage.page(ledger, live, {}).items).toEqual(live);
    expect(stage.page(ledger, live, { statuses: ['success'] }).items).toEqual([]);
  });

  it('read a bounded number of rows for a rare status, and lose nothing by it', () => {
    const { stage, ledger, writer } = opened();
    const count = rowsReadPerPageMax + 300;
    for (let n = 1; n <= count; n++) {
      const end = n === 7 ? failed('needle', n) : ended(`r${n}`, n);
      writer.commit(runFact(running(end.runId, n)), runFact(end));
    }
    writer.commit(runFact(running('old', 0)), runFact(running('new', count + 1)));
    stage.flush(ledger);
    const query = { statuses: ['failed', 'running'] as const, limit: 2 };
    const first = stage.page(ledger, writer.live(), query);
    expect(names(first.items)).toEqual(['new']);
    const second = stage.page(ledger, writer.live(), { ...query, cursor: first.cursor });
    expect(names(second.items)).toEqual(['needle', 'old']);
    expect(names(stage.pages(ledger, writer.live(), query))).toEqual(['new', 'needle', 'old']);
  });
});

describe('queries: a forgotten run', () => {
  it('is gone for every reader at once, and a new run of its name begins afresh', () => {
    for (const flushBetween of [true, false]) {
      const { stage, ledger, writer } = opened();
      writer.commit(runFact(running('r1', 1)));
      // More chunks than one scan of a forgotten history gathers.
      for (let n = 0; n < 70; n++) {
        writer.commit(taskFact(waiting('r1', n)));
        stage.flush(ledger);
      }
      writer.commit(runFact(ended('r1', 1)));
      stage.flush(ledger);
      writer.commit({ table: 'run', key: 'default/r1', row: null });
      expect(stage.page(ledger, writer.live(), {}).items).toEqual([]);
      expect(stage.packed(ledger, runId('r1'))).toBeUndefined();
      expect(stage.allEvents(ledger, runId('r1'), 10)).toEqual([]);
      if (flushBetween) stage.flush(ledger);
      writer.commit(runFact(running('r1', 2)));
      for (let round = 0; round < 2; round++) {
        const events = stage.allEvents(ledger, runId('r1'), 10);
        expect(events.map(({ row }) => row)).toEqual([running('r1', 2)]);
        stage.flush(ledger);
      }
      writer.commit(runFact(ended('r1', 2)));
      stage.flush(ledger);
      expect(stage.allEvents(ledger, runId('r1'), 10)).toHaveLength(2);
      expect(stage.page(ledger, [], {}).items).toEqual([ended('r1', 2)]);
    }
  });
});

describe('queries: a run forgotten while its events are being written', () => {
  it('has no history for whoever asks at that moment', () => {
    const { stage, ledger, writer } = opened();
    writer.commit(runFact(running('r1', 1)), runFact(ended('r1', 1)));
    ledger.flush(() => {});
    writer.commit({ table: 'run', key: 'default/r1', row: null });
    expect(ledger.windows()).toHaveLength(2);
    expect(stage.allEvents(ledger, runId('r1'), 10)).toEqual([]);
    expect(stage.packed(ledger, runId('r1'))).toBeUndefined();
    expect(stage.page(ledger, [], {}).items).toEqual([]);
  });
});

describe("queries: a run's history", () => {
  it('is paged by position, through chunks, windows, the end of the run and a rerun', () => {
    const { stage, ledger, writer } = opened();
    const total = eventsPerChunk * 2 + 40;
    writer.commit(runFact(running('r1', 1)));
    writer.commit(...Array.from({ length: total }, (_, n) => taskFact(waiting('r1', n))));
    writer.commit(runFact(ended('r1', 1)));
    stage.flush(ledger);
    writer.commit(runFact({ ...running('r1', 1), generation: 2 }), taskFact(waiting('r1', total)));
    const all = stage.events(ledger, { runId: runId('r1'), after: 0, limit: 10_000 });
    expect(all.items).toHaveLength(total + 4);
    expect(all.cursor).toBeNull();
    for (const after of [1, 255, 256, 257, total + 1, total + 2, total + 3, total + 4]) {
      const page = stage.events(ledger, { runId: runId('r1'), after, limit: 10 });
      expect(page.items).toEqual(all.items.slice(after, after + 10));
    }
    expect(stage.allEvents(ledger, runId('r1'), 100)).toEqual(all.items);
    stage.flush(ledger);
    expect(stage.allEvents(ledger, runId('r1'), 100)).toEqual(all.items);
    const behind = stage.events(ledger, { runId: runId('r1'), after: 99_999, limit: 10 });
    expect(behind).toEqual({ items: [], cursor: null });
    expect(stage.events(ledger, { runId: runId('r'), after: 0, limit: 10 }).items).toEqual([]);
  });

  it('a task event carries its newest ended attempt: earlier ones have their own', () => {
    const { stage, ledger, writer } = opened();
    writer.commit(runFact(running('r1', 1)));
    const attempts = [attempt(1), attempt(2), attempt(3)];
    writer.commit(taskFact({ ...waiting('r1', 0), attempts }));
    const page = stage.events(ledger, { runId: runId('r1'), after: 1, limit: 10 });
    expect(page.items.map(({ row }) => row)).toEqual([
      { ...waiting('r1', 0), attempts: [attempt(3)] },
    ]);
    expect(page.items[0]).toMatchObject({ index: 2, at: 5, by: 'ada', what: 'test' });
  });
});

const waiting = (run: string, task: number): TaskRow => ({
  namespace: storyNamespace,
  runId: runId(run),
  taskId: taskId(`task-${task}`),
  mapIndex: 0,
  attempts: [],
  tries: 0,
  status: 'pending',
});

const attempt = (number: number): EndedAttempt => ({
  number,
  node: nodeId('n1'),
  incarnation: incarnation('i1'),
  token: token(number),
  assignedAt: wallMs(1),
  outcome: 'failed',
  startedAt: null,
  endedAt: wallMs(2),
  exitCode: 1,
  signal: null,
  error: 'no',
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskId } from '../base/brand.ts';
import type { Fact } from '../model/fact.ts';
import { mapKey, taskKey } from '../model/keys.ts';
import { decodeRecord } from '../model/record.ts';
import { minus } from '../model/resources.ts';
import { runTransitions } from '../model/run.ts';
import { isOfGraph } from '../model/run-shape.ts';
import { State } from '../model/state.ts';
import { taskTransitions } from '../model/task-instance.ts';
import { GraphByHand } from '../model/testing/graph-by-hand.ts';
import { Board } from './board.ts';
import { pictureOf } from './testing/board-picture.ts';
import { anyContent, anyGusts, Storm } from './testing/storm.ts';

const anyContents = fc.array(anyContent, { minLength: 1, maxLength: 3 });

/** Rows as facts, in an order of their own. */
const rowsOf = (state: State): readonly string[] =>
  [...state.facts()].map((fact) => JSON.stringify(fact)).sort();

/** Checks every fact of the log against the published rules, on the log alone. */
function checkLog(storm: Storm): void {
  while (storm.kit.log.pending > 0) storm.commit();
  const state = new State();
  const generations = new Map<string, number>();
  const highestToken = new Map<string, number>();
  let lastAt = 0;
  for (const { payload } of storm.kit.log.entries) {
    if (payload.length === 0) continue;
    const record = decodeRecord(payload);
    expect(record.at).toBeGreaterThanOrEqual(lastAt);
    lastAt = record.at;
    for (const fact of record.decisions.flatMap(({ facts }) => facts)) {
      checkTransition(state, fact, generations);
      if (fact.table === 'task' && fact.row?.status === 'queued') {
        const { namespace, runId, taskId, mapIndex } = fact.row;
        const known = state.task(namespace, runId, taskId, mapIndex);
        if (known?.status !== 'queued') {
          checkStart(state, fact);
          expect(fact.row.attempt.token).toBeGreaterThan(highestToken.get(fact.key) ?? 0);
          highestToken.set(fact.key, fact.row.attempt.token);
        }
      }
      state.apply(fact);
      if (fact.table === 'task') checkCapacity(state);
    }
  }
  expect(state.digest()).toBe(storm.kit.state.digest());
}

/** W06: only edges of the table; a rerun brings its rows along before anything moves. */
function checkTransition(state: State, fact: Fact, generations: Map<string, number>): void {
  if (fact.table === 'run' && fact.row !== null) {
    const before = state.run(fact.row.namespace, fact.row.runId)?.run;
    const from = before?.status ?? 'none';
    if (before === undefined) expect(fact.row.status).toBe('queued');
    else if (before.status !== fact.row.status)
      expect(runTransitions[before.status]).toContain(fact.row.status);
    const known = generations.get(fact.key) ?? 0;
    // A rerun of a living run is a new generation of it as well.
    const next = from === 'none' ? [known + 1] : [known, known + 1];
    expect(next).toContain(fact.row.generation);
    generations.set(fact.key, fact.row.generation);
  }
  if (fact.table !== 'task' || fact.row === null) return;
  const { row } = fact;
  const before = state.task(row.namespace, row.runId, row.taskId, row.mapIndex);
  const run = state.run(row.namespace, row.runId)?.run;
  if (run?.status === 'queued') expect(run.generation).toBeGreaterThan(1);
  else if ((before?.status ?? 'pending') !== row.status) {
    expect(taskTransitions[before?.status ?? 'pending']).toContain(row.status);
  }
}

/** W02 and W08, in the log prefix before the assignment. */
function checkStart(state: State, fact: Fact): void {
  if (fact.table !== 'task' || fact.row === null) return;
  const { namespace, runId, taskId, mapIndex, attempts } = fact.row;
  const live = state.run(namespace, runId);
  if (live === undefined) throw new Error('a task starts in a live run');
  const { run } = live;
  const spec = state.version(namespace, run.dagId, run.versionId)?.spec;
  const task = spec?.tasks[taskId];
  if (spec === undefined || task === undefined) throw new Error('its version has the task');
  expect(task.role === undefined ? ['running'] : ['running', 'cancelling']).toContain(run.status);
  if (isOfGraph(task)) {
    const key = (id: TaskId, at: number): string => taskKey(namespace, runId, id, at);
    const byHand = new GraphByHand({
      spec,
      statusOf: (id, at) => live.tasks.get(key(id, at))?.status,
      outputOf: (id, at) => live.outputs.get(key(id, at))?.json,
      itemsOf: (mapId) => live.expansions.get(mapKey(namespace, runId, mapId))?.size,
    });
    // A retry is not asked again what its parents say: a branch may have left it since.
    if (attempts.length === 0) expect(byHand.verdictOf(taskId, mapIndex)).toBe('run');
  } else {
    expect(live.tasks.get(fact.key)?.cause).toBeDefined();
  }
  const lost = attempts.filter(({ outcome }) => outcome === 'lost').length;
  expect(fact.row.tries).toBeLessThanOrEqual(task.retries);
  expect(lost).toBeLessThanOrEqual(10);
}

/** W11: what is assigned fits, at every fact. */
function checkCapacity(state: State): void {
  const free = new Map([...state.nodes()].map(({ nodeId, capacity }) => [nodeId, capacity]));
  for (const { run, tasks } of state.runs()) {
    const version = state.version(run.namespace, run.dagId, run.versionId);
    for (const row of tasks.values()) {
      if (row.status !== 'queued' && row.status !== 'running') continue;
      const { node } = row.attempt;
      free.set(node, minus(free.get(node) ?? {}, version?.spec.tasks[row.taskId]?.resources ?? {}));
    }
  }
  for (const left of free.values()) expect(Math.min(0, ...Object.values(left))).toBe(0);
}

describe('leader, whatever comes', () => {
  it('B1, P88: the Board, with every deadline, equals one that is made from the rows', () => {
    fc.assert(
      fc.property(anyContents, anyGusts(40), (contents, gusts) => {
        const storm = new Storm(contents);
        for (const gust of gusts) {
          storm.blow(gust);
          const { state, leader } = storm.kit;
          const rebuilt = pictureOf(new Board(state), state);
          expect(pictureOf(leader.board, state)).toEqual(rebuilt);
          expect(rebuilt.toDo.every((size) => size === 0)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('P85, C3: a leader that loses leadership has the state of the committed log', () => {
    fc.assert(
      fc.property(anyContents, anyGusts(40), anyGusts(20), (contents, gusts, more) => {
        const storm = new Storm(contents);
        for (const gust of gusts) storm.blow(gust);
        storm.loseLeadership();
        const committed = storm.kit.committedState();
        expect(rowsOf(storm.kit.state)).toEqual(rowsOf(committed));
        expect(storm.kit.state.digest()).toBe(committed.digest());
        storm.leadAgain();
        for (const gust of more) storm.blow(gust);
        expect(storm.kit.events.filter(({ level }) => level === 'error')).toEqual([]);
        checkLog(storm);
      }),
      { numRuns: 150 },
    );
  });

  it('W02, W06, W08, W11: every fact of the log keeps the rules, and every run ends', () => {
    fc.assert(
      fc.property(anyContents, anyGusts(40), fc.boolean(), (contents, gusts, isGood) => {
        const storm = new Storm(contents);
        for (const gust of gusts) storm.blow(gust);
        storm.calm(isGood ? 'success' : 'failed');
        expect(storm.kit.state.count('run')).toBe(0);
        expect(storm.kit.events.filter(({ level }) => level === 'error')).toEqual([]);
        checkLog(storm);
      }),
      { numRuns: 150 },
    );
  });
});

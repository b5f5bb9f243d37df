import { beforeEach, describe, expect, it } from 'vitest';
import { dagId, runId, taskId, wallMs } from '../../base/brand.ts';
import type { DagSpec } from '../../model/dag.ts';
import type { EventSource, EventTrigger } from '../../model/dag-trigger.ts';
import { dagFact, type Fact, runFact, taskFact } from '../../model/fact.ts';
import { State } from '../../model/state.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { dagFacts, here, queuedRun, spec, start, task } from '../../scheduler/testing/rows.ts';
import { InterestBook } from './interests.ts';

let state: State;
beforeEach(() => {
  state = new State();
});

/** Applies facts, and says whether the book takes any of them for news. */
const apply = (book: InterestBook, ...facts: readonly Fact[]): boolean =>
  facts.map((fact) => book.observe(state.apply(fact).change, state)).includes(true);

const triggered = (...sources: readonly EventSource[]): DagSpec => {
  const trigger: EventTrigger = {
    name: 't',
    needs: 'any',
    sources,
    windowMs: null,
    params: {},
    whilePaused: 'keep',
  };
  return spec({ a: task() }, { triggers: [trigger] });
};

const wanted = (book: InterestBook) => {
  const { subjects, paths } = book.interests(state);
  return { subjects: [...subjects], paths: [...paths] };
};

describe('what triggers name', () => {
  it('is what they name now', () => {
    const book = new InterestBook({});
    const subject = { kind: 'subject', subject: 'orders.*', filter: null } as const;
    expect(apply(book, ...dagFacts('d', triggered(subject)))).toBe(true);
    expect(wanted(book)).toEqual({ subjects: ['orders.*'], paths: [] });
    expect(apply(book, ...dagFacts('d', triggered({ kind: 'asset', uri: 'a' })))).toBe(true);
    expect(wanted(book)).toEqual({ subjects: [], paths: [] });
  });

  it('as files concerns nodes that have the labels', () => {
    const file = { kind: 'file', path: '/in/*', labels: { zone: 'a' } } as const;
    const [inside, outside] = [new InterestBook({ zone: 'a' }), new InterestBook({ zone: 'b' })];
    apply(inside, ...dagFacts('d', triggered(file)));
    expect(wanted(inside).paths).toEqual(['/in/*']);
    expect(wanted(outside).paths).toEqual([]);
  });

  it('is no news while a DAG only pauses', () => {
    const book = new InterestBook({});
    apply(book, ...dagFacts('d', triggered({ kind: 'asset', uri: 'a' })));
    const dag = state.dag(here, dagId('d'));
    expect(dag && apply(book, dagFact({ ...dag, paused: true }))).toBe(false);
  });
});

describe('what tasks wait on', () => {
  const content = spec({
    w: task({
      action: {
        kind: 'await',
        event: { kind: 'subject', subject: 'go', filter: null },
        onTimeout: 'fail',
      },
    }),
  });
  const run = queuedRun('r1', { name: 'd', content });
  const running = { ...run, status: 'running', startedAt: start } as const;
  const common = {
    namespace: here,
    runId: runId('r1'),
    taskId: taskId('w'),
    mapIndex: 0,
    attempts: [],
    tries: 0,
  };
  const waiting: TaskRow = {
    ...common,
    status: 'deferred',
    since: start,
    until: null,
    waitsFor: { kind: 'event' },
  };

  it('is listened to as long as they wait', () => {
    const book = new InterestBook({});
    apply(book, ...dagFacts('d', content), runFact(running));
    expect(apply(book, taskFact(waiting))).toBe(true);
    expect(wanted(book).subjects).toEqual(['go']);
    const over: TaskRow = { ...common, status: 'success', endedAt: wallMs(start + 1) };
    expect(apply(book, taskFact(over))).toBe(true);
    expect(wanted(book).subjects).toEqual([]);
  });

  it('is found again by a node that starts', () => {
    for (const fact of [...dagFacts('d', content), runFact(running), taskFact(waiting)]) {
      state.apply(fact);
    }
    const book = new InterestBook({});
    book.begin(state);
    expect(wanted(book).subjects).toEqual(['go']);
  });

  it('is forgotten with their run', () => {
    const book = new InterestBook({});
    apply(book, ...dagFacts('d', content), runFact(running), taskFact(waiting));
    const reason = 'asked for';
    const ended = {
      ...run,
      status: 'cancelled',
      startedAt: start,
      endedAt: start,
      reason,
    } as const;
    expect(apply(book, runFact(ended))).toBe(true);
    expect(wanted(book).subjects).toEqual([]);
  });
});

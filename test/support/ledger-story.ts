/**
 * Stories for tests of the ledger: a random but lawful stream of records (runs that start, work,
 * end, run again and are forgotten), with naive oracles of what a reader must find after each.
 */
import {
  dagId,
  incarnation,
  type LogIndex,
  logIndex,
  namespace,
  nodeId,
  requestId,
  runId,
  taskId,
  token,
  versionId,
  wallMs,
} from '../../src/base/brand.ts';
import type { EndedRun } from '../../src/model/ended-run.ts';
import {
  type Fact,
  nodeFact,
  outputFact,
  requestFact,
  runFact,
  taskFact,
} from '../../src/model/fact.ts';
import { runKey } from '../../src/model/keys.ts';
import type { RunEvent } from '../../src/model/reading.ts';
import type { LiveRun } from '../../src/model/readonly-state.ts';
import type { Decision } from '../../src/model/record.ts';
import type { RunRow } from '../../src/model/run.ts';
import { State } from '../../src/model/state.ts';
import type { TaskRow } from '../../src/model/task-instance.ts';
import type { LedgerCommit } from '../../src/storage/ledger-window.ts';

/** `kind` and `pick` are any numbers; the story makes the nearest lawful move of them. */
export interface Move {
  readonly kind: number;
  readonly pick: number;
}

export const storyNamespace = namespace('default');
const startedAt = wallMs(1_000);
const moveKinds = 9;

/** What is true after a record. */
export interface Chapter {
  readonly digest: string;
  readonly live: ReadonlyMap<string, RunRow>;
  readonly ended: ReadonlyMap<string, EndedRun>;
  readonly events: ReadonlyMap<string, readonly RunEvent[]>;
}

export class Story {
  /** `commits[n]` has the index n + 1; `chapters[n]` is the truth at index n. */
  readonly commits: LedgerCommit[] = [];
  readonly chapters: Chapter[] = [];
  readonly #state = new State();
  readonly #ended = new Map<string, EndedRun>();
  readonly #events = new Map<string, readonly RunEvent[]>();
  #runs = 0;

  constructor(records: readonly (readonly Move[])[] = []) {
    this.#turnPage();
    for (const moves of records) this.tell(moves);
  }

  get lastIndex(): LogIndex {
    return logIndex(this.commits.length);
  }

  /** One record of as many decisions. */
  tell(moves: readonly Move[]): LedgerCommit {
    const index = logIndex(this.commits.length + 1);
    const at = wallMs(10_000 + index * 10);
    const applied: LedgerCommit['applied'][number][] = [];
    const decisions: Decision[] = [];
    for (const move of moves) {
      const facts = this.#factsOf(move, index);
      const decision = { what: `move-${move.kind % moveKinds}`, by: `user-${move.pick}`, facts };
      decisions.push(decision);
      for (const fact of facts) {
        const done = this.#state.apply(fact);
        applied.push(done);
        this.#note(fact, done.ended);
        this.#recordEvent(fact, { index, at, by: decision.by, what: decision.what });
      }
    }
    const commit = { index, at, decisions, applied };
    this.commits.push(commit);
    this.#turnPage();
    return commit;
  }

  #turnPage(): void {
    this.chapters.push({
      digest: this.#state.digest(),
      live: new Map([...this.#state.runs()].map(({ run }) => [keyOf(run), run])),
      ended: new Map(this.#ended),
      events: new Map(this.#events),
    });
  }

  #note(fact: Fact, ended: EndedRun | undefined): void {
    if (fact.table !== 'run') return;
    this.#ended.delete(fact.key);
    if (ended !== undefined) this.#ended.set(fact.key, inOrder(ended));
    if (fact.row === null) this.#events.delete(fact.key);
  }

  #recordEvent(fact: Fact, said: Omit<RunEvent, 'row'>): void {
    if ((fact.table !== 'run' && fact.table !== 'task') || fact.row === null) return;
    const key = keyOf(fact.row);
    this.#events.set(key, [...(this.#events.get(key) ?? []), { ...said, row: fact.row }]);
  }

  #factsOf({ kind, pick }: Move, index: LogIndex): readonly Fact[] {
    const live = choose([...this.#state.runs()], pick);
    const ended = choose([...this.#ended.values()], pick);
    switch (kind % moveKinds) {
      case 1:
      case 2:
        return live === undefined ? this.#start(pick, index) : [assigned(live.run, pick, index)];
      case 3:
        return live === undefined ? [] : finished(live.run, pick, index);
      case 4:
        return live === undefined ? [] : [runFact(endedRow(live.run, pick))];
      case 5:
        return ended === undefined ? this.#start(pick, index) : restarted(ended);
      case 6:
        return ended === undefined || pick % 4 > 0
          ? [nodeRow(pick)]
          : [{ table: 'run', key: keyOf(ended.run), row: null }];
      case 7:
        return [this.#requestRow(pick)];
      case 8:
        return live === undefined ? [] : cleared(live);
      default:
        return this.#start(pick, index);
    }
  }

  #start(pick: number, index: LogIndex): readonly Fact[] {
    const run: RunRow = {
      namespace: storyNamespace,
      runId: runId(`run-${this.#runs++}`),
      dagId: dagId(`dag-${pick % 3}`),
      versionId: versionId('v1'),
      logicalDate: null,
      trigger: 'manual',
      params: {},
      priority: 0,
      // Several runs share an instant, so that pages are cut between them.
      createdAt: wallMs(Math.floor(index / 3)),
      createdBy: 'ada',
      generation: 1,
      status: 'running',
      startedAt,
    };
    return [runFact(run)];
  }

  #requestRow(pick: number): Fact {
    const id = requestId(`request-${pick % 5}`);
    if (this.#state.request(id) !== undefined) return { table: 'request', key: id, row: null };
    const answer = { ok: true, value: { kind: 'dag-deleted' } } as const;
    return requestFact({ requestId: id, bodyDigest: 'b', answer, expiresAt: wallMs(pick) });
  }
}

const keyOf = (row: RunRow | TaskRow): string => runKey(row.namespace, row.runId);

const choose = <T>(items: readonly T[], pick: number): T | undefined => items[pick % items.length];

function endedRow(run: RunRow, pick: number): RunRow {
  const common = { ...run, startedAt, endedAt: wallMs(9_000) };
  return pick % 2 === 0
    ? { ...common, status: 'success' }
    : { ...common, status: 'failed', reason: 'a task failed' };
}

const taskOf = (run: RunRow, pick: number) => ({
  namespace: run.namespace,
  runId: run.runId,
  taskId: taskId(`task-${pick % 4}`),
  mapIndex: 0,
});

function assigned(run: RunRow, pick: number, index: LogIndex): Fact {
  const attempt = {
    number: 1,
    node: nodeId('n1'),
    incarnation: incarnation('i1'),
    token: token(index),
    assignedAt: wallMs(index),
    revoked: false,
  };
  return taskFact({ ...taskOf(run, pick), attempts: [], tries: 1, status: 'queued', attempt });
}

function finished(run: RunRow, pick: number, index: LogIndex): readonly Fact[] {
  const task = taskOf(run, pick);
  const row = { ...task, attempts: [], tries: 1 };
  return [
    taskFact({ ...row, status: 'success', endedAt: wallMs(index) }),
    outputFact({ ...task, token: token(index), json: `{"rows":${pick}}` }),
  ];
}

function restarted({ run, tasks, outputs }: EndedRun): readonly Fact[] {
  return [
    runFact({ ...run, status: 'running', startedAt, generation: run.generation + 1 }),
    ...tasks.map(({ namespace, runId, taskId, mapIndex, attempts }) =>
      taskFact({ namespace, runId, taskId, mapIndex, attempts, tries: 0, status: 'pending' }),
    ),
    ...outputs.map(outputFact),
  ];
}

/** Rows that go while their run stays. */
const cleared = ({ tasks, outputs }: LiveRun): readonly Fact[] => [
  ...[...outputs.keys()].map((key): Fact => ({ table: 'output', key, row: null })),
  ...[...tasks.keys()].map((key): Fact => ({ table: 'task', key, row: null })),
];

const nodeRow = (pick: number): Fact =>
  nodeFact({
    nodeId: nodeId(`n${pick % 3}`),
    incarnation: incarnation(`i${pick}`),
    capacity: { slots: 4000 },
    labels: {},
    address: 'http://127.0.0.1:8080',
    status: 'alive',
    since: wallMs(pick),
  });

/** Task ids of stories have one digit, so that text sorts them. */
const inOrder = ({ run, tasks, outputs }: EndedRun): EndedRun => ({
  run,
  tasks: tasks.toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1)),
  outputs: outputs.toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1)),
});

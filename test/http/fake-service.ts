/**
 * A node's service in a few lines of memory: real rows and real state, no consensus and no
 * scheduler. Tests of the server and of the command line drive it by hand.
 */

import { type MemberRequest, memberRefusal, planMembers } from '../../src/api/member-request.ts';
import type {
  At,
  ClusterStatus,
  DagsDirStatus,
  LogChunk,
  LogSearchAsked,
  MembersChanged,
  NodeService,
  NodeStatus,
  RunDetail,
  Submission,
} from '../../src/api/service.ts';
import {
  type DagId,
  type LogIndex,
  logIndex,
  type Namespace,
  type NodeId,
  nodeId,
  type RunId,
  runId,
  taskId,
  type VersionId,
  wallMs,
} from '../../src/base/brand.ts';
import { fail, ok, type Result } from '../../src/base/result.ts';
import type { Command, CommandReply, Committed } from '../../src/model/command.ts';
import { type DagDetail, dagDetails, dagParts, dagsIn } from '../../src/model/dag-details.ts';
import type { EndedRun } from '../../src/model/ended-run.ts';
import { dagFact, type Fact, runFact, taskFact, versionFact } from '../../src/model/fact.ts';
import { runKey } from '../../src/model/keys.ts';
import type { Page, RunEvent, RunQuery, WatchEvent } from '../../src/model/reading.ts';
import type { ReadonlyState } from '../../src/model/readonly-state.ts';
import { type Refusal, refusal } from '../../src/model/refusal.ts';
import type { RunRow } from '../../src/model/run.ts';
import { State } from '../../src/model/state.ts';
import type { WhyAnswer, WhyAsked } from '../../src/model/views/why.ts';
import { makeForecasts } from '../../src/node/forecasts.ts';
import { realClock } from '../../src/node/real-ports.ts';
import { changeMembers, type Members } from '../../src/raft/members.ts';
import { runPosition } from '../../src/storage/ledger-keys.ts';
import { decideAlone } from './fake-decide.ts';
import { eventsOf } from './fake-events.ts';
import {
  type FakeGiven,
  type FakeLogs,
  type FakeObjects,
  givenFake,
  openFake,
  readFake,
  searchFake,
} from './fake-logs.ts';
import { fakeCluster, fakeMembers, fakeStatus } from './fake-status.ts';
import { fakeTask } from './fake-task.ts';
import { whyAlone } from './fake-why.ts';

const startOfTime = Date.UTC(2026, 0, 1);

export class FakeService implements NodeService {
  readonly state = new State();
  readonly ended = new Map<string, EndedRun>();
  firstIndex = logIndex(1);
  readonly log: WatchEvent[] = [];
  readonly submissions: Submission[] = [];
  /** `run/task/attempt/stream` -> bytes; null marks a log that is nowhere. */
  readonly logs: FakeLogs = new Map();
  readonly searchLogs = async (asked: LogSearchAsked) => searchFake(this.logs, asked);
  readonly given: FakeGiven = new Map();
  readonly readGiven = givenFake(this.given);
  /** By digest, the pieces of an artifact. */
  readonly objects: FakeObjects = new Map();
  readonly openArtifact = openFake(this.objects);
  readonly #answers = new Map<string, { body: string; answer: Result<Committed, Refusal> }>();
  readonly #watchers = new Set<() => void>();
  /** Answers every write and every `ready` with this while it is set. */
  refuseAll: Refusal | null = null;
  isUp = true;
  folder: DagsDirStatus = { folder: null, files: [] };
  members: Members = fakeMembers(['n1', 'n2', 'n3'], ['n4']);
  readonly memberRequests: MemberRequest[] = [];
  readonly name: string;

  constructor(name = 'n1') {
    this.name = name;
  }

  get index(): LogIndex {
    return logIndex(this.log.length);
  }

  /** Commits facts as one record. */
  commit(what: string, facts: readonly Fact[]): LogIndex {
    for (const fact of facts) {
      const { ended } = this.state.apply(fact);
      if (ended !== undefined) this.ended.set(fact.key, ended);
    }
    const at = wallMs(startOfTime + this.log.length * 1000);
    const record = { version: 1, at, decisions: [{ what, by: 'test', facts }] };
    this.log.push({ index: logIndex(this.log.length + 1), record });
    for (const wake of [...this.#watchers]) wake();
    return this.index;
  }

  readonly reader = {
    ready: async () => (this.refuseAll === null ? ok(undefined) : fail(this.refuseAll)),
    appliedIndex: () => this.index,
    firstIndex: () => this.firstIndex,
    dags: async (namespace: Namespace) =>
      this.#at(dagParts(this.state, dagsIn(this.state, namespace))),
    dag: async (namespace: Namespace, dagId: DagId) => this.#at(this.#dag(namespace, dagId)),
    versions: async (namespace: Namespace, dagId: DagId) =>
      this.#at(this.state.versionsOf(namespace, dagId)),
    version: async (namespace: Namespace, dagId: DagId, version: VersionId) =>
      this.#at(this.state.version(namespace, dagId, version)),
    look: async <T>(select: (state: ReadonlyState) => T) => this.#at(select(this.state)),
    runs: async (query: RunQuery): Promise<At<Page<RunRow>>> => {
      const live = [...this.state.runs()].map(({ run }) => run);
      const all = [...live, ...[...this.ended.values()].map(({ run }) => run)]
        .filter((run) => run.namespace === query.namespace)
        .filter((run) => query.dagId === null || run.dagId === query.dagId)
        .filter((run) => query.statuses === null || query.statuses.includes(run.status))
        .filter((run) => query.cursor === null || runPosition(run) < query.cursor)
        .sort((left, right) => (runPosition(left) < runPosition(right) ? 1 : -1));
      const items = all.slice(0, query.limit);
      const last = items.at(-1);
      return this.#at({
        items,
        cursor: last !== undefined && items.length < all.length ? runPosition(last) : null,
      });
    },
    run: async (namespace: Namespace, id: RunId) => this.#at(this.#run(namespace, id)),
    runEvents: async (
      namespace: Namespace,
      id: RunId,
      page: { readonly after: number; readonly limit: number },
    ): Promise<At<Page<RunEvent>>> => {
      const all = eventsOf(this.log, { namespace, runId: id });
      const items = all.slice(page.after, page.after + page.limit);
      const end = page.after + items.length;
      return this.#at({ items, cursor: end < all.length ? String(end) : null });
    },
  };

  readonly forecasts = makeForecasts(this.reader, realClock);

  async submit(submission: Submission): Promise<Result<Committed, Refusal>> {
    if (this.refuseAll !== null) return fail(this.refuseAll);
    const key = submission.requestId;
    const body = JSON.stringify(submission.command);
    const known = key === null ? undefined : this.#answers.get(key);
    if (known !== undefined) {
      if (known.body === body) return known.answer;
      return fail(refusal('IDEMPOTENCY_CONFLICT', `the key ${key} was used for another request`));
    }
    this.submissions.push(submission);
    const answer = this.#decide(submission);
    if (key !== null) this.#answers.set(key, { body, answer });
    return answer;
  }

  #decide(submission: Submission): Result<Committed, Refusal> {
    const { command } = submission;
    switch (command.kind) {
      case 'apply-dag':
        return this.#applyDag(command);
      case 'pause-dag': {
        const row = this.state.dag(command.namespace, command.dagId);
        if (row === undefined) return fail(refusal('DAG_NOT_FOUND', `no DAG ${command.dagId}`));
        this.commit('pause-dag', [dagFact({ ...row, paused: command.paused })]);
        return this.#committed({ kind: 'dag-paused', paused: command.paused });
      }
      case 'delete-dag': {
        const row = this.state.dag(command.namespace, command.dagId);
        if (row === undefined) return fail(refusal('DAG_NOT_FOUND', `no DAG ${command.dagId}`));
        this.commit('delete-dag', [{ ...dagFact(row), row: null } as Fact]);
        return this.#committed({ kind: 'dag-deleted' });
      }
      case 'start-run':
        return this.#startRun(command);
      case 'cancel-run': {
        const live = this.state.run(command.namespace, command.runId);
        if (live === undefined) return fail(refusal('RUN_NOT_FOUND', `no run ${command.runId}`));
        this.endRun(command.runId, 'cancelled', command.namespace);
        return this.#committed({ kind: 'run-cancelling', runId: command.runId });
      }
      case 'rerun':
        if (this.#run(command.namespace, command.runId) === undefined) {
          return fail(refusal('RUN_NOT_FOUND', `no run ${command.runId}`));
        }
        return this.#committed({
          kind: 'run-restarted',
          runId: command.runId,
          tasks: command.tasks ?? [],
        });
      default:
        return this.#reallyDecide(submission);
    }
  }

  /** What people do to runs and objects is decided as a leader would. */
  #reallyDecide(submission: Submission): Result<Committed, Refusal> {
    const { state, ended } = this;
    const index = logIndex(this.log.length + 1);
    const at = wallMs(startOfTime + this.log.length * 1000);
    const { event, answer } = decideAlone(submission, { state, ended, index, at });
    this.log.push(event);
    for (const wake of [...this.#watchers]) wake();
    return answer.ok ? this.#committed(answer.value) : answer;
  }

  #applyDag(command: Extract<Command, { kind: 'apply-dag' }>): Result<Committed, Refusal> {
    const { namespace } = command;
    const now = wallMs(startOfTime + this.log.length * 1000);
    const { dagId, versionId, spec } = command;
    const before = this.state.dag(namespace, dagId);
    if (before?.versionId === versionId) {
      return this.#committed({ kind: 'dag-applied', outcome: 'unchanged' });
    }
    const row = { namespace, dagId, versionId, paused: false, createdAt: now, updatedAt: now };
    const version = { namespace, dagId, versionId, spec, createdAt: now, createdBy: 'test' };
    this.commit('apply-dag', [versionFact(version), dagFact(row)]);
    const outcome = before === undefined ? 'created' : 'changed';
    return this.#committed({ kind: 'dag-applied', outcome });
  }

  #startRun(command: Extract<Command, { kind: 'start-run' }>): Result<Committed, Refusal> {
    const { namespace } = command;
    const dag = this.state.dag(namespace, command.dagId);
    if (dag === undefined) return fail(refusal('DAG_NOT_FOUND', `no DAG ${command.dagId}`));
    const id = command.runId ?? runId(`run-${this.log.length + 1}`);
    if (this.#run(namespace, id) !== undefined) {
      return fail(refusal('RUN_EXISTS', `run ${id} exists`));
    }
    const now = wallMs(startOfTime + this.log.length * 1000);
    this.commit('start-run', [
      runFact({
        namespace,
        runId: id,
        dagId: dag.dagId,
        versionId: dag.versionId,
        logicalDate: command.logicalDate,
        trigger: 'manual',
        params: command.params,
        priority: command.priority ?? 0,
        createdAt: now,
        createdBy: 'test',
        generation: 1,
        status: 'running',
        startedAt: now,
      }),
    ]);
    return this.#committed({ kind: 'run-started', runId: id });
  }

  /** Ends a run as it would end, with every row packed. */
  endRun(id: RunId, status: 'success' | 'failed' | 'cancelled', space?: Namespace): void {
    const live = [...this.state.runs()].find(({ run }) => run.runId === id)!;
    const { run } = live;
    const endedAt = wallMs(run.createdAt + 5_000);
    const base = { ...run, startedAt: run.createdAt, endedAt };
    const row =
      status === 'success' ? { ...base, status } : { ...base, status, reason: 'as the test said' };
    this.commit(`end-run ${space ?? ''}`.trim(), [runFact(row as RunRow)]);
  }

  /** Puts a task instance into a status, with one attempt on node n1. */
  setTask(id: RunId, task: string, status: 'queued' | 'running' | 'success' | 'failed'): void {
    const { run } = [...this.state.runs()].find((live) => live.run.runId === id)!;
    const now = wallMs(startOfTime + this.log.length * 1000);
    const place = { namespace: run.namespace, runId: id, taskId: taskId(task) };
    const row = fakeTask({ ...place, status, at: now, token: this.log.length + 1 });
    this.commit(`task-${status}`, [taskFact(row)]);
  }

  status(): NodeStatus {
    return fakeStatus(this.name, this.index);
  }

  cluster(): ClusterStatus {
    return fakeCluster(this.name, this.index, this.members);
  }

  isReady(): boolean {
    return this.isUp;
  }

  watch(
    after: LogIndex,
    receive: (event: WatchEvent) => Promise<void>,
    ended: () => void,
  ): { stop(): void } {
    if (!this.isUp) queueMicrotask(ended);
    let next: number = after;
    let busy = false;
    let stopped = false;
    const pump = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      while (!stopped && next < this.log.length) {
        const event = this.log[next]!;
        next++;
        await receive(event);
      }
      busy = false;
    };
    const wake = (): void => void pump();
    this.#watchers.add(wake);
    queueMicrotask(wake);
    return {
      stop: () => {
        stopped = true;
        this.#watchers.delete(wake);
      },
    };
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  readLog(request: Parameters<NodeService['readLog']>[0]): Promise<LogChunk | null> {
    return readFake(this.logs, request);
  }

  /** As a leader of these rows would answer. */
  async why(asked: WhyAsked): Promise<Result<At<WhyAnswer>, Refusal>> {
    if (this.refuseAll !== null) return fail(this.refuseAll);
    const { index } = this;
    const at = wallMs(startOfTime + this.log.length * 1000);
    const told = whyAlone(this.state, asked, at);
    return told.ok ? ok({ index, value: told.value }) : told;
  }

  async transfer(to: NodeId | null) {
    return this.refuseAll === null ? ok(to ?? nodeId('n2')) : fail(this.refuseAll);
  }

  /** With the rules of the real cluster, and a record for every step. */
  async changeMembers(request: MemberRequest): Promise<Result<MembersChanged, Refusal>> {
    this.memberRequests.push(request);
    if (this.refuseAll !== null) return fail(this.refuseAll);
    const steps = planMembers(this.members, request);
    if (!steps.ok) return steps;
    for (const step of steps.value) {
      const changed = changeMembers(this.members, step);
      if (!changed.ok) return fail(memberRefusal(changed.error, step));
      this.members = changed.value;
      this.commit('change-members', []);
    }
    return ok({ index: this.index, members: this.members });
  }

  dagsDir(): DagsDirStatus {
    return this.folder;
  }

  async metrics(): Promise<string> {
    return 'queued_tasks 0\n';
  }

  #at<T>(value: T): At<T> {
    return { index: this.index, value };
  }

  #committed(reply: CommandReply): Result<Committed, Refusal> {
    return ok({ reply, index: this.index });
  }

  #dag(namespace: Namespace, dagId: DagId): DagDetail | undefined {
    const dag = this.state.dag(namespace, dagId);
    return dag && dagDetails(this.state, [dag])[0];
  }

  #run(namespace: Namespace, id: RunId): RunDetail | undefined {
    const live = this.state.run(namespace, id);
    const found =
      live === undefined
        ? this.ended.get(runKey(namespace, id))
        : {
            run: live.run,
            tasks: [...live.tasks.values()],
            outputs: [...live.outputs.values()],
            expansions: [...live.expansions.values()],
          };
    if (found === undefined) return undefined;
    const version = this.state.version(namespace, found.run.dagId, found.run.versionId)!;
    return { ...found, version };
  }
}

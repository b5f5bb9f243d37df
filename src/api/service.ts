/**
 * What the HTTP server asks of its node. The body is put together in `src/node`; tests of the
 * server give it a small one of their own. Rows go in and out; how people see them is
 * `model/views`.
 */
import type {
  DagId,
  Incarnation,
  LogIndex,
  Namespace,
  NodeId,
  RequestId,
  RunId,
  TaskId,
  Term,
  VersionId,
} from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import type { ArtifactObject } from '../model/artifact.ts';
import type { Command, Committed } from '../model/command.ts';
import type { VersionRow } from '../model/dag.ts';
import type { DagDetail, DagParts } from '../model/dag-details.ts';
import type {
  Eta,
  InstanceName,
  PlanAsked,
  PlanForecast,
  WhatIfAsked,
  WhatIfForecast,
} from '../model/forecast.ts';
import type { ExpansionRow } from '../model/map.ts';
import type { NodeRow } from '../model/node.ts';
import type { OutputRow } from '../model/output.ts';
import type { LeftOut, LogMatch, LogQuery } from '../model/protocol.ts';
import type { Page, RunEvent, RunQuery, WatchEvent } from '../model/reading.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Resources } from '../model/resources.ts';
import type { RunRow } from '../model/run.ts';
import type { TaskRow } from '../model/task-instance.ts';
import type { WhyAnswer, WhyAsked } from '../model/views/why.ts';
import type { Members } from '../raft/members.ts';
import type { MemberRequest } from './member-request.ts';
import type { Finding } from './source-document.ts';

/** A value and the log index that it reflects (`X-Skein-Index`). */
export interface At<T> {
  readonly index: LogIndex;
  readonly value: T;
}

export interface Submission {
  /** The client's Idempotency-Key, or null: then the gateway makes one for its own repeats. */
  readonly requestId: RequestId | null;
  readonly by: string;
  readonly command: Command;
}

/** A run with everything recorded of it; live or ended, the shape is the same. */
export interface RunDetail {
  readonly run: RunRow;
  readonly tasks: readonly TaskRow[];
  readonly outputs: readonly OutputRow[];
  /** Of its maps; absent where it has none. */
  readonly expansions?: readonly ExpansionRow[];
  /** Slots of the pools of its namespace, by name; of a live run. */
  readonly pools?: ReadonlyMap<string, number>;
  /** The version that the run is pinned to. */
  readonly version: VersionRow;
}

export interface ReadOptions {
  /** Wait until this node has applied at least this index. */
  readonly minIndex: LogIndex | null;
  /** Do a ReadIndex round first. */
  readonly linearizable: boolean;
}

/** Without an open log `ready` fails with NOT_READY, and reads reject. */
export interface Reader {
  /**
   * Fails with INDEX_NOT_REACHED or NO_LEADER when the wait or the round does not end in time. Call
   * before reading.
   */
  ready(options: ReadOptions): Promise<Result<void, Refusal>>;
  appliedIndex(): LogIndex;
  /** Where the log begins: what stands before is known by its outcome only. */
  firstIndex(): LogIndex;
  /** All of them, by id. For a page of them, and with more details: `look` and `dagDetails`. */
  dags(namespace: Namespace): Promise<At<readonly DagParts[]>>;
  dag(namespace: Namespace, dagId: DagId): Promise<At<DagDetail | undefined>>;
  versions(namespace: Namespace, dagId: DagId): Promise<At<readonly VersionRow[]>>;
  version(
    namespace: Namespace,
    dagId: DagId,
    versionId: VersionId,
  ): Promise<At<VersionRow | undefined>>;
  runs(query: RunQuery): Promise<At<Page<RunRow>>>;
  /** Any look at the live rows of this node. */
  look<T>(select: (state: ReadonlyState) => T): Promise<At<T>>;
  run(namespace: Namespace, runId: RunId): Promise<At<RunDetail | undefined>>;
  /** Oldest first, from behind `after` (a position in the history, 0 for its begin). */
  runEvents(
    namespace: Namespace,
    runId: RunId,
    page: { readonly after: number; readonly limit: number },
  ): Promise<At<Page<RunEvent>>>;
}

/**
 * What would happen, on a copy of the live rows. Each waits for its turn, and is given up when its
 * signal is aborted. Refused with FORECAST_BUSY when too many wait.
 */
export interface Forecasts {
  plan(asked: PlanAsked, signal: AbortSignal): Promise<Result<At<PlanForecast>, Refusal>>;
  whatIf(asked: WhatIfAsked, signal: AbortSignal): Promise<Result<At<WhatIfForecast>, Refusal>>;
  /** When a task instance of a live run is going to start. */
  eta(instance: InstanceName, signal: AbortSignal): Promise<Result<At<Eta>, Refusal>>;
}

export interface LogChunk {
  readonly bytes: Uint8Array;
  readonly end: boolean;
  /** In front of `bytes`: so many are left out of the log. */
  readonly leftOut?: LeftOut;
  /** The node that ran the attempt does not answer: this is the copy on another one. */
  readonly copy?: LogCopyUsed;
}

export interface LogSearchAsked {
  readonly namespace: Namespace;
  readonly runIds: readonly RunId[];
  readonly taskId: TaskId | null;
  readonly query: LogQuery;
  /** Lines, over all runs. */
  readonly limit: number;
}

export interface LogSearchFound {
  /** In the order of run, task, attempt, stream and place. */
  readonly matches: readonly (LogMatch & { readonly copyOn: NodeId | null })[];
  /** A limit was reached: there may be more. */
  readonly isCut: boolean;
  /** Attempts whose node did not answer, and of which nobody had a copy. */
  readonly unsearched: number;
}

export interface LogCopyUsed {
  /** The node that ran the attempt. */
  readonly of: NodeId;
  readonly on: NodeId;
  /** Whether the copy is known to have everything that was written. */
  readonly isWhole: boolean;
}

/** How far a member has come, as the leader sees it. */
export interface MemberProgress {
  /** Everything up to here is durable on the member, as far as the leader knows. */
  readonly match: LogIndex;
  /** Entries of the leader's log that it does not have. */
  readonly lag: number;
  /** Since its last answer; null before the first one. 0 for the leader itself. */
  readonly heardMsAgo: number | null;
  /** `snapshot`: it needs what the log has no more, and gets a snapshot. */
  readonly by: 'log' | 'snapshot';
}

/** `none`: known as an executor, and no member of the configuration. */
export type MemberRole = 'leader' | 'voter' | 'learner' | 'none';

export interface MemberView {
  readonly node: NodeId;
  readonly role: MemberRole;
  /** A learner that a person demoted: it becomes a voter again only when a person says so. */
  readonly held: boolean;
  /** Of its data, as it stands in the configuration; null for a node of role `none`. */
  readonly incarnation: Incarnation | null;
  /** Null while the node has not been heard of as an executor. */
  readonly executor: NodeRow | null;
  readonly used: Resources;
  /** Null on every node but the leader. */
  readonly progress: MemberProgress | null;
  /** Of its software; null as far as the node that answers does not know it. */
  readonly version: string | null;
}

export interface ClusterStatus {
  readonly cluster: string;
  readonly clusterId: string;
  readonly leader: NodeId | null;
  readonly term: Term;
  readonly commit: LogIndex;
  /** Voters that the cluster wants to have. */
  readonly expect: number;
  /** Whether the node that answers would promote and replace by itself if it led. */
  readonly autopilot: boolean;
  /** The entry of a configuration that is not committed yet; null when nothing changes. */
  readonly pendingChange: LogIndex | null;
  readonly members: readonly MemberView[];
}

/** A configuration that is committed, and the entry that brought it. */
export interface MembersChanged {
  readonly index: LogIndex;
  readonly members: Members;
}

/** Of the logs of tasks on a node; bytes, and counts since its executor began. */
export interface LogFigures {
  /** The node that they are copied to; null: nowhere. */
  readonly target: string | null;
  /** Attempts without a whole copy, the running ones included. */
  readonly attempts: number;
  /** What is written here and not copied yet. */
  readonly lagBytes: number;
  readonly copiedBytes: number;
  /** Written here for other nodes. */
  readonly keptBytes: number;
  /** Of long streams: sent to the disk while they were written. */
  readonly flushedBytes?: number;
  /** For how long tasks that wrote too fast were slowed down. */
  readonly pacedMs?: number;
  /** Given back of streams above their limit, and how often that failed. */
  readonly cutBytes: number;
  readonly cutFailures: number;
  /** Attempts that were too many to be copied at once; they are found again. */
  readonly dropped: number;
  /** On the disk, copies included, at the last sweep; what retention has removed. */
  readonly bytes: number;
  readonly removed: number;
  /** Of the store of artifacts: what it takes, came from other nodes, and was removed. */
  readonly artifacts?: Readonly<Record<'bytes' | 'fetchedBytes' | 'removed', number>>;
  /** Absent where nothing is archived. Attempts: that wait, and counts since the start. */
  readonly archive?: {
    readonly waiting: number;
    readonly archived: number;
    readonly failures: number;
    /** Left to the next sweep. */
    readonly dropped: number;
  };
}

/** `GET /api/v1/node`, as in the contract; every field is a number, a string, a boolean or null. */
export interface NodeStatus {
  readonly node: NodeId;
  readonly incarnation: string;
  readonly cluster: string;
  readonly clusterId: string;
  readonly role: 'leader' | 'follower' | 'candidate' | 'forming';
  readonly term: number;
  readonly vote: string | null;
  readonly leader: string | null;
  readonly commit: number;
  readonly applied: number;
  /** The end of the log in memory, and of the part of it that is synced. */
  readonly lastIndex: number;
  readonly durableIndex: number;
  /** The log begins behind this index; what is before it is in the ledger only. */
  readonly snapshotIndex: number;
  /** What the newest configuration that the node knows makes of it. */
  readonly member: 'voter' | 'learner' | 'none';
  /** State digest at the last multiple of 1,000, and that index; null before the first. */
  readonly digest: string | null;
  readonly digestIndex: number;
  readonly version: string;
  readonly uptimeMs: number;
  readonly loopDelayMs: { readonly p99: number; readonly max: number };
  readonly syncMs: { readonly p99: number; readonly max: number };
  /** Of the file system of the data directory; `low`: new work is refused (DISK_FULL). */
  readonly disk: { readonly freeBytes: number; readonly low: boolean };
  /** Data directories of former lives that are kept aside. */
  readonly setAside: number;
  /** Snapshots that are on their way from here, and to here. */
  readonly snapshots: { readonly sending: number; readonly receiving: number };
  readonly nats: { readonly control: boolean; readonly bulk: boolean; readonly server: string };
  readonly executor: {
    readonly alive: boolean;
    /** How tasks are kept from outliving it. */
    readonly containment: string;
    /** How they are kept within their limits: `cgroup-v2`, `cgroup-v1`, `prlimit` or `none`. */
    readonly limits: string;
    /** What control groups limit and count here. */
    readonly controllers: readonly string[];
    /** Null until the executor has said it. */
    readonly logs?: LogFigures | null;
    /** Answered by the leader or missed, since its executor began; null as for `logs`. */
    readonly heartbeats?: Readonly<Record<'answered' | 'missed' | 'gapMsMax', number>> | null;
  };
  readonly counters: Readonly<Record<string, number>>;
}

/** One file of a folder that is watched. */
export interface DagsDirFile {
  /** Relative to the folder. */
  readonly file: string;
  readonly dagId: string | null;
  /**
   * `waiting`: the cluster has not answered yet; `gone`: the file is not there any more, and its
   * DAG stays until somebody deletes it.
   */
  readonly state: 'applied' | 'broken' | 'waiting' | 'gone';
  readonly versionId: string | null;
  readonly at: string;
  readonly problems: readonly Finding[];
}

export interface DagsDirStatus {
  /** Null: the node watches none. */
  readonly folder: string | null;
  readonly files: readonly DagsDirFile[];
}

/** The part of a node that needs its databases. */
export type PeerService = Omit<NodeService, 'dagsDir'>;

export interface NodeService {
  readonly reader: Reader;
  readonly forecasts: Forecasts;
  /**
   * Refused with NO_LEADER or OUTCOME_UNKNOWN when nobody answers in time, with DISK_FULL when the
   * cluster has no room for new work.
   */
  submit(submission: Submission): Promise<Result<Committed, Refusal>>;
  status(): NodeStatus;
  cluster(): ClusterStatus;
  /** Caught up and knows a leader. */
  isReady(): boolean;
  /**
   * Committed records from behind `after` on, in order, without a gap, until `stop()`. A slow
   * receiver is paused by not resolving `receive`. `ended`: nothing more will come (the node has no
   * log yet, cannot read it, or serves too many); come again with the last index.
   */
  watch(
    after: LogIndex,
    receive: (event: WatchEvent) => Promise<void>,
    ended: () => void,
  ): { stop(): void };
  /**
   * The log of an attempt, from the node that ran it or from a copy; null when it is nowhere to be
   * found. A copy that is not whole ends when nobody has more, and the attempt is over.
   */
  readLog(request: {
    readonly namespace: Namespace;
    readonly runId: RunId;
    readonly taskId: string;
    readonly mapIndex: number;
    readonly attempt: number;
    readonly stream: 'stdout' | 'stderr';
    readonly offset: number;
    readonly waitMs: number;
    /** Go on with the copy on this node, as long as it has more. */
    readonly copyOn?: NodeId;
  }): Promise<LogChunk | null>;
  /**
   * What an attempt was given (`model/given.ts`), as JSON, from the node that ran it; null when it
   * does not answer or has nothing of it.
   */
  readGiven(request: {
    readonly namespace: Namespace;
    readonly runId: RunId;
    readonly taskId: string;
    readonly mapIndex: number;
    readonly attempt: number;
  }): Promise<string | null>;
  /** Searches the logs of runs on all nodes; never more than the named limits. */
  searchLogs(request: LogSearchAsked): Promise<LogSearchFound>;
  /**
   * The bytes of an artifact, from whichever node has it; null when it is nowhere to be found. They
   * are checked as a whole by the node that has them, before the first one comes.
   */
  openArtifact(
    run: { readonly namespace: Namespace; readonly runId: RunId },
    object: ArtifactObject,
  ): Promise<AsyncIterable<Uint8Array> | null>;
  /** Hands leadership over, wherever it is; the value is the new leader. */
  transfer(to: NodeId | null): Promise<Result<NodeId, Refusal>>;
  /**
   * Has the leader change who belongs to the cluster. Answers when every step is committed; when a
   * later step is refused, the earlier ones stay.
   */
  changeMembers(request: MemberRequest): Promise<Result<MembersChanged, Refusal>>;
  /**
   * Why something does not run, as the leader sees it. Refused with NO_LEADER when nobody answers
   * in time, with RUN_NOT_FOUND also for a run that has ended.
   */
  why(asked: WhyAsked): Promise<Result<At<WhyAnswer>, Refusal>>;
  /** The folder of DAG files that the node watches, and what became of each. */
  dagsDir(): DagsDirStatus;
  /** Prometheus text. */
  metrics(): Promise<string>;
}

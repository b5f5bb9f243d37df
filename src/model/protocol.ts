/**
 * What schedulers, executors and gateways say to each other (`docs/protocol/README.md`).
 *
 * Leases are asked for, not given: an executor notes its own monotonic time when it sends heartbeat
 * `seq`; the leader's answer to it makes the lease valid until `sentAt(seq) + leaseMs`. A late
 * answer can therefore never lengthen a lease, and a late dispatch starts nothing.
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
  Token,
  WallMs,
} from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import type { Artifact, ArtifactInput, ArtifactObject } from './artifact.ts';
import type { AttemptOutcome, AttemptUsage } from './attempt.ts';
import type { Command, Committed } from './command.ts';
import type { GivenConnection } from './connection.ts';
import type { ParamValue, WorkAction } from './dag.ts';
import type { Taint } from './placing.ts';
import type { Refusal } from './refusal.ts';
import type { Resources } from './resources.ts';

/** Inboxes of the wire. Both sides of a node listen on their own. */
export const inboxes = {
  raft: 'raft',
  scheduler: 'scheduler',
  gateway: 'gateway',
  executor: 'executor',
  logs: 'logs',
  /** Between executors only: a peer must not be given what it would have to throw away. */
  logCopies: 'log-copies',
  artifacts: 'artifacts',
  hello: 'hello',
} as const;

/** Which attempt; `token` alone is unique, the rest says whose. */
export interface AttemptId {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  readonly token: Token;
}

/** Everything an executor needs to run one attempt. */
export interface Dispatch {
  readonly id: AttemptId;
  readonly attempt: number;
  readonly dagId: DagId;
  readonly logicalDate: WallMs | null;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Its texts are rendered. */
  readonly action: WorkAction;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | null;
  readonly timeoutMs: number | null;
  readonly resources: Resources;
  /** Where it may use more than it asked for. */
  readonly limits?: Resources;
  /** Outputs of the direct upstream tasks, as JSON text by task id; of a mapped one the list. */
  readonly upstream: Readonly<Record<string, string>>;
  /** Direct upstream tasks whose outputs are too large, taken together, to come along. */
  readonly upstreamOmitted?: readonly TaskId[];
  /** Of those in `upstream`, the ones that are references to what they are. */
  readonly upstreamObjects?: Readonly<Record<string, ArtifactObject>>;
  /** The element that the instance of a mapped task stands for, as JSON text. */
  readonly item?: string;
  readonly dataInterval?: { readonly start: WallMs; readonly end: WallMs };
  /** What started the run, or the hook, as JSON text. */
  readonly trigger?: string;
  /** By name, what the task names, with its secrets sealed; null: there is no such connection. */
  readonly connections?: Readonly<Record<string, GivenConnection | null>>;
  /** What is put into its working directory before it begins. */
  readonly inputs?: readonly ArtifactInput[];
  /** What its success leaves: by name, paths below its working directory. */
  readonly artifacts?: Readonly<Record<string, string>>;
}

/** How an attempt ended, as its executor saw it. Repeated until it is acked. */
export interface AttemptReport {
  readonly id: AttemptId;
  readonly outcome: Exclude<AttemptOutcome, 'lost' | 'preempted' | 'drained'>;
  /** Exit 100: must not be retried. */
  readonly retryable: boolean;
  readonly startedAt: WallMs | null;
  readonly endedAt: WallMs;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly error: string | null;
  /** What kind of failure it was: see `RetryRule`. Version 1 does not say. */
  readonly errorClass?: string;
  /** The next attempt should not begin earlier than so long from now. */
  readonly retryAfterMs?: number;
  /** JSON text, at most `outputBytesMax`. */
  readonly output: string | null;
  readonly usage?: AttemptUsage;
  /** What it has left; of a success alone. */
  readonly artifacts?: readonly Artifact[];
}

/** What an executor holds: not yet started, running, or ended and waiting for its ack. */
export interface Held {
  readonly id: AttemptId;
  readonly phase: 'accepted' | 'running' | 'ended';
  readonly startedAt: WallMs | null;
}

export type ExecutorToScheduler =
  | {
      readonly kind: 'heartbeat';
      readonly node: NodeId;
      readonly incarnation: Incarnation;
      /** Grows by one with each heartbeat of this incarnation. */
      readonly seq: number;
      readonly capacity: Resources;
      readonly labels: Readonly<Record<string, string>>;
      readonly address: string;
      readonly pool?: string;
      readonly queues?: readonly string[];
      readonly taints?: readonly Taint[];
      readonly held: readonly Held[];
    }
  /** Sent when an attempt has run for about 100 ms; shorter ones are never recorded as running. */
  | {
      readonly kind: 'started';
      readonly node: NodeId;
      readonly incarnation: Incarnation;
      readonly attempts: readonly { readonly id: AttemptId; readonly startedAt: WallMs }[];
    }
  | {
      readonly kind: 'ended';
      readonly node: NodeId;
      readonly incarnation: Incarnation;
      readonly reports: readonly AttemptReport[];
    };

export type SchedulerToExecutor =
  /** A new leader says hello: executors answer at once with a heartbeat and their outbox. */
  | { readonly kind: 'new-leader'; readonly term: Term }
  | {
      readonly kind: 'heartbeat-answer';
      readonly term: Term;
      readonly incarnation: Incarnation;
      readonly seq: number;
      readonly leaseMs: number;
      /** Where the executor copies its logs to: the first of them that takes them. */
      readonly logPeers?: readonly NodeId[];
    }
  | {
      readonly kind: 'dispatch';
      readonly term: Term;
      readonly incarnation: Incarnation;
      /** The newest heartbeat that this leader has answered; its lease must still run. */
      readonly leaseSeq: number;
      readonly dispatches: readonly Dispatch[];
    }
  | {
      readonly kind: 'revoke';
      readonly term: Term;
      readonly incarnation: Incarnation;
      readonly attempts: readonly AttemptId[];
    }
  /** The reports are committed (or superseded): the outbox may forget them. */
  | {
      readonly kind: 'ack';
      readonly term: Term;
      readonly incarnation: Incarnation;
      readonly tokens: readonly Token[];
    };

export interface CommandRequest {
  readonly kind: 'command';
  readonly requestId: RequestId;
  /** Digest of the command, to tell a repeated request from a reused key. */
  readonly bodyDigest: string;
  /** How long the answer must be remembered, in milliseconds. */
  readonly rememberMs: number;
  readonly by: string;
  readonly command: Command;
  /** Which sending of the request this is, from 1; version 1 does not say. */
  readonly copy?: number;
}

export type GatewayToScheduler = CommandRequest;

export type SchedulerToGateway =
  | {
      readonly kind: 'answer';
      readonly requestId: RequestId;
      /** Of the command that is answered: the same key may have been used again since. */
      readonly bodyDigest: string;
      readonly answer: Result<Committed, Refusal>;
      /** The log index that the answer reflects; for a refusal the newest one that was seen. */
      readonly index: LogIndex;
      /** Another copy of the request, wherever it comes up, gets the same answer. */
      readonly kept?: boolean;
    }
  /** The receiver does not lead; `leader` is its best guess. */
  | {
      readonly kind: 'not-leader';
      readonly requestId: RequestId;
      readonly leader: NodeId | undefined;
    };

/** The two streams of an attempt, each a file. */
export type LogStreamName = 'stdout' | 'stderr';

/** Asks the executor that ran an attempt, or any that may have a copy, for a piece of its log. */
export interface LogRequest {
  readonly kind: 'log-request';
  readonly requestId: string;
  readonly id: Omit<AttemptId, 'token'>;
  readonly attempt: number;
  readonly stream: LogStreamName;
  /** Byte offset. */
  readonly offset: number;
  readonly maxBytes: number;
  /** With nothing behind `offset` yet, wait this long for more before answering. */
  readonly waitMs: number;
  /** A copy will do. */
  readonly copies?: true;
  /** The asker understands `leftOut`; older ones do not say, and get a stream that ends there. */
  readonly gaps?: true;
}

export interface LogAnswer {
  readonly kind: 'log-answer';
  readonly requestId: string;
  readonly status: 'data' | 'none';
  readonly bytes: Uint8Array;
  /** True when the attempt has ended and `bytes` reaches the end of the file. */
  readonly end: boolean;
  /** The bytes are of a copy; `isWhole`: of all that was written. */
  readonly copy?: { readonly isWhole: boolean; readonly sizeBytes: number };
  /** Instead of bytes: so many are left out here, and the stream goes on behind them. */
  readonly leftOut?: LeftOut;
}

export interface LeftOut {
  readonly bytes: number;
  /** How much of a stream is kept. */
  readonly limitBytes: number;
}

/** A piece of a stream, for its copy. */
export interface LogPart {
  readonly id: AttemptId;
  readonly attempt: number;
  readonly stream: LogStreamName;
  /** The copy must reach up to here; less than `offset` where bytes are left out. */
  readonly after: number;
  /** Where `bytes` begin in the stream. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** An attempt has ended, and its streams are this long. */
export interface LogEnd {
  readonly id: AttemptId;
  readonly attempt: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** What executors say to each other (`docs/protocol/log-copies.md`). Repeated until answered. */
export interface LogCopy {
  readonly kind: 'log-copy';
  readonly requestId: string;
  readonly parts: readonly LogPart[];
  readonly ends: readonly LogEnd[];
}

export interface LogCopied {
  readonly kind: 'log-copied';
  readonly requestId: string;
  /** For each part, how far the copy reaches now; -1 where it could not be written. */
  readonly sizes: readonly number[];
  /** For each end, whether the copy is whole. */
  readonly whole: readonly boolean[];
}

/** What is looked for, line by line. */
export interface LogQuery {
  readonly text: string;
  /** `text` is a regular expression (RE2). */
  readonly isPattern: boolean;
  readonly ignoreCase: boolean;
  /** Lines before and after each that is found. */
  readonly context: number;
}

/** Asks executors to search the logs of runs that they have. */
export interface LogSearch {
  readonly kind: 'log-search';
  readonly requestId: string;
  readonly namespace: Namespace;
  readonly runIds: readonly RunId[];
  /** Absent: of every task. */
  readonly taskId?: TaskId;
  readonly query: LogQuery;
  /** Lines in the answer. */
  readonly limit: number;
  /** In the copies of these attempts; absent: in what ran on the node itself. */
  readonly copiesOf?: readonly Token[];
}

export interface LogFound {
  readonly kind: 'log-found';
  readonly requestId: string;
  readonly matches: readonly LogMatch[];
  /** Attempts that were looked at. */
  readonly tokens: readonly Token[];
  /** A limit was reached: there may be more. */
  readonly isCut: boolean;
}

export interface LogMatch {
  readonly id: AttemptId;
  readonly attempt: number;
  readonly stream: LogStreamName;
  /** From 1; null behind a place where bytes are left out. */
  readonly line: number | null;
  /** Of the begin of the line, in bytes. */
  readonly offset: number;
  readonly text: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

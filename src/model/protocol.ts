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
import type { AttemptOutcome } from './attempt.ts';
import type { Command, Committed } from './command.ts';
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
  /** The element that the instance of a mapped task stands for, as JSON text. */
  readonly item?: string;
  readonly dataInterval?: { readonly start: WallMs; readonly end: WallMs };
  /** What started the run, or the hook, as JSON text. */
  readonly trigger?: string;
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
  /** JSON text, at most `outputBytesMax`. */
  readonly output: string | null;
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

/** Asks the executor that ran an attempt for a piece of its log. */
export interface LogRequest {
  readonly kind: 'log-request';
  readonly requestId: string;
  readonly id: Omit<AttemptId, 'token'>;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  /** Byte offset. */
  readonly offset: number;
  readonly maxBytes: number;
  /** With nothing behind `offset` yet, wait this long for more before answering. */
  readonly waitMs: number;
}

export interface LogAnswer {
  readonly kind: 'log-answer';
  readonly requestId: string;
  readonly status: 'data' | 'none';
  readonly bytes: Uint8Array;
  /** True when the attempt has ended and `bytes` reaches the end of the file. */
  readonly end: boolean;
}

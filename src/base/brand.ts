/**
 * Branded primitives. A brand makes two strings (or two numbers) that mean different things
 * different types, so that a log index is never passed where a term is expected.
 *
 * This is one of the four files where `as` is allowed: a brand is made here and nowhere else.
 */
declare const brand: unique symbol;

/** A primitive `T` that carries the compile-time mark `B`. It costs nothing at run time. */
export type Brand<T, B extends string> = T & { readonly [brand]: B };

/** The name of a node, chosen by its operator: `[a-zA-Z0-9_-]{1,64}`, unique in the cluster. */
export type NodeId = Brand<string, 'NodeId'>;
/** One life of a node's data directory (peer) or of an executor process. Never reused. */
export type Incarnation = Brand<string, 'Incarnation'>;
/** The identity of one formed cluster; in every message and in every identity file. */
export type ClusterId = Brand<string, 'ClusterId'>;
export type Namespace = Brand<string, 'Namespace'>;
export type DagId = Brand<string, 'DagId'>;
/** The content digest of a DAG version (hex). */
export type VersionId = Brand<string, 'VersionId'>;
export type RunId = Brand<string, 'RunId'>;
export type TaskId = Brand<string, 'TaskId'>;
/** Chosen by a client (Idempotency-Key) or by a gateway; makes a write repeatable. */
export type RequestId = Brand<string, 'RequestId'>;
/** A Raft term. */
export type Term = Brand<number, 'Term'>;
/** A position in the Raft log; the first entry has index 1, 0 means "before the log". */
export type LogIndex = Brand<number, 'LogIndex'>;
/** A fencing token: the log index of the entry that assigned the attempt, and its place in it. */
export type Token = Brand<number, 'Token'>;
/**
 * Milliseconds since the Unix epoch, as the leader's wall clock saw it. Never used for elections.
 */
export type WallMs = Brand<number, 'WallMs'>;
/** Milliseconds on a clock that only goes forward; its zero means nothing. */
export type MonotonicMs = Brand<number, 'MonotonicMs'>;

export const nodeId = (value: string): NodeId => value as NodeId;
export const incarnation = (value: string): Incarnation => value as Incarnation;
export const clusterId = (value: string): ClusterId => value as ClusterId;
export const namespace = (value: string): Namespace => value as Namespace;
export const dagId = (value: string): DagId => value as DagId;
export const versionId = (value: string): VersionId => value as VersionId;
export const runId = (value: string): RunId => value as RunId;
export const taskId = (value: string): TaskId => value as TaskId;
export const requestId = (value: string): RequestId => value as RequestId;
export const term = (value: number): Term => value as Term;
export const logIndex = (value: number): LogIndex => value as LogIndex;
export const token = (value: number): Token => value as Token;
export const wallMs = (value: number): WallMs => value as WallMs;
export const monotonicMs = (value: number): MonotonicMs => value as MonotonicMs;

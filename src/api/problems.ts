/**
 * Every code that an answer may carry, once: its HTTP status, its title, and what to do next. Codes
 * are permanent: they are never renamed and never reused. Each has a heading in
 * `docs/guide/errors.md`.
 */
import type { Refusal } from '../model/refusal.ts';
import type { ProblemCode } from './problem-code.ts';
import { eventProblems } from './problems-events.ts';
import { operatorProblems } from './problems-operators.ts';
import type { Finding } from './source-document.ts';

interface ProblemKind {
  readonly status: number;
  /** One sentence, the same for every occurrence. */
  readonly title: string;
  /** What the reader can do now. */
  readonly next: string;
  /** Seconds after which a repeat makes sense (`Retry-After`). */
  readonly retryAfterSeconds?: number;
}

export const problems = {
  DAG_NOT_FOUND: {
    status: 404,
    title: 'There is no such DAG.',
    next: 'List the DAGs of the namespace with `skein dags`, or apply the file first.',
  },
  DAG_CYCLE: {
    status: 400,
    title: 'The tasks of the DAG depend on each other in a circle.',
    next: 'Remove one of the dependencies that the answer names.',
  },
  DAG_INVALID: {
    status: 400,
    title: 'The DAG definition is not valid.',
    next: 'Correct each of the listed problems; `skein lint FILE` checks without a cluster.',
  },
  DAG_UNSUPPORTED: {
    status: 400,
    title: 'The DAG definition uses something that this version does not have yet.',
    next: 'Use what the message names instead, or wait for a version that has it.',
  },
  VERSION_NOT_FOUND: {
    status: 404,
    title: 'The DAG has no such version.',
    next: 'List its versions with GET /api/v1/dags/{id}/versions.',
  },
  RUN_NOT_FOUND: {
    status: 404,
    title: 'There is no such run.',
    next: 'List the runs of the namespace with `skein runs`.',
  },
  RUN_EXISTS: {
    status: 409,
    title: 'A run with this id exists already.',
    next: 'Choose another run id, or leave it out and one is made.',
  },
  RUN_ENDED: {
    status: 409,
    title: 'The run has ended already.',
    next: 'Look at it with `skein show RUN`; `skein rerun RUN` starts it again.',
  },
  RUN_ACTIVE: {
    status: 409,
    title: 'The run has not ended yet.',
    next: 'Wait until it ends, or cancel it with `skein cancel RUN`.',
  },
  TASK_NOT_FOUND: {
    status: 404,
    title: 'The run has no such task.',
    next: 'List its tasks with `skein show RUN`.',
  },
  ATTEMPT_NOT_FOUND: {
    status: 404,
    title: 'The task has no such attempt.',
    next: 'List its attempts with GET /api/v1/runs/{runId}/tasks/{taskId}.',
  },
  LOG_NOT_FOUND: {
    status: 404,
    title: 'The log of the attempt is on no node that can be reached.',
    next: 'Look with `skein nodes` whether the node that ran it is alive, and try again then.',
  },
  GIVEN_NOT_FOUND: {
    status: 404,
    title: 'What the attempt was given is not kept on a node that can be reached.',
    next: 'Look with `skein nodes` whether the node that ran it is alive, and try again then.',
  },
  ARTIFACT_NOT_FOUND: {
    status: 404,
    title: 'The task has left no such artifact.',
    next: 'List the artifacts of the run with `skein artifacts RUN`.',
  },
  ARTIFACT_UNAVAILABLE: {
    status: 404,
    title: 'The artifact is on no node that can be reached.',
    next: 'Look with `skein nodes` whether the nodes that have it are alive; or rerun its task.',
  },
  PARAM_INVALID: {
    status: 400,
    title: 'A param of the run is not what the DAG asks for.',
    next: 'Look at the params of the DAG with `skein dag show DAG`.',
  },
  NOTHING_TO_RERUN: {
    status: 409,
    title: 'None of the chosen tasks can be run again.',
    next: 'Look at the states with `skein show RUN`, or leave out --failed-only.',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    title: 'The Idempotency-Key was used for a different request.',
    next: 'Use a new key for a new request; repeat a request only with the same body.',
  },
  LIMIT_REACHED: {
    status: 409,
    title: 'A named limit of the cluster is reached.',
    next: 'Make room as the message says: end runs, or remove DAGs that are not used.',
  },
  OVERLOADED: {
    status: 503,
    title: 'The leader has more to do than it can take on.',
    next: 'Repeat the request after a moment, with the same Idempotency-Key.',
    retryAfterSeconds: 1,
  },
  TOO_LARGE: {
    status: 413,
    title: 'The request is larger than is allowed.',
    next: 'Send less: bodies may have 8 MiB, YAML files 1 MiB.',
  },
  NO_LEADER: {
    status: 503,
    title: 'The cluster has no leader at the moment.',
    next: 'Repeat the request after a moment; `skein cluster` shows who is missing.',
    retryAfterSeconds: 1,
  },
  INDEX_NOT_REACHED: {
    status: 503,
    title: 'This node has not come to that log index yet.',
    next: 'Ask again, or another node, for an index that an answer gave as X-Skein-Index.',
    retryAfterSeconds: 1,
  },
  OUTCOME_UNKNOWN: {
    status: 504,
    title: 'The request was sent, and nobody said in time what became of it.',
    next: 'Repeat it with the same Idempotency-Key: it will not be done twice.',
    retryAfterSeconds: 1,
  },
  INTERNAL: {
    status: 500,
    title: 'Skein has made a mistake.',
    next: 'Look into the log of the node for this time, and report it.',
  },
  BODY_INVALID: {
    status: 400,
    title: 'The body of the request is not valid.',
    next: 'Correct each of the listed problems; GET /api/v1/openapi.json describes every body.',
  },
  QUERY_INVALID: {
    status: 400,
    title: 'The address or a header of the request is not valid.',
    next: 'Correct each of the listed problems; /api/v1/openapi.json describes all parameters.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'Nothing lives at this address.',
    next: 'GET /api/v1/openapi.json lists every address.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'This address does not take this method.',
    next: 'Use one of the methods in the Allow header.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'The body is of a type that is not read here.',
    next: 'Send application/json, or for a DAG application/yaml.',
  },
  CROSS_SITE: {
    status: 403,
    title: 'A page of another site asked for a change.',
    next: 'Use the command line, or a page that a node of the cluster serves.',
  },
  HOST_UNKNOWN: {
    status: 403,
    title: 'This node is not known by that name.',
    next: 'Use its address, or add the name to `allowedHosts` of its configuration.',
  },
  EVENTS_GONE: {
    status: 410,
    title: 'The log does not reach back to that event any more.',
    next: 'Read the present state, then follow the stream from the X-Skein-Index of that answer.',
  },
  TOO_MANY_STREAMS: {
    status: 503,
    title: 'This node serves as many live streams as it may.',
    next: 'Close other streams, or ask another node.',
    retryAfterSeconds: 5,
  },
  REQUEST_MALFORMED: {
    status: 400,
    title: 'The request is not HTTP as it should be.',
    next: 'Check what stands between the client and the node.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request did not arrive in time.',
    next: 'Send headers and body without long pauses.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers or the address of the request are too large.',
    next: 'Send less than 16 KiB of headers.',
  },
  NOT_READY: {
    status: 503,
    title: 'This node is not ready: it is catching up, or knows no leader.',
    next: 'Ask another node, or wait.',
    retryAfterSeconds: 1,
  },
  TEST_HOOKS_OFF: {
    status: 404,
    title: 'This node has no hooks for tests.',
    next: 'Start a node that is made to be broken with SKEIN_TEST_HOOKS=1, never one in use.',
  },
  NOT_A_MEMBER: {
    status: 404,
    title: 'There is no such member of the cluster.',
    next: 'List the members with `skein cluster`; a node joins by being started.',
  },
  NOT_A_LEARNER: {
    status: 409,
    title: 'Only a learner can be promoted.',
    next: 'Look at the roles with `skein cluster`.',
  },
  NOT_A_VOTER: {
    status: 409,
    title: 'Only a voter can do that.',
    next: 'Look at the roles with `skein cluster`; `skein cluster promote NODE` makes a voter.',
  },
  ALREADY_MEMBER: {
    status: 409,
    title: 'The node is a member of the cluster already.',
    next: 'Look at the roles with `skein cluster`.',
  },
  MEMBER_REMOVED: {
    status: 409,
    title: 'This data directory was removed from the cluster for good.',
    next: 'Start the node with an empty data directory: it joins as a new member.',
  },
  MEMBER_BEHIND: {
    status: 409,
    title: 'The learner has not caught up, and a voter that is behind would only slow commits.',
    next: 'Wait until its lag in `skein cluster` is small, then promote it.',
    retryAfterSeconds: 5,
  },
  LAST_VOTER: {
    status: 409,
    title: 'Without this voter nobody could vote.',
    next: 'Promote another node first.',
  },
  TOO_MANY_VOTERS: {
    status: 409,
    title: 'The cluster has as many voters as it may.',
    next: 'Demote or remove a voter first, or replace one with `skein cluster replace`.',
  },
  TOO_MANY_MEMBERS: {
    status: 409,
    title: 'The cluster has as many members as it may.',
    next: 'Remove members that are gone for good with `skein cluster remove NODE`.',
  },
  CHANGE_PENDING: {
    status: 409,
    title: 'Another change of the members is under way, and there is one at a time.',
    next: 'Repeat the request after a moment.',
    retryAfterSeconds: 1,
  },
  QUORUM_AT_RISK: {
    status: 409,
    title: 'The cluster would lose its majority by that change.',
    next: 'Bring the silent voters back or remove them first; `skein cluster` shows who was heard.',
  },
  MIXED_VERSIONS: {
    status: 409,
    title: 'The cluster runs versions of Skein that do not all know this.',
    next: 'Upgrade every node first (GET /api/v1/node says its version), then repeat the request.',
  },
  TRANSFER_FAILED: {
    status: 409,
    title: 'Leadership was not handed over.',
    next: 'Look with `skein cluster` who leads and who is behind, and try again.',
    retryAfterSeconds: 1,
  },
  DISK_FULL: {
    status: 507,
    title: 'The disks of the cluster are nearly full, so new work is refused.',
    next: 'Make room on the nodes whose GET /api/v1/node says `disk.low`; what runs goes on.',
    retryAfterSeconds: 10,
  },
  APPROVAL_DECIDED: {
    status: 409,
    title: 'The approval has been decided already.',
    next: 'Look at who decided what with `skein show RUN`; a rerun of the task asks again.',
  },
  APPROVAL_NOT_OPEN: {
    status: 409,
    title: 'The task does not wait for an approval.',
    next: 'Wait until its upstream tasks have ended; `skein show RUN` says what it waits for.',
  },
  ...operatorProblems,
  ...eventProblems,
} as const satisfies Readonly<Record<ProblemCode, ProblemKind>>;

/** `application/problem+json` (RFC 9457), with a permanent code and a next step. */
export interface Problem {
  readonly type: string;
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly next: string;
  /** Every mistake that was found, for bodies and definitions; else empty. */
  readonly problems: readonly Finding[];
}

/** Relative to the documentation: an error page that is there without the internet. */
const errorsPage = 'docs/guide/errors.md';

export function problemOf(
  code: ProblemCode,
  detail: string,
  findings: readonly Finding[] = [],
): Problem {
  const { status, title, next } = problems[code];
  const type = `${errorsPage}#${code.toLowerCase()}`;
  return { type, code, status, title, detail, next, problems: findings };
}

export const problemOfRefusal = ({ code, detail }: Refusal): Problem => problemOf(code, detail);

/** The detail is the first finding, and how many more there are. */
export function problemOfFindings(code: ProblemCode, findings: readonly Finding[]): Problem {
  const [first] = findings;
  if (first === undefined) return problemOf(code, problems[code].title);
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  return problemOf(code, findingText(first) + more, findings);
}

/** `12:5 tasks.load.retries: -1 is too small: at least 0`. */
export function findingText({ line, column, path, message }: Finding): string {
  const place = line === null ? '' : `${line}:${column ?? 1} `;
  return `${place}${path === '' ? '' : `${path}: `}${message}`;
}

export function retryAfterSeconds(code: ProblemCode): number | undefined {
  const kind: ProblemKind = problems[code];
  return kind.retryAfterSeconds;
}

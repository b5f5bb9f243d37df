/**
 * Refusals of the scheduler: a permanent code and a sentence. `api/problems.ts` gives each code its
 * HTTP status and its next step. Codes are never renamed and never reused.
 */
export type RefusalCode =
  | 'DAG_NOT_FOUND'
  | 'DAG_CYCLE'
  | 'DAG_INVALID'
  | 'RUN_NOT_FOUND'
  | 'RUN_EXISTS'
  | 'RUN_ENDED'
  | 'RUN_ACTIVE'
  | 'TASK_NOT_FOUND'
  | 'PARAM_INVALID'
  | 'NOTHING_TO_RERUN'
  | 'IDEMPOTENCY_CONFLICT'
  | 'LIMIT_REACHED'
  | 'OVERLOADED'
  | 'TOO_LARGE'
  | 'NO_LEADER'
  | 'OUTCOME_UNKNOWN'
  | 'DISK_FULL'
  | 'TRANSFER_FAILED'
  | 'NOT_A_VOTER'
  | 'NOT_A_LEARNER'
  | 'NOT_A_MEMBER'
  | 'ALREADY_MEMBER'
  | 'MEMBER_REMOVED'
  | 'MEMBER_BEHIND'
  | 'LAST_VOTER'
  | 'TOO_MANY_VOTERS'
  | 'TOO_MANY_MEMBERS'
  | 'CHANGE_PENDING'
  | 'NOT_READY'
  | 'MIXED_VERSIONS'
  | 'QUORUM_AT_RISK'
  | 'INTERNAL';

export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence that names the thing: "run x has ended as success". */
  readonly detail: string;
}

export const refusal = (code: RefusalCode, detail: string): Refusal => ({ code, detail });

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
  | 'VERSION_NOT_FOUND'
  | 'NODE_NOT_FOUND'
  | 'NODE_LEAVING'
  | 'QUOTA_EXCEEDED'
  | 'FORECAST_BUSY'
  | 'OBJECT_NOT_FOUND'
  | 'OBJECT_IN_USE'
  | 'ENCRYPTION_KEY_MISSING'
  | 'TASK_ACTIVE'
  | 'EDIT_REFUSED'
  | 'NOTHING_TO_COMPENSATE'
  | 'BACKFILL_NOT_FOUND'
  | 'BACKFILL_ENDED'
  | 'BACKFILL_INVALID'
  | 'CANARY_INVALID'
  | 'CANARY_NOT_FOUND'
  | 'LETTER_NOT_FOUND'
  | 'TRIGGER_NOT_FOUND'
  | 'EVENT_TOO_LARGE'
  | 'EVENT_INVALID'
  | 'APPROVAL_DECIDED'
  | 'APPROVAL_NOT_OPEN'
  | 'IDEMPOTENCY_CONFLICT'
  | 'LIMIT_REACHED'
  | 'OVERLOADED'
  | 'TOO_LARGE'
  | 'NO_LEADER'
  | 'INDEX_NOT_REACHED'
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

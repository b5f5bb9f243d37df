/** Every code that an answer of the API may carry. `problems.ts` says what each of them means. */
import type { RefusalCode } from '../model/refusal.ts';

/** Codes of the doors where people come in; the others come from further inside. */
type DoorCode =
  | 'BODY_INVALID'
  | 'QUERY_INVALID'
  | 'DAG_UNSUPPORTED'
  | 'ATTEMPT_NOT_FOUND'
  | 'LOG_NOT_FOUND'
  | 'GIVEN_NOT_FOUND'
  | 'ARTIFACT_NOT_FOUND'
  | 'ARTIFACT_UNAVAILABLE'
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'CROSS_SITE'
  | 'HOST_UNKNOWN'
  | 'TOO_MANY_STREAMS'
  | 'EVENTS_GONE'
  | 'REQUEST_MALFORMED'
  | 'REQUEST_TIMEOUT'
  | 'HEADERS_TOO_LARGE'
  | 'HOOK_SECRET_WRONG'
  | 'TEST_HOOKS_OFF';

export type ProblemCode = RefusalCode | DoorCode;

/**
 * What makes a write repeatable (W18): the answer that a request got, kept under the request's id.
 * A repeated request gets the same answer, whoever leads by then.
 */
import type { RequestId, WallMs } from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import type { CommandReply } from './command.ts';
import type { Refusal } from './refusal.ts';

export interface RequestRow {
  readonly requestId: RequestId;
  /** Digest of what was asked; the same key with another body is refused. */
  readonly bodyDigest: string;
  readonly answer: Result<CommandReply, Refusal>;
  readonly expiresAt: WallMs;
}

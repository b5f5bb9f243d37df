/** What seals secrets at the doors of a node, before anything of them reaches the log. */
import { fail, type Result } from '../base/result.ts';
import type { Opener, Sealed, SecretPlace } from '../model/connection.ts';
import { type Refusal, refusal } from '../model/refusal.ts';

export interface Vault extends Opener {
  /** The key that seals; null where the node has none. */
  readonly keyId: string | null;
  /**
   * The same secret in the same place under the same key is the same box: so a request that is
   * repeated is the same request. Refused with ENCRYPTION_KEY_MISSING.
   */
  seal(place: SecretPlace, secret: string): Result<Sealed, Refusal>;
}

export const keyMissing: Refusal = refusal(
  'ENCRYPTION_KEY_MISSING',
  'this node has no encryption key, so it keeps no secrets',
);

/** Of a node without a key. */
export const noVault: Vault = {
  keyId: null,
  seal: () => fail(keyMissing),
  open: () => fail('this node has no encryption key'),
};

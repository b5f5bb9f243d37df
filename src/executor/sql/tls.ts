/**
 * How a connection is encrypted: `off` (as is), `require` (to whomever), `verify` (to the host).
 */
import type { Settings } from './session.ts';

export interface Tls {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
}

/** Undefined: not at all. A certificate of one's own is a reason to look at it. */
export function tlsOf({ ssl, sslCa }: Settings): Tls | undefined {
  const wanted = ssl ?? (sslCa === undefined ? 'off' : 'verify');
  if (wanted === 'off') return undefined;
  return {
    rejectUnauthorized: wanted === 'verify',
    ...(sslCa !== undefined && { ca: sslCa }),
  };
}

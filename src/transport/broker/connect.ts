/** What a client says of itself in CONNECT, and whether it may come in. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { BrokerCredentials } from './options.ts';

export interface ConnectRequest {
  readonly name: string;
  readonly verbose: boolean;
  /** Whether it hears its own messages. */
  readonly echo: boolean;
  readonly headers: boolean;
  readonly noResponders: boolean;
  readonly token: string;
  readonly user: string;
  readonly pass: string;
}

/** Unknown fields are ignored; what is no JSON object says nothing. */
export function parseConnect(json: string): ConnectRequest {
  const fields = objectOf(json);
  const text = (name: string): string => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    name: text('name'),
    verbose: fields.get('verbose') === true,
    echo: fields.get('echo') !== false,
    headers: fields.get('headers') === true,
    noResponders: fields.get('no_responders') === true,
    token: text('auth_token'),
    user: text('user'),
    pass: text('pass'),
  };
}

export function isAuthorized(
  request: ConnectRequest,
  credentials: BrokerCredentials | undefined,
): boolean {
  if (credentials === undefined) return true;
  if (credentials.kind === 'token') return sameSecret(request.token, credentials.token);
  // Both are compared in any case, so that time does not tell which one was wrong.
  const user = sameSecret(request.user, credentials.user);
  const pass = sameSecret(request.pass, credentials.pass);
  return user && pass;
}

/** Digests have one length, which is what a comparison in constant time needs. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function objectOf(json: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return new Map(Object.entries(value));
  } catch {
    // Said nothing that we understand.
  }
  return new Map();
}

/**
 * What an operator writes about the NATS servers, as the client wants it:
 *
 * - `nats://10.0.0.1:4222,nats://10.0.0.2:4222`: several servers, separated by commas
 * - `nats://user:pass@host:4222` or `nats://token@host:4222`: credentials, the same for all servers
 * - `tls://host:4222?ca=/etc/ca.pem&cert=/etc/me.pem&key=/etc/me.key`: TLS, with files if needed
 */
import { fail, ok, type Result } from '../base/result.ts';

/** At most this many servers are named in one setting. */
const natsServersMax = 16;

export type NatsCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly user: string; readonly pass: string };

export interface NatsTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface NatsAddress {
  /** `host:port`, without scheme and credentials: fit for logs and for error messages. */
  readonly hosts: readonly string[];
  readonly credentials: NatsCredentials;
  readonly tls: NatsTls | undefined;
}

/** The error is a sentence for the operator; it never repeats a secret. */
export function parseNatsUrl(text: string): Result<NatsAddress, string> {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > natsServersMax) return fail(`more than ${natsServersMax} NATS servers`);
  const hosts: string[] = [];
  let credentials: NatsCredentials = { kind: 'none' };
  let tls: NatsTls | undefined;
  for (const [index, part] of parts.entries()) {
    const url = parsePart(part);
    if (url === undefined) {
      const place = `server ${index + 1} of the NATS setting`;
      return fail(`${place} is not an address: write nats://host:4222 or tls://host:4222`);
    }
    hosts.push(`${url.hostname}:${url.port === '' ? '4222' : url.port}`);
    if (url.username !== '') {
      const own = credentialsOf(url);
      if (own === undefined) {
        const place = `the credentials of server ${index + 1} of the NATS setting`;
        return fail(`${place} have a % that begins no code of a character: write % as %25`);
      }
      credentials = own;
    }
    if (url.protocol === 'tls:') tls = { ...tls, ...tlsFilesOf(url) };
  }
  return ok({ hosts, credentials, tls });
}

function parsePart(part: string): URL | undefined {
  const full = part.includes('://') ? part : `nats://${part}`;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  const known = url.protocol === 'nats:' || url.protocol === 'tls:';
  return known && url.hostname !== '' ? url : undefined;
}

function credentialsOf({ username, password }: URL): NatsCredentials | undefined {
  const [user, pass] = [decoded(username), decoded(password)];
  if (user === undefined || pass === undefined) return undefined;
  return pass === '' ? { kind: 'token', token: user } : { kind: 'password', user, pass };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function tlsFilesOf(url: URL): NatsTls {
  const file = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const [caFile, certFile, keyFile] = [file('ca'), file('cert'), file('key')];
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

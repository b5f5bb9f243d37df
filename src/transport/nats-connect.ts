/** The first connection to NATS: with which settings, for how long, and what refuses it. */
import { type ConnectionOptions, connect, type NatsConnection, NatsError } from 'nats';
import { fail, ok, type Result } from '../base/result.ts';
import type { NatsAddress } from './nats-url.ts';

/** Between two attempts at the first connect, as between two attempts to reconnect. */
const reconnectWaitMs = 100;

/** Why there is no network. `message` names the server and says what to do. */
export interface NatsRefusal {
  readonly code: 'NATS_UNREACHABLE' | 'NATS_REFUSED' | 'NATS_URL_INVALID';
  readonly message: string;
}

/** Of every connection. `name` is shown by the server's monitoring. */
export function clientOptions(address: NatsAddress, name: string): ConnectionOptions {
  const { credentials, tls } = address;
  return {
    servers: [...address.hosts],
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: reconnectWaitMs / 2,
    ignoreAuthErrorAbort: true,
    pingInterval: 1000,
    maxPingOut: 2,
    timeout: 2000,
    noAsyncTraces: true,
    ...(credentials.kind === 'token' ? { token: credentials.token } : {}),
    ...(credentials.kind === 'password' ? { user: credentials.user, pass: credentials.pass } : {}),
    ...(tls === undefined ? {} : { tls: { ...tls } }),
  };
}

interface FirstConnect {
  readonly hosts: string;
  readonly deadlineMs: number;
  readonly givesUp: () => boolean;
}

/**
 * The client's own `waitOnFirstConnect` cannot be stopped once it waits, so the waiting is done
 * here: single attempts until one succeeds, the credentials are refused, or time is up.
 */
export async function firstConnect(
  options: ConnectionOptions,
  { hosts, deadlineMs, givesUp }: FirstConnect,
): Promise<Result<NatsConnection, NatsRefusal>> {
  for (;;) {
    const leftMs = Math.max(1, deadlineMs - performance.now());
    const timeout = Math.min(leftMs, options.timeout ?? leftMs);
    const attempt = await connect({ ...options, timeout }).then(
      (connection) => ok(connection),
      (error: unknown) => fail(error),
    );
    if (attempt.ok) return attempt;
    if (attempt.error instanceof NatsError && attempt.error.isAuthError()) {
      const advice = 'check user, password or token in the NATS URL';
      const message = `NATS at ${hosts} refuses the credentials: ${advice}`;
      return fail({ code: 'NATS_REFUSED', message });
    }
    if (givesUp() || performance.now() + reconnectWaitMs >= deadlineMs) {
      const advice = 'start nats-server (or `skein broker`) there, or give another address';
      const message = `NATS at ${hosts} does not answer (${reasonOf(attempt.error)}): ${advice}`;
      return fail({ code: 'NATS_UNREACHABLE', message });
    }
    await new Promise((wake) => setTimeout(wake, reconnectWaitMs));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NatsError) return error.code.toLowerCase().replaceAll('_', ' ');
  return error instanceof Error && error.message !== '' ? error.message : 'no reason given';
}

/** What can be set on the embedded broker, and the limits that nothing in it may pass. */
import { silentTrace, type Trace } from '../../base/trace.ts';

export interface BrokerOptions {
  /** Default 127.0.0.1: a broker without credentials is not for the open network. */
  readonly host?: string;
  /** 0 takes a free port; `Broker.port` says which. Default 4222. */
  readonly port?: number;
  readonly credentials?: BrokerCredentials;
  /** Largest payload, headers included. Default 1 MiB, as nats-server has it. */
  readonly maxPayloadBytes?: number;
  /** A client that has more unread bytes is cut. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** A client that read nothing for so long, while it had something to read, is cut. */
  readonly writeDeadlineMs?: number;
  /** Every client is asked for a sign of life this often. */
  readonly pingIntervalMs?: number;
  readonly trace?: Trace;
}

export type BrokerCredentials =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly user: string; readonly pass: string };

export interface BrokerSettings {
  readonly host: string;
  readonly port: number;
  readonly credentials: BrokerCredentials | undefined;
  readonly maxPayloadBytes: number;
  readonly maxPendingBytes: number;
  readonly writeDeadlineMs: number;
  readonly pingIntervalMs: number;
  readonly trace: Trace;
}

/** A line of the protocol, without its payload. */
export const controlLineBytesMax = 4096;
export const connectionsMax = 4096;
export const subscriptionsPerClientMax = 16_384;
/** Unanswered pings after which a client is stale. */
export const pingsOutMax = 2;
/** With credentials set, a client has so long to show its own. */
export const authTimeoutMs = 2000;
/** Subjects whose receivers are remembered between two changes of the subscriptions. */
export const routesMax = 8192;

export const settingsOf = (options: BrokerOptions): BrokerSettings => ({
  host: options.host ?? '127.0.0.1',
  port: options.port ?? 4222,
  credentials: options.credentials,
  maxPayloadBytes: options.maxPayloadBytes ?? 2 ** 20,
  maxPendingBytes: options.maxPendingBytes ?? 64 * 2 ** 20,
  writeDeadlineMs: options.writeDeadlineMs ?? 10_000,
  pingIntervalMs: options.pingIntervalMs ?? 10_000,
  trace: options.trace ?? silentTrace,
});

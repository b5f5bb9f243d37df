/**
 * The link between the two processes of a node: what the peer tells its executor, and what the
 * executor says of itself. It runs over the channel that Node opens between parent and child, or
 * over a socket to an executor that an earlier peer has started (`docs/protocol/adoption.md`). Its
 * end is how the executor learns that its peer is gone.
 */

import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { ArtifactConfig } from '../api/config-artifacts.ts';
import type { ContainerSettings } from '../api/config-containers.ts';
import type { TasksConfig } from '../api/config-tasks.ts';
import type { FailpointOrder } from '../api/test-hooks.ts';
import type { ArtifactSettings } from '../executor/artifacts/limits.ts';
import type { HeartbeatFigures } from '../executor/heartbeat-watch.ts';
import type { LogStatus } from '../executor/logs/desk.ts';
import type { LogSettings } from '../executor/logs/limits.ts';
import type { HttpPolicy } from '../model/http-policy.ts';
import type { NodePlace } from '../model/node.ts';
import { type Lines, lineOf } from './adoption-lines.ts';

/**
 * Everything that an executor process needs. Sent over the channel, and never over the socket: it
 * is not seen in `ps` or /proc.
 */
export interface ExecutorConfig {
  readonly node: string;
  readonly incarnation: string;
  readonly clusterName: string;
  readonly nats: string;
  /** Hex. */
  readonly key: string;
  /** Hex; they open the secrets of connections. */
  readonly encryptionKeys: readonly string[];
  readonly dataDir: string;
  readonly containers: ContainerSettings;
  readonly address: string;
  readonly capacity: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly place: NodePlace;
  readonly httpPolicy: HttpPolicy;
  readonly heartbeatMs: number;
  readonly helpers: number;
  readonly logs: LogSettings;
  readonly artifacts: ArtifactSettings & Pick<ArtifactConfig, 'remote'>;
  readonly tasks: Omit<TasksConfig, 'onStop'>;
  /** How long it keeps its tasks when its peer went without a word. */
  readonly leaseMs: number;
  readonly logLevel: string;
  /** Only for a node that is made to be broken. */
  readonly testHooks: boolean;
}

export type ToExecutor =
  | { readonly kind: 'configure'; readonly config: ExecutorConfig }
  /** The cluster has formed, or was known: from now on there is work. */
  | { readonly kind: 'bind'; readonly clusterId: string }
  | { readonly kind: 'failpoint'; readonly order: FailpointOrder }
  /** This peer is about to end, and another one will come: tasks go on meanwhile. */
  | { readonly kind: 'hand-over' }
  | { readonly kind: 'stop' };

/** What the executor has found out about its host: how tasks are contained, and limited. */
export interface ExecutorWays {
  readonly containment: string;
  readonly limits: string;
  readonly controllers: readonly string[];
}

export type FromExecutor =
  /** The helpers that fork tasks are up; the peer may open its databases. */
  | ({ readonly kind: 'ready' } & ExecutorWays)
  /** The answer to `hand-over`. False: nobody could come back to it, and it does not wait. */
  | { readonly kind: 'waits'; readonly does: boolean }
  | { readonly kind: 'failed'; readonly why: string }
  /** Every few seconds. */
  | {
      readonly kind: 'logs';
      readonly logs: LogStatus;
      /** Absent: an executor of an older version. */
      readonly heartbeats?: HeartbeatFigures;
    }
  | { readonly kind: 'stopped' };

const kindOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;

const toKinds = new Set<unknown>([
  'configure',
  'bind',
  'failpoint',
  'hand-over',
  'stop',
] satisfies ToExecutor['kind'][]);
const fromKinds = new Set<unknown>([
  'ready',
  'waits',
  'failed',
  'stopped',
  'logs',
] satisfies FromExecutor['kind'][]);

export const isToExecutor = (message: unknown): message is ToExecutor =>
  toKinds.has(kindOf(message));

export const isFromExecutor = (message: unknown): message is FromExecutor =>
  fromKinds.has(kindOf(message));

/** One end of the link, whatever it runs over. */
export interface Link {
  /** Of no effect when the link has ended. */
  send(message: ToExecutor | FromExecutor): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, however it ended. */
  onEnd(listener: () => void): void;
  readonly isOpen: boolean;
  close(): void;
}

/** The channel between a process and the child that it has started; either end. */
export function channelLink(channel: ChildProcess | NodeJS.Process): Link {
  return {
    send: (message) => {
      // A channel that breaks meanwhile says so by its end.
      if (channel.connected) channel.send?.(message, undefined, undefined, () => {});
    },
    onMessage: (listener) => void channel.on('message', listener),
    onEnd: (listener) => void channel.once('disconnect', listener),
    get isOpen() {
      return channel.connected;
    },
    close: () => {
      if (channel.connected) channel.disconnect();
    },
  };
}

/** A socket that was proven on both sides; `lines` goes on with what it has read of it. */
export function socketLink(socket: Socket, lines: Lines): Link {
  return {
    send: (message) => {
      if (!socket.destroyed) socket.write(lineOf(message));
    },
    onMessage: (listener) => lines.listen(listener),
    onEnd: (listener) => void socket.once('close', listener),
    get isOpen() {
      return !socket.destroyed;
    },
    close: () => void socket.destroy(),
  };
}

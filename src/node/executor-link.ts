/**
 * The link between the two processes of a node: what the peer tells its executor at the start, and
 * what the executor says of itself. It runs over the channel that Node opens between parent and
 * child; its end is how the executor learns that its peer is gone.
 */

import type { ContainerSettings } from '../api/config-containers.ts';
import type { TasksConfig } from '../api/config-tasks.ts';
import type { FailpointOrder } from '../api/test-hooks.ts';
import type { LogStatus } from '../executor/logs/desk.ts';
import type { LogSettings } from '../executor/logs/limits.ts';
import type { HttpPolicy } from '../model/http-policy.ts';
import type { NodePlace } from '../model/node.ts';

/**
 * Everything that an executor process needs. Sent over the channel: never seen in `ps` or /proc.
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
  readonly tasks: TasksConfig;
  readonly logLevel: string;
  /** Only for a node that is made to be broken. */
  readonly testHooks: boolean;
}

export type ToExecutor =
  | { readonly kind: 'configure'; readonly config: ExecutorConfig }
  /** The cluster has formed, or was known: from now on there is work. */
  | { readonly kind: 'bind'; readonly clusterId: string }
  | { readonly kind: 'failpoint'; readonly order: FailpointOrder }
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
  | { readonly kind: 'failed'; readonly why: string }
  /** Every few seconds. */
  | { readonly kind: 'logs'; readonly logs: LogStatus }
  | { readonly kind: 'stopped' };

const kindOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;

const toKinds = new Set<unknown>([
  'configure',
  'bind',
  'failpoint',
  'stop',
] satisfies ToExecutor['kind'][]);
const fromKinds = new Set<unknown>([
  'ready',
  'failed',
  'stopped',
  'logs',
] satisfies FromExecutor['kind'][]);

export const isToExecutor = (message: unknown): message is ToExecutor =>
  toKinds.has(kindOf(message));

export const isFromExecutor = (message: unknown): message is FromExecutor =>
  fromKinds.has(kindOf(message));

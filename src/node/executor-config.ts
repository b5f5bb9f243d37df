/** What of a node's configuration its executor is told, and the key that both seal with. */
import { createHash } from 'node:crypto';
import type { NodeConfig } from '../api/config.ts';
import type { ExecutorConfig } from './executor-link.ts';

export function executorConfigOf(
  config: NodeConfig,
  { life, address }: { readonly life: string; readonly address: string },
): ExecutorConfig {
  const { name, cluster, nats, dataDir, capacity, labels, place } = config;
  const { logLevel, tuning, testHooks, encryptionKeys } = config;
  // What the peer does at its end is no matter of the executor's.
  const { onStop: _onStop, ...tasks } = config.tasks;
  return {
    node: name,
    incarnation: life,
    clusterName: cluster,
    nats,
    key: Buffer.from(clusterKey(config)).toString('hex'),
    encryptionKeys,
    dataDir,
    containers: config.containers,
    address,
    capacity,
    labels,
    place,
    heartbeatMs: tuning.executorHeartbeatMs,
    leaseMs: tuning.leaseMs,
    helpers: helpersFor(capacity.cpu ?? 0),
    logs: config.logs,
    artifacts: { ...config.artifacts, minFreeBytes: config.storage.minFreeBytes },
    tasks,
    httpPolicy: config.httpPolicy,
    logLevel,
    testHooks,
  };
}

/** What messages are sealed with: made of the secret, or of the cluster's name on one machine. */
export function clusterKey({ secret, cluster }: NodeConfig): Uint8Array {
  const source = secret === null ? `skein loopback ${cluster}` : `skein secret ${secret}`;
  return createHash('sha256').update(source).digest();
}

/**
 * Helpers that fork tasks and are kept warm: as many as tasks that may use all cores, in
 * milli-cores.
 */
const helpersFor = (cpu: number): number => Math.min(32, Math.max(4, Math.ceil(cpu / 1000) + 2));

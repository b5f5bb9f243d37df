/**
 * How a pool node is started: with the configuration of the node that starts it, but for its name,
 * its pool, its data and its port. The secret, and servers that may hold a password, are not
 * written where other users of the machine can read them.
 */
import type { NodeConfig } from '../../api/config.ts';
import { milliPerUnit } from '../../model/resources.ts';

export interface PoolNodeStart {
  readonly name: string;
  readonly pool: string;
  readonly dataDir: string;
}

/** The program, its arguments and its whole environment. */
export type NodeCommand = (start: PoolNodeStart) => {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** `launcher`: what runs `skein`, as in `['/usr/bin/node', '/opt/skein/bin/skein']`. */
export function nodeCommandOf(
  config: NodeConfig,
  launcher: readonly [string, ...string[]],
  inherited: Readonly<Record<string, string | undefined>>,
): NodeCommand {
  const [program, ...first] = launcher;
  const shared = { ...takenOver(inherited), ...sharedSettings(config) };
  return ({ name, pool, dataDir }) => ({
    program,
    args: [...first, 'node', 'start', '--name', name, '--data', dataDir],
    env: { ...shared, SKEIN_POOL: pool },
  });
}

/** Where programs, time zones and temporary files are found. */
const takenOver = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'].flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** GPUs are not taken over: one cannot be given to two nodes. */
function sharedSettings(config: NodeConfig): Record<string, string> {
  const { nats, cluster, expect, host, capacity, labels, secret, logLevel, rejoin } = config;
  const { tuning, storage, encryptionKeys, httpPolicy } = config;
  return {
    ...{ SKEIN_NATS: nats, SKEIN_CLUSTER: cluster, SKEIN_EXPECT: String(expect) },
    ...{ SKEIN_HOST: host, SKEIN_PORT: '0', SKEIN_LOG_LEVEL: logLevel },
    SKEIN_REJOIN: String(rejoin),
    SKEIN_CPU: String((capacity.cpu ?? milliPerUnit) / milliPerUnit),
    SKEIN_MEMORY: String(capacity.memory ?? 0),
    SKEIN_SLOTS: String(capacity.slots ?? 1),
    ...labelsVariable(labels),
    ...(secret !== null && { SKEIN_SECRET: secret }),
    ...(encryptionKeys.length > 0 && { SKEIN_ENCRYPTION_KEY: encryptionKeys.join(' ') }),
    ...rangesVariable('SKEIN_HTTP_ALLOW', httpPolicy.allow),
    ...rangesVariable('SKEIN_HTTP_DENY', httpPolicy.deny),
    ...section('SKEIN_TUNING', tuning),
    SKEIN_STORAGE_LOG_KEEP_ENTRIES: String(storage.logKeepEntries),
    SKEIN_STORAGE_MIN_FREE_DISK: String(storage.minFreeBytes),
  };
}

const rangesVariable = (name: string, ranges: readonly string[]): Record<string, string> =>
  ranges.length === 0 ? {} : { [name]: ranges.join(',') };

function labelsVariable(labels: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? {} : { SKEIN_LABELS: pairs.join(',') };
}

/** `leaseMs` -> `SKEIN_TUNING_LEASE_MS`. */
const section = (
  prefix: string,
  values: Readonly<Record<string, number>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      `${prefix}_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
      String(value),
    ]),
  );

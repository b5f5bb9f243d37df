/**
 * The configuration of a node: one schema; flags over environment over `skein.yaml` over defaults.
 * A wrong value names its key, its source and what is allowed. Pure: files are read by the caller's
 * hand.
 */
import { z } from 'zod';
import { fail, ok, type Result } from '../base/result.ts';
import type { HttpPolicy } from '../model/http-policy.ts';
import type { NodePlace } from '../model/node.ts';
import type { Resources } from '../model/resources.ts';
import { archiveConfigOf } from './config-archive.ts';
import { type ArtifactConfig, artifactConfigOf, artifactSection } from './config-artifacts.ts';
import { capacityKeys, capacityOf, type Machine } from './config-capacity.ts';
import { type ContainerSettings, containerSettings, containers } from './config-containers.ts';
import { hostKeys } from './config-hosts.ts';
import { httpKeys, httpPolicyOf } from './config-http.ts';
import { encryptionKeysOf } from './config-keys.ts';
import { type LogConfig, logConfigOf, logKeys } from './config-logs.ts';
import { placeKeys, placeOf } from './config-place.ts';
import type { ConfigProblem } from './config-problem.ts';
import { isLoopback, loopbackNats, secretsOf } from './config-secret.ts';
import { type TasksConfig, tasksOf, tasksSection } from './config-tasks.ts';
import { labels } from './dag-file-kit.ts';
import { remarksOf } from './findings.ts';
import { size, strict } from './schema-kit.ts';
import { pathText, serverTextLimits } from './source-document.ts';
import { readYaml } from './yaml.ts';

const name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, '1 to 64 of letters, digits, "_" and "-"');
const ms = z.coerce.number().int().min(1).max(600_000);

/** Waiting times of the protocols. The defaults are those that the tests and the chaos runs use. */
const tuning = strict({
  /** How long an executor may run tasks without hearing from a leader. */
  leaseMs: ms.min(500).default(10_000),
  /** How much longer the leader waits before it calls the executor lost. */
  graceMs: ms.default(3_000),
  executorHeartbeatMs: ms.default(1_000),
  raftTickMs: ms.default(50),
  raftHeartbeatMs: ms.default(100),
  electionTimeoutMsMin: ms.default(1_500),
  electionTimeoutMsMax: ms.default(2_500),
  /** A learner must have kept up for so long before it votes. */
  promoteAfterMs: ms.default(10_000),
}).refine((value) => value.electionTimeoutMsMin < value.electionTimeoutMsMax, {
  error: 'electionTimeoutMsMax must be above electionTimeoutMsMin',
});

/** What a node keeps, and what it leaves free. */
const storage = strict({
  /** Entries that stay in the log behind what everybody has, so that a short absence is cheap. */
  logKeepEntries: z.coerce.number().int().min(1).max(10_000_000).default(10_000),
  /** With less free space than this new work is refused. */
  minFreeDisk: size.default(256 * 1024 * 1024),
});

/** Sections, each with environment variables of its own: `SKEIN_TUNING_LEASE_MS`. */
const sections = {
  tuning,
  storage,
  tasks: tasksSection,
  logs: logKeys,
  artifacts: artifactSection,
  containers,
};

/** `true` of YAML and flags, `'true'` of the environment. */
const choice = z.union([
  z.boolean(),
  z.enum(['true', 'false']).transform((text) => text === 'true'),
]);

/** What `docs/guide/settings.md` lists. */
export const configSchema = strict({
  name,
  nats: z.string().min(1).max(4096),
  cluster: name.default('main'),
  expect: z.coerce
    .number()
    .refine((value) => [1, 3, 5, 7].includes(value), { error: 'one of 1, 3, 5, 7' }),
  data: z.string().min(1).max(4096),
  dagsDir: z.string().min(1).max(4096).optional(),
  /** Keys of 32 bytes, in hex or base64: the first one seals secrets, all of them open. */
  encryptionKeyFile: z.string().min(1).max(4096).optional(),
  host: z.string().min(1).max(255).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  ...capacityKeys,
  ...placeKeys,
  ...httpKeys,
  ...hostKeys,
  labels: labels.default({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  autopilot: choice.default(false),
  rejoin: choice.default(true),
  tuning: tuning.prefault({}),
  storage: storage.prefault({}),
  containers: containers.prefault({}),
  logs: logKeys.prefault({}),
  artifacts: artifactSection.prefault({}),
  tasks: tasksSection.prefault({}),
});

type RawConfig = z.output<typeof configSchema>;

export type { ConfigProblem };

export interface NodeConfig {
  readonly name: string;
  /** As the operator wrote it: servers separated by commas, credentials inside. */
  readonly nats: string;
  readonly cluster: string;
  /** Voters that the cluster wants: so many nodes form it, and learners fill up what is missing. */
  readonly expect: number;
  /** Replaces a voter that is gone by a learner that has caught up, without being asked. */
  readonly autopilot: boolean;
  /** Sets a data directory that is damaged or gone aside and joins anew; else the node stops. */
  readonly rejoin: boolean;
  readonly dataDir: string;
  /** A folder of DAG files that the node watches and applies; null: none. */
  readonly dagsDir: string | null;
  readonly host: string;
  readonly port: number;
  /** Where the others reach the node: a host, with or without a port, or a URL; null: its host. */
  readonly advertise: string | null;
  /** Names under which the node may be asked, beside addresses and those of its cluster. */
  readonly allowedHosts: readonly string[];
  /** What tasks may use, the reserve taken off and the `slots` dimension included. */
  readonly capacity: Resources;
  readonly labels: Readonly<Record<string, string>>;
  readonly place: NodePlace;
  /** Null only where everything stays on this machine. */
  readonly secret: string | null;
  /** In hex; the first one seals the secrets of connections. None: they are refused. */
  readonly encryptionKeys: readonly string[];
  readonly logLevel: RawConfig['logLevel'];
  readonly tuning: RawConfig['tuning'];
  readonly storage: { readonly logKeepEntries: number; readonly minFreeBytes: number };
  /** Of tasks. */
  readonly logs: LogConfig;
  readonly artifacts: ArtifactConfig;
  readonly tasks: TasksConfig;
  /** Where HTTP tasks may connect to. */
  readonly httpPolicy: HttpPolicy;
  readonly containers: ContainerSettings;
  /** `SKEIN_TEST_HOOKS=1`, and nowhere else: whoever reaches the port may break the node. */
  readonly testHooks: boolean;
}

export interface ConfigSources {
  /** By key of the schema; undefined where the flag was not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `skein.yaml`, if there is one. */
  readonly file: { readonly path: string; readonly text: string } | null;
  readonly machine: Machine;
  /** Reads the file that SKEIN_SECRET_FILE names; the error is a sentence. */
  readonly readFile: (path: string) => Result<string, string>;
}

/** One value and where it came from. */
interface Setting {
  readonly value: unknown;
  readonly source: string;
}

/** Never throws. Every wrong value is reported, in the order of the schema. */
export function readConfig(sources: ConfigSources): Result<NodeConfig, readonly ConfigProblem[]> {
  const settings = new Map<string, Setting>();
  const fileProblems = takeFile(sources.file, settings);
  if (fileProblems.length > 0) return fail(fileProblems);
  takeEnvironment(sources.env, settings);
  for (const [key, value] of Object.entries(sources.flags)) {
    if (value !== undefined) settings.set(key, { value, source: `flag --${flagOf(key)}` });
  }
  const empty = [...settings].filter(([, { value }]) => value === '' || value === null);
  if (empty.length > 0) {
    // A number made of nothing is 0, and port 0 is any port.
    const message = 'is empty: say a value, or leave it out';
    return fail(empty.map(([key, { source }]) => ({ key, source, message })));
  }
  const values = Object.fromEntries([...settings].map(([key, { value }]) => [key, value]));
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) {
    return fail(
      remarksOf(parsed.error.issues, 'QUERY_INVALID', values).map(({ path, message }) => ({
        key: pathText(path),
        source: sourceOf(String(path[0]), settings),
        message: settings.has(String(path[0])) ? message : howToSet(String(path[0])),
      })),
    );
  }
  return finish(parsed.data, sources, settings);
}

const sourceOf = (key: string, settings: ReadonlyMap<string, Setting>): string =>
  settings.get(key)?.source ?? 'default';

const howToSet = (key: string): string =>
  `is missing: set --${flagOf(key)}, ${variableOf(key)}, or \`${key}\` in skein.yaml`;

/** `logLevel` -> `log-level` and `SKEIN_LOG_LEVEL`. */
const dashed = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variableOf = (key: string): string =>
  `SKEIN_${dashed(key).replaceAll('-', '_').toUpperCase()}`;

/** Keys that hold several values: one for each flag, and in the environment with commas between. */
const several: Readonly<Record<string, (values: readonly string[]) => unknown>> = {
  labels: pairsOf,
  resources: pairsOf,
  queues: (names) => names,
  taints: (texts) => texts,
  httpAllow: (texts) => texts,
  httpDeny: (texts) => texts,
  allowedHosts: (names) => names,
};

/** The flag of `labels` names one of them. */
const flagOf = (key: string): string =>
  dashed(Object.hasOwn(several, key) ? key.slice(0, -1) : key);

/** What has no place in a file that is passed around. */
const notInFiles: Readonly<Record<string, string>> = {
  secret: 'set SKEIN_SECRET or SKEIN_SECRET_FILE',
  encryptionKey: 'set SKEIN_ENCRYPTION_KEY, or name a file in `encryptionKeyFile`',
};

function takeFile(
  file: ConfigSources['file'],
  settings: Map<string, Setting>,
): readonly ConfigProblem[] {
  if (file === null) return [];
  const read = readYaml(file.text, serverTextLimits);
  if (!read.ok) {
    return read.error.map(({ path, line, message }) => ({
      key: path,
      source: line === null ? file.path : `${file.path}:${line}`,
      message,
    }));
  }
  const { value, locate } = read.value;
  if (value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    return [{ key: '', source: file.path, message: 'must be a map of keys and values' }];
  }
  for (const [key, inner] of Object.entries(value)) {
    const elsewhere = notInFiles[key];
    if (elsewhere !== undefined) {
      return [{ key, source: file.path, message: `a secret is not written here: ${elsewhere}` }];
    }
    const line = locate([[key]])[0]?.line;
    settings.set(key, {
      value: inner,
      source: line === undefined ? file.path : `${file.path}:${line}`,
    });
  }
  return [];
}

/** `SKEIN_PORT=8081`, `SKEIN_LABELS=zone=a,disk=ssd`, `SKEIN_TUNING_LEASE_MS=5000`. */
function takeEnvironment(env: ConfigSources['env'], settings: Map<string, Setting>): void {
  for (const key of Object.keys(configSchema.shape)) {
    const variable = variableOf(key);
    const text = env[variable];
    if (text === undefined || text === '') continue;
    const value = several[key]?.(text.split(',').map((part) => part.trim())) ?? text;
    settings.set(key, { value, source: `environment ${variable}` });
  }
  for (const [section, { shape }] of Object.entries(sections)) {
    const prefix = `${variableOf(section)}_`;
    const found: Record<string, string> = {};
    for (const key of Object.keys(shape)) {
      const text = env[variableOf(key).replace('SKEIN_', prefix)];
      if (text !== undefined && text !== '') found[key] = text;
    }
    if (Object.keys(found).length === 0) continue;
    const before = settings.get(section)?.value;
    const base = typeof before === 'object' && before !== null ? before : {};
    settings.set(section, { value: { ...base, ...found }, source: `environment ${prefix}*` });
  }
}

/** `['zone=a']` -> `{zone: 'a'}`; a name without `=` has an empty value. */
export function pairsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

function finish(
  raw: RawConfig,
  sources: ConfigSources,
  settings: ReadonlyMap<string, Setting>,
): Result<NodeConfig, readonly ConfigProblem[]> {
  const { machine } = sources;
  const capacity = capacityOf({ raw, machine, sourceOf: (key) => sourceOf(key, settings) });
  if (!capacity.ok) return fail([capacity.error]);
  const secret = secretsOf(sources.env, sources.readFile);
  if (!secret.ok) return fail([secret.error]);
  const file = raw.encryptionKeyFile;
  const keys = encryptionKeysOf({ env: sources.env, file, readFile: sources.readFile });
  if (!keys.ok) return fail([keys.error]);
  const archive = archiveConfigOf(raw.logs, sources);
  if (!archive.ok) return fail([archive.error]);
  const artifacts = artifactConfigOf(raw.artifacts, archive.value);
  if (!artifacts.ok) return fail([artifacts.error]);
  const isOpen = !isLoopback(raw.host) || !loopbackNats(raw.nats);
  if (secret.value === null && isOpen) {
    const message = 'is needed when host or nats is not on this machine: 16 characters or more';
    return fail([
      { key: 'secret', source: 'environment SKEIN_SECRET or SKEIN_SECRET_FILE', message },
    ]);
  }
  const { name: node, nats, cluster, expect, data, host, port, labels: own, logLevel } = raw;
  const { autopilot, rejoin, storage: kept } = raw;
  return ok({
    name: node,
    nats,
    cluster,
    expect,
    dataDir: data,
    dagsDir: raw.dagsDir ?? null,
    host,
    port,
    advertise: raw.advertise ?? null,
    allowedHosts: raw.allowedHosts,
    capacity: capacity.value,
    place: placeOf(raw),
    labels: own,
    secret: secret.value,
    encryptionKeys: keys.value,
    logLevel,
    tuning: raw.tuning,
    storage: { logKeepEntries: kept.logKeepEntries, minFreeBytes: kept.minFreeDisk },
    logs: logConfigOf(raw.logs, archive.value),
    artifacts: artifacts.value,
    tasks: tasksOf(raw.tasks),
    httpPolicy: httpPolicyOf(raw),
    containers: containerSettings(raw.containers),
    autopilot,
    rejoin,
    testHooks: sources.env.SKEIN_TEST_HOOKS === '1',
  });
}

import { expect, test } from 'vitest';
import { fail, ok } from '../base/result.ts';
import { type ConfigSources, readConfig } from './config.ts';

const gib = 2 ** 30;
const machine = {
  cpus: 4,
  memoryBytes: 8 * gib,
  memoryBytesMax: 8 * gib,
  freeDiskBytes: () => 100 * gib,
};
const flags = { name: 'n1', nats: 'nats://127.0.0.1:4222', expect: '3', data: '/data' };

const read = (sources: Partial<ConfigSources>) =>
  readConfig({ flags, env: {}, file: null, machine, readFile: () => fail('no file'), ...sources });

function problemsOf(sources: Partial<ConfigSources>) {
  const result = read(sources);
  return result.ok ? [] : result.error;
}

test('config: four flags are enough, the rest has defaults', () => {
  expect(read({})).toEqual(
    ok({
      name: 'n1',
      autopilot: false,
      rejoin: true,
      storage: { logKeepEntries: 10_000, minFreeBytes: 256 * 1024 * 1024 },
      containers: {
        ...{ dockerHost: null, kubeconfig: null },
        ...{ kubernetesContext: null, kubernetesNamespace: null },
      },
      logs: {
        streamBytes: 100 * 2 ** 20,
        copyBytesPerSecond: 64 * 2 ** 20,
        writeBytesPerSecond: 64 * 2 ** 20,
        keepMs: 30 * 86_400_000,
        keepBytes: 50 * 2 ** 30,
      },
      artifacts: {
        maxBytes: 2 ** 30,
        attemptBytes: 2 ** 31,
        capacityBytes: 10 * 2 ** 30,
        keepMs: 30 * 86_400_000,
      },
      tasks: {
        taskUser: null,
        cgroup: 'auto',
        capAtRequest: false,
        processesMax: 4096,
        openFilesMax: null,
        fileBytesMax: null,
        workBytesMax: 10 * 2 ** 30,
        removeWork: 'always',
        onStop: 'end',
      },
      advertise: null,
      allowedHosts: [],
      testHooks: false,
      nats: 'nats://127.0.0.1:4222',
      cluster: 'main',
      expect: 3,
      dataDir: '/data',
      dagsDir: null,
      host: '127.0.0.1',
      port: 8080,
      capacity: { cpu: 4000, memory: 8 * 2 ** 30, slots: 256 },
      labels: {},
      place: {},
      secret: null,
      encryptionKeys: [],
      httpPolicy: { allow: [], deny: [] },
      logLevel: 'info',
      tuning: expect.objectContaining({ leaseMs: 10_000, graceMs: 3_000 }),
    }),
  );
});

test('config: names by which a node may be asked, from wherever they come', () => {
  expect(read({ env: { SKEIN_ALLOWED_HOSTS: 'skein.lan, LB' } })).toMatchObject({
    value: { allowedHosts: ['skein.lan', 'lb'] },
  });
  expect(read({ flags: { ...flags, allowedHosts: ['a.example'] } })).toMatchObject({
    value: { allowedHosts: ['a.example'] },
  });
  const file = { path: 'skein.yaml', text: 'allowedHosts: http://a.example:8080\n' };
  expect(read({ file })).toMatchObject({
    ok: false,
    error: [{ key: 'allowedHosts', source: 'skein.yaml:1', message: /a host name without a port/ }],
  });
});

test('config: flags go over the environment, and that over the file', () => {
  const file = {
    path: 'skein.yaml',
    text: 'port: 1\ncpu: 1\nmemory: 1Gi\nlabels: {zone: a}\ntuning: {leaseMs: 5000}\n',
  };
  const env = {
    SKEIN_PORT: '2',
    SKEIN_CPU: '2',
    SKEIN_LABELS: 'zone=b,ssd',
    SKEIN_LOG_LEVEL: 'warn',
  };
  const result = read({ flags: { ...flags, port: '3' }, env, file });
  expect(result).toMatchObject({
    ok: true,
    value: {
      port: 3,
      capacity: { cpu: 2000, memory: 2 ** 30 },
      labels: { zone: 'b', ssd: '' },
      logLevel: 'warn',
      tuning: { leaseMs: 5000 },
    },
  });
});

test('config: tuning comes from the environment key by key', () => {
  const env = { SKEIN_TUNING_LEASE_MS: '4000' };
  const file = { path: 'skein.yaml', text: 'tuning: {leaseMs: 5000, graceMs: 100}\n' };
  expect(read({ env, file })).toMatchObject({
    value: { tuning: { leaseMs: 4000, graceMs: 100 } },
  });
});

test('config: storage, autopilot and rejoin may be set everywhere', () => {
  const file = {
    path: 'skein.yaml',
    text: 'autopilot: true\nstorage: {logKeepEntries: 500, minFreeDisk: 1Gi}\n',
  };
  const env = { SKEIN_REJOIN: 'false', SKEIN_STORAGE_LOG_KEEP_ENTRIES: '700' };
  expect(read({ env, file })).toMatchObject({
    value: {
      autopilot: true,
      rejoin: false,
      storage: { logKeepEntries: 700, minFreeBytes: 2 ** 30 },
    },
  });
  expect(read({ flags: { ...flags, autopilot: true, rejoin: 'true' } })).toMatchObject({
    value: { autopilot: true, rejoin: true },
  });
  expect(problemsOf({ env: { SKEIN_AUTOPILOT: 'perhaps' } })).toEqual([
    {
      key: 'autopilot',
      source: 'environment SKEIN_AUTOPILOT',
      message: '"perhaps" is not one of true, false',
    },
  ]);
  expect(problemsOf({ env: { SKEIN_STORAGE_MIN_FREE_DISK: 'much' } })).toMatchObject([
    { key: 'storage.minFreeDisk', source: 'environment SKEIN_STORAGE_*' },
  ]);
});

test('config: hooks for tests come from the environment alone', () => {
  expect(read({ env: { SKEIN_TEST_HOOKS: '1' } })).toMatchObject({ value: { testHooks: true } });
  expect(read({ env: { SKEIN_TEST_HOOKS: '0' } })).toMatchObject({ value: { testHooks: false } });
  const file = { path: 'skein.yaml', text: 'testHooks: true\n' };
  expect(problemsOf({ file })).toMatchObject([{ key: 'testHooks' }]);
});

test('config: a wrong value names its key, its source and what is allowed', () => {
  const empty = 'is empty: say a value, or leave it out';
  expect(problemsOf({ flags: { ...flags, port: '' } })).toEqual([
    { key: 'port', source: 'flag --port', message: empty },
  ]);
  expect(problemsOf({ flags, file: { path: 'skein.yaml', text: 'expect: 1\nport:\n' } })).toEqual([
    { key: 'port', source: 'skein.yaml:2', message: empty },
  ]);
  expect(problemsOf({ flags: { ...flags, port: '70000' } })).toEqual([
    { key: 'port', source: 'flag --port', message: '"70000" is too large: at most 65535' },
  ]);
  expect(problemsOf({ env: { SKEIN_LOG_LEVEL: 'loud' } })).toEqual([
    {
      key: 'logLevel',
      source: 'environment SKEIN_LOG_LEVEL',
      message: '"loud" is not one of debug, info, warn, error',
    },
  ]);
  const file = { path: 'skein.yaml', text: 'cpu: 1\nprot: 80\n' };
  expect(problemsOf({ file })).toMatchObject([
    { key: 'prot', source: 'skein.yaml:2', message: 'unknown key "prot"; did you mean "port"?' },
  ]);
  expect(problemsOf({ flags: { ...flags, expect: '4' } })).toMatchObject([
    { key: 'expect', message: 'one of 1, 3, 5, 7' },
  ]);
});

test('config: what is missing says where it can be set', () => {
  expect(problemsOf({ flags: { ...flags, nats: undefined } })).toEqual([
    {
      key: 'nats',
      source: 'default',
      message: 'is missing: set --nats, SKEIN_NATS, or `nats` in skein.yaml',
    },
  ]);
});

test('config: a secret is needed as soon as anything leaves this machine', () => {
  const open = { ...flags, host: '0.0.0.0' };
  expect(problemsOf({ flags: open })).toMatchObject([{ key: 'secret' }]);
  expect(problemsOf({ flags: { ...flags, nats: '127.0.0.1,10.0.0.2' } })).toMatchObject([
    { key: 'secret' },
  ]);
  const env = { SKEIN_SECRET: 'a secret of some length' };
  expect(read({ flags: open, env })).toMatchObject({ value: { secret: env.SKEIN_SECRET } });
  const fromFile = {
    env: { SKEIN_SECRET_FILE: '/run/secret' },
    readFile: (path: string) => ok(`secret in ${path}\n`),
  };
  expect(read({ flags: open, ...fromFile })).toMatchObject({
    value: { secret: 'secret in /run/secret' },
  });
});

test('config: a secret is never repeated, nor taken from the file', () => {
  const short = problemsOf({ env: { SKEIN_SECRET: 'hunter2' } });
  expect(short).toMatchObject([{ key: 'secret', source: 'environment SKEIN_SECRET' }]);
  expect(JSON.stringify(short)).not.toContain('hunter2');
  const file = { path: 'skein.yaml', text: 'secret: a secret of some length\n' };
  expect(problemsOf({ file })).toMatchObject([{ key: 'secret', source: 'skein.yaml' }]);
  const env = { SKEIN_SECRET_FILE: '/nope' };
  expect(problemsOf({ env })).toMatchObject([{ key: 'secret', message: 'no file' }]);
});

test('config: more memory than the machine has is refused', () => {
  expect(problemsOf({ flags: { ...flags, memory: '9Gi' } })).toEqual([
    { key: 'memory', source: 'flag --memory', message: 'this machine has 8Gi' },
  ]);
});

test('config: the folder of DAG files may be set everywhere', () => {
  const file = { path: 'skein.yaml', text: 'dagsDir: /etc/dags\n' };
  expect(read({ file })).toMatchObject({ value: { dagsDir: '/etc/dags' } });
  const env = { SKEIN_DAGS_DIR: '/srv/dags' };
  expect(read({ file, env })).toMatchObject({ value: { dagsDir: '/srv/dags' } });
  const flagged = { ...flags, dagsDir: 'dags' };
  expect(read({ file, env, flags: flagged })).toMatchObject({ value: { dagsDir: 'dags' } });
});

test('config: what is kept of the logs of tasks may be set everywhere', () => {
  const file = { path: 'skein.yaml', text: 'logs: { streamMax: 10Mi, keepDays: 7 }\n' };
  const env = { SKEIN_LOGS_COPY_RATE: '0Mi', SKEIN_LOGS_KEEP_MAX: '2Gi' };
  expect(read({ file, env })).toMatchObject({
    value: {
      logs: {
        streamBytes: 10 * 2 ** 20,
        copyBytesPerSecond: 0,
        keepMs: 7 * 86_400_000,
        keepBytes: 2 ** 31,
      },
    },
  });
  expect(problemsOf({ env: { SKEIN_LOGS_STREAM_MAX: '4Ki' } })).toMatchObject([
    { key: 'logs.streamMax', source: 'environment SKEIN_LOGS_*' },
  ]);
});

test('config: what is kept of artifacts, and copies of them in the store of the logs', () => {
  const env = { SKEIN_ARTIFACTS_MAX_BYTES: '10Mi', SKEIN_ARTIFACTS_KEEP_DAYS: '1' };
  expect(read({ env })).toMatchObject({
    value: { artifacts: { maxBytes: 10 * 2 ** 20, keepMs: 86_400_000 } },
  });
  const remote = { SKEIN_ARTIFACTS_REMOTE: 'true' };
  expect(problemsOf({ env: remote })).toMatchObject([
    { key: 'artifacts.remote', message: expect.stringContaining('set logs.archiveEndpoint') },
  ]);
  const store = {
    SKEIN_LOGS_ARCHIVE_ENDPOINT: 'http://127.0.0.1:9000',
    SKEIN_LOGS_ARCHIVE_BUCKET: 'skein',
    SKEIN_LOGS_ARCHIVE_KEY: 'id:secret',
  };
  expect(read({ env: { ...remote, ...store } })).toMatchObject({
    value: { artifacts: { remote: { bucket: 'skein', secretAccessKey: 'secret' } } },
  });
});

import { expect, test } from 'vitest';
import { ok } from '../base/result.ts';
import { readConfig } from './config.ts';

const env = {
  ...{ SKEIN_NAME: 'n1', SKEIN_NATS: 'nats://127.0.0.1', SKEIN_EXPECT: '1', SKEIN_DATA: '/data' },
};
const read = (more: Readonly<Record<string, string>>, file = '') =>
  readConfig({
    flags: {},
    env: { ...env, ...more },
    file: { path: 'skein.yaml', text: file },
    machine: {
      cpus: 4,
      memoryBytes: 2 ** 33,
      memoryBytesMax: 2 ** 33,
      freeDiskBytes: () => undefined,
    },
    readFile: () => ok('key-id\nkey-secret\n'),
  });
const archiveOf = (...said: Parameters<typeof read>) => {
  const config = read(...said);
  return config.ok ? config.value.logs.archive : config.error;
};

const where = 'logs: { archiveEndpoint: "https://s3.example.org", archiveBucket: skein-logs';

test('config: logs are archived where a store is named, with keys of a file', () => {
  expect(archiveOf({})).toBeUndefined();
  expect(archiveOf({}, `${where}, archiveKeyFile: /etc/key, archivePrefix: prod/logs }`)).toEqual({
    ...{ endpoint: 'https://s3.example.org', bucket: 'skein-logs', region: 'us-east-1' },
    ...{ prefix: 'prod/logs', accessKeyId: 'key-id', secretAccessKey: 'key-secret' },
  });
});

test('config: of an archive all may stand in the environment', () => {
  const named = {
    SKEIN_LOGS_ARCHIVE_ENDPOINT: 'http://127.0.0.1:9000',
    SKEIN_LOGS_ARCHIVE_BUCKET: 'logs',
    SKEIN_LOGS_ARCHIVE_REGION: 'eu-central-1',
    SKEIN_LOGS_ARCHIVE_KEY: 'id:s3cr3t',
  };
  expect(archiveOf(named)).toMatchObject({
    ...{ endpoint: 'http://127.0.0.1:9000', bucket: 'logs', region: 'eu-central-1', prefix: '' },
    ...{ accessKeyId: 'id', secretAccessKey: 's3cr3t' },
  });
});

test('config: what is missing of an archive is named, and a key is never repeated', () => {
  const problem = (...said: Parameters<typeof read>) => JSON.stringify(archiveOf(...said));
  expect(problem({}, `${where} }`)).toContain('logs.archiveKeyFile');
  expect(problem({}, 'logs: { archiveBucket: skein-logs }')).toContain('logs.archiveEndpoint');
  expect(problem({}, 'logs: { archiveEndpoint: "https://x.org" }')).toContain('archiveBucket');
  expect(problem({}, 'logs: { archiveEndpoint: "https://a:b@x.org" }')).toContain('https://');
  expect(problem({}, 'logs: { archiveKey: s3cr3t }')).toContain('unknown key');
  const odd = problem({ SKEIN_LOGS_ARCHIVE_KEY: 's3cr3t' }, `${where} }`);
  expect(odd).toContain('the id of a key and its secret');
  expect(odd).not.toContain('s3cr3t');
});

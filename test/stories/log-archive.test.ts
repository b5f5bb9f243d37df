/**
 * Logs in the archive, on three real nodes and a real server of S3: they are read from it when no
 * node has them any more.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../cluster/problem.ts';
import { type S3Server, s3Server } from '../support/s3-server.ts';
import { beginStory, type Story } from './story-cluster.ts';

let server: S3Server;
let story: Story;
beforeAll(async () => {
  server = await s3Server();
  const { endpoint, bucket, accessKeyId, secretAccessKey } = server.settings;
  story = await beginStory({
    nodeEnv: {
      SKEIN_LOGS_ARCHIVE_ENDPOINT: endpoint,
      SKEIN_LOGS_ARCHIVE_BUCKET: bucket,
      SKEIN_LOGS_ARCHIVE_PREFIX: 'story',
      SKEIN_LOGS_ARCHIVE_KEY: `${accessKeyId}:${secretAccessKey}`,
    },
  });
});
afterAll(async () => {
  await story?.end();
  await server?.close();
});

const dag = `id: d
tasks:
  one: { type: shell, command: "seq 1 20000; echo done >&2" }
`;

/** Of all nodes, the directories of attempts, or of their copies. */
const filesOf = (part: string, name: string): readonly string[] =>
  readdirSync(story.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === name && entry.parentPath.includes(`/${part}/`))
    .map(({ parentPath }) => parentPath);

it('archive: a log outlives the files of all nodes', async () => {
  await story.apply('d', dag);
  const run = await story.run('d');
  const patience = { withinMs: 30_000, everyMs: 100 };
  const [marked = ''] = await until('the log is archived', patience, async () => {
    const found = filesOf('attempts', 'archived');
    return found.length > 0 ? found : undefined;
  });
  const before = await story.cluster.ask((api) => api.log(run.runId, 'one'));
  const gone = [marked, ...filesOf('log-copies', 'stdout'), ...filesOf('log-copies', 'stderr')];
  for (const directory of gone) rmSync(directory, { recursive: true, force: true });
  expect(existsSync(join(marked, 'stdout'))).toBe(false);
  expect(filesOf('log-copies', 'stdout')).toEqual([]);
  const after = await story.cluster.ask((api) => api.log(run.runId, 'one'));
  expect(after).toBe(before);
  expect(after.split('\n')).toHaveLength(20_001);
});

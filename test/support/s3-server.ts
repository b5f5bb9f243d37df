/** An S3-compatible server in this process, on a free port, with one bucket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStoreSettings } from '../../src/executor/object-store.ts';

const require = createRequire(import.meta.url);
/** It has no types. */
const S3rver = require('s3rver') as new (
  options: object,
) => { run(): Promise<AddressInfo>; close(): Promise<void> };

export interface S3Server {
  readonly settings: ObjectStoreSettings;
  close(): Promise<void>;
}

export async function s3Server(bucket = 'logs'): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), 'skein-s3-'));
  const server = new S3rver({
    ...{ address: '127.0.0.1', port: 0, silent: true, directory },
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await server.run();
  const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
  return {
    settings: { endpoint: `http://127.0.0.1:${port}`, bucket, region: 'us-east-1', ...keys },
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

import { expect, it } from 'vitest';
import { type NodeConfig, readConfig } from '../../api/config.ts';
import { fail } from '../../base/result.ts';
import { nodeCommandOf } from './node-command.ts';

const memoryBytes = 16 * 2 ** 30;
const machine = { cpus: 8, memoryBytes, memoryBytesMax: memoryBytes, freeDiskBytes: () => 0 };
const secret = 'a secret of many characters';

function read(env: Readonly<Record<string, string>>): NodeConfig {
  const readFile = () => fail('there are no files here');
  const config = readConfig({ flags: {}, env, file: null, machine, readFile });
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return config.value;
}

const leader = read({
  ...{ SKEIN_NAME: 'n1', SKEIN_NATS: 'nats://u:p@10.0.0.1:4222', SKEIN_EXPECT: '3' },
  ...{ SKEIN_DATA: '/d', SKEIN_SECRET: secret, SKEIN_CPU: '1.5', SKEIN_MEMORY: '2Gi' },
  ...{ SKEIN_GPU: '1', SKEIN_LABELS: 'zone=a,disk=', SKEIN_TUNING_LEASE_MS: '2345' },
  ...{ SKEIN_CLUSTER: 'c', SKEIN_STORAGE_MIN_FREE_DISK: '3Mi', SKEIN_POOL: 'base' },
});

it('a pool node reads the configuration of the node that starts it as its own', () => {
  const command = nodeCommandOf(leader, ['/bin/node', '/skein'], { PATH: '/bin', OTHER: 'x' });
  const { program, args, env } = command({ name: 'b-1', pool: 'b', dataDir: '/d/b-1' });
  expect([program, ...args].join(' ')).toBe('/bin/node /skein node start --name b-1 --data /d/b-1');
  const own = read({ ...env, SKEIN_NAME: 'b-1', SKEIN_DATA: '/d/b-1' });
  const { gpu: _, ...capacity } = leader.capacity;
  expect(own).toEqual({
    ...leader,
    ...{ name: 'b-1', dataDir: '/d/b-1', port: 0, place: { pool: 'b' }, capacity },
  });
});

it('what is secret stands in its environment, and nothing else of the one that starts it', () => {
  const command = nodeCommandOf(leader, ['/bin/node'], { PATH: '/bin', OTHER: 'x' });
  const { args, env } = command({ name: 'b-1', pool: 'b', dataDir: '/d' });
  expect(args.join(' ')).not.toContain(secret);
  expect(args.join(' ')).not.toContain('u:p');
  expect(env).toMatchObject({ SKEIN_SECRET: secret, PATH: '/bin' });
  expect(Object.keys(env)).not.toContain('OTHER');
});

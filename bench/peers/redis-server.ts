/** One Redis on loopback that writes its log of commands to disk: always, or every second. */
import { join } from 'node:path';
import { freePorts } from '../../cluster/places.ts';
import { Child } from '../../cluster/process.ts';
import { programOf } from './debian.ts';
import { type PeerServer, type Place, untilOpen } from './server.ts';

export async function startRedis(
  { folder }: Place,
  fsync: 'always' | 'everysec',
): Promise<PeerServer> {
  const [port = 0] = await freePorts(1);
  const flags = {
    ...{ bind: '127.0.0.1', port, dir: folder, daemonize: 'no', save: '' },
    // BullMQ asks for the last: a queue must not lose keys when memory is short.
    ...{ appendonly: 'yes', appendfsync: fsync, 'maxmemory-policy': 'noeviction' },
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const logFile = join(folder, 'redis.log');
  const program = programOf('redis-server');
  const child = new Child({
    ...{ name: 'Redis', program, args, env: process.env, cwd: folder, logFile },
  });
  await untilOpen([child], [port]);
  return { settings: { port }, stop: () => child.stop() };
}

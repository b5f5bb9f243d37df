/** One PostgreSQL on loopback, its durability as it is by default: fsync and synchronous commit. */
import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../cluster/places.ts';
import { Child } from '../../cluster/process.ts';
import { programOf } from './debian.ts';
import { type PeerServer, type Place, untilOpen } from './server.ts';

const user = 'postgres';
const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=on',
  'synchronous_commit=on',
  'max_connections=200',
  // What people give a small server; the default is for machines of long ago.
  'shared_buffers=512MB',
];

export async function startPostgres({ folder }: Place): Promise<PeerServer> {
  const asUser = giveAway(folder);
  const data = join(folder, 'data');
  const init = [programOf('initdb'), '-D', data, '-U', user, '--auth=trust', '-E', 'UTF8'];
  const [first = '', ...rest] = [...asUser, ...init];
  execFileSync(first, rest, { stdio: 'pipe', cwd: folder });
  const [port = 0] = await freePorts(1);
  const options = settings.flatMap((each) => ['-c', each]);
  const [program = '', ...args] = [
    ...asUser,
    ...[programOf('postgres'), '-D', data, '-p', String(port), ...options],
  ];
  const logFile = join(folder, 'postgres.log');
  const child = new Child({
    ...{ name: 'PostgreSQL', program, args, env: process.env, cwd: folder, logFile },
  });
  await untilOpen([child], [port]);
  const url = `postgres://${user}@127.0.0.1:${port}/postgres`;
  return { settings: { url }, stop: () => child.stop() };
}

/** PostgreSQL refuses to run as root: then what starts it as the user that Debian made for it. */
function giveAway(folder: string): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const id = (flag: string): number => Number(execFileSync('id', [flag, user]).toString());
  chownSync(folder, id('-u'), id('-g'));
  return ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
}

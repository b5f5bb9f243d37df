/**
 * Real database servers for tests: PostgreSQL and MariaDB of Debian, each in a directory and on a
 * port of its own. Where one cannot be had, tests that need it say so loudly, and fail when `CI` is
 * set.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './nats-server.ts';

export interface DatabaseServer {
  readonly kind: 'postgres' | 'mysql';
  /** The fields of a connection, and its password. */
  readonly fields: Readonly<Record<string, string>>;
  readonly password: string;
  readonly folder: string;
  stop(): Promise<void>;
}

const startMsMax = 60_000;
/** With all that shells, addresses and SQL give a meaning to. */
const password = 'it\'s a #1 s3cret/$PASSWORD, "quoted" & ünïcode';

interface Kind {
  readonly kind: DatabaseServer['kind'];
  readonly package: string;
  readonly user: string;
  readonly folders: () => readonly string[];
  readonly program: string;
}

const postgresKind: Kind = {
  ...{ kind: 'postgres', package: 'postgresql', user: 'postgres', program: 'initdb' },
  folders: () => {
    const root = '/usr/lib/postgresql';
    return existsSync(root) ? readdirSync(root).map((each) => `${root}/${each}/bin`) : [];
  },
};
const mariadbKind: Kind = {
  ...{ kind: 'mysql', package: 'mariadb-server', user: 'mysql', program: 'mariadbd' },
  folders: () => ['/usr/sbin', '/usr/bin'],
};

/** The folder of its programs, or undefined where it is not and cannot be installed. */
function find(kind: Kind): string | undefined {
  const found = () => kind.folders().find((folder) => existsSync(join(folder, kind.program)));
  if (found() === undefined && process.getuid?.() === 0) {
    try {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const quiet = { stdio: 'ignore', timeout: 300_000, env } as const;
      execFileSync('apt-get', ['update'], quiet);
      const install = ['install', '--yes', '--no-install-recommends', kind.package];
      execFileSync('apt-get', install, quiet);
    } catch {
      // No archive here; the caller says what that means.
    }
  }
  const folder = found();
  if (folder !== undefined) return folder;
  const sentence = `${kind.package} is not here and could not be installed`;
  if (process.env.CI !== undefined) throw new Error(`${sentence}: CI must test against it`);
  console.warn(`\n*** ${sentence}: the tests against the real server are left out ***\n`);
  return undefined;
}

/** Databases refuse to run as root. */
function userOf(name: string): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, name]).toString());
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgres(): Promise<DatabaseServer | undefined> {
  const bin = find(postgresKind);
  if (bin === undefined) return undefined;
  const user = userOf(postgresKind.user);
  const folder = folderFor(user);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const asUser = { ...user, stdio: 'ignore', cwd: folder } as const;
  const init = ['-D', data, '-U', 'skein', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  execFileSync(join(bin, 'initdb'), [...init, '--no-sync', '-E', 'UTF8', '--no-locale'], asUser);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'fsync=off', `unix_socket_directories=${folder}`];
  const options = settings.flatMap((each) => ['-c', each]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...options], asUser);
  await untilOpen(port);
  const fields = { host: '127.0.0.1', port: String(port), user: 'skein', database: 'postgres' };
  return handle('postgres', { fields, folder, server, signal: 'SIGINT' });
}

export async function startMariadb(): Promise<DatabaseServer | undefined> {
  const bin = find(mariadbKind);
  if (bin === undefined) return undefined;
  const user = userOf(mariadbKind.user);
  const folder = folderFor(user);
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  const asUser = { ...user, stdio: 'ignore', cwd: folder } as const;
  const init = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'];
  execFileSync('/usr/bin/mariadb-install-db', init, asUser);
  const port = await freePort();
  const args = ['--no-defaults', `--datadir=${data}`, `--port=${port}`, `--socket=${socket}`];
  const server = spawn(
    join(bin, 'mariadbd'),
    [...args, '--bind-address=127.0.0.1', `--pid-file=${folder}/pid`],
    asUser,
  );
  await untilOpen(port);
  const quoted = password.replaceAll('\\', '\\\\').replaceAll("'", "''");
  const setUp = `CREATE DATABASE work CHARACTER SET utf8mb4;
    CREATE USER 'skein'@'127.0.0.1' IDENTIFIED BY '${quoted}';
    GRANT ALL ON work.* TO 'skein'@'127.0.0.1';`;
  const client = ['--no-defaults', `--socket=${socket}`, '-u', 'root'];
  const utf8 = '--default-character-set=utf8mb4';
  execFileSync('/usr/bin/mariadb', [...client, utf8], { input: setUp, cwd: folder });
  const fields = { host: '127.0.0.1', port: String(port), user: 'skein', database: 'work' };
  return handle('mysql', { fields, folder, server, signal: 'SIGTERM' });
}

function folderFor(user: ReturnType<typeof userOf>): string {
  const folder = mkdtempSync(join(tmpdir(), 'skein-database-'));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}

function handle(
  kind: DatabaseServer['kind'],
  parts: Pick<DatabaseServer, 'fields' | 'folder'> & {
    readonly server: ChildProcess;
    readonly signal: 'SIGINT' | 'SIGTERM';
  },
): DatabaseServer {
  const { fields, folder, server, signal } = parts;
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const kill = (): void => void server.kill('SIGQUIT');
  process.once('exit', kill);
  return {
    ...{ kind, fields, password, folder },
    async stop() {
      process.removeListener('exit', kill);
      server.kill(signal);
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Until somebody speaks: both servers greet, or answer a request that is none. */
async function untilOpen(port: number): Promise<void> {
  const deadlineMs = performance.now() + startMsMax;
  while (!(await isOpen(port))) {
    if (performance.now() > deadlineMs) throw new Error(`no database answers on port ${port}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

function isOpen(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * The real nats-server for tests: found on PATH, or installed from Debian's archive once. Where it
 * cannot be had, tests that need it say so loudly, and fail when `CI` is set.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { delimiter, join } from 'node:path';

const startMsMax = 10_000;

/** The program's path, or undefined where it is not and cannot be installed. */
export function findNatsServer(): string | undefined {
  const present = onPath('nats-server');
  if (present !== undefined) return present;
  if (process.getuid?.() === 0 && onPath('apt-get') !== undefined) {
    try {
      const quiet = { stdio: 'ignore', timeout: 180_000 } as const;
      execFileSync('apt-get', ['update'], quiet);
      execFileSync('apt-get', ['install', '--yes', 'nats-server'], quiet);
    } catch {
      // No archive here; the caller says what that means.
    }
  }
  const installed = onPath('nats-server');
  if (installed !== undefined) return installed;
  const sentence = 'nats-server is not on PATH and could not be installed';
  if (process.env.CI !== undefined) throw new Error(`${sentence}: CI must test against it`);
  console.warn(`\n*** ${sentence}: the tests against the real server are left out ***\n`);
  return undefined;
}

function onPath(program: string): string | undefined {
  // Debian puts servers into sbin, which an ordinary user's PATH leaves out.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface NatsServer {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** Resolves when the process is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts a server on loopback; resolves when it says INFO. Arguments are passed on. */
export async function startNatsServer(
  program: string,
  options: { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<NatsServer> {
  const port = options.port ?? (await freePort());
  const args = ['--addr', '127.0.0.1', '--port', String(port), ...(options.args ?? [])];
  const child = spawn(program, args, { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  await untilInfo(port, performance.now() + startMsMax);
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    process: child,
    stop: async (signal = 'SIGTERM') => {
      process.removeListener('exit', kill);
      child.kill(signal);
      await gone;
    },
  };
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function untilInfo(port: number, deadlineMs: number): Promise<void> {
  for (;;) {
    if (await saysInfo(port)) return;
    if (performance.now() > deadlineMs) throw new Error(`nats-server on ${port} does not answer`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

function saysInfo(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  return new Promise((resolve) => {
    const answer = (heard: boolean): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once('data', (bytes) => answer(bytes.toString('latin1').startsWith('INFO ')));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}

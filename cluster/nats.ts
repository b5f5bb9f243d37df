/** The NATS server of a local cluster: a given one, nats-server from PATH, or the embedded one. */
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { checkout, findProgram, portNear } from './places.ts';
import { Problem, until } from './problem.ts';
import { Child } from './process.ts';

export interface Nats {
  readonly url: string;
  /** For people: what runs there. */
  readonly what: string;
  /** Null where it is not ours. */
  readonly child: Child | null;
}

const usualPort = 4222;
const startMsMax = 15_000;
const helloMsMax = 2_000;

/** `given` is used as it is; otherwise a server is started on loopback. */
export async function provideNats(options: {
  readonly given: string | null;
  readonly folder: string;
  /** `embedded` leaves nats-server out even where it is installed. */
  readonly prefer: 'server' | 'embedded';
  /** For one of our own; the usual one, or one near it, unless said. */
  readonly port?: number;
}): Promise<Nats> {
  if (options.given !== null) return useGiven(options.given);
  const port = options.port ?? (await portNear(usualPort));
  const program = options.prefer === 'server' ? findProgram('nats-server') : undefined;
  const child = new Child({
    name: 'nats',
    ...(program === undefined ? embedded(port) : installed(program, port)),
    env: process.env,
    cwd: options.folder,
    logFile: join(options.folder, 'nats.log'),
  });
  const url = `nats://127.0.0.1:${port}`;
  await until('NATS to answer', { withinMs: startMsMax, everyMs: 20 }, async () => {
    if (child.exit !== undefined) throw new Problem(`NATS did not start: ${child.lastWords()}`, 1);
    return (await saysInfo('127.0.0.1', port)) || undefined;
  });
  const what = program === undefined ? 'the embedded broker' : program;
  return { url, what, child };
}

const installed = (program: string, port: number) => ({
  program,
  args: ['--addr', '127.0.0.1', '--port', String(port)],
});

const embedded = (port: number) => ({
  program: process.execPath,
  args: [join(checkout, 'bin', 'skein'), 'broker', '--port', String(port)],
});

async function useGiven(url: string): Promise<Nats> {
  for (const part of url.split(',')) {
    const text = part.includes('://') ? part.trim() : `nats://${part.trim()}`;
    if (!URL.canParse(text))
      throw new Problem(`--nats ${part} is no address: write nats://HOST:4222`);
    const { hostname, port } = new URL(text);
    if (await saysInfo(hostname, Number(port || usualPort))) {
      return { url, what: 'the server that --nats names', child: null };
    }
  }
  throw new Problem(
    `no NATS server answers at ${url}: start it (\`nats-server\`), or leave --nats out to have ` +
      'one started here',
  );
}

/** A NATS server speaks first. */
function saysInfo(host: string, port: number): Promise<boolean> {
  const socket = createConnection({ host, port, timeout: helloMsMax });
  return new Promise((resolve) => {
    const answer = (heard: boolean): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once('data', (bytes) => answer(bytes.toString('latin1').startsWith('INFO ')));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}

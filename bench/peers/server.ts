/** What the servers of peers have in common: a folder, free ports, a start that is waited for. */
import { createConnection } from 'node:net';
import { Problem, until } from '../../cluster/problem.ts';
import type { Child } from '../../cluster/process.ts';

/** Where a server may put its files, and where the peer's packages are. */
export interface Place {
  readonly folder: string;
  readonly packages: string | undefined;
}

/** A peer's server, or servers, under way. */
export interface PeerServer {
  /** What its adapter must know to reach it. */
  readonly settings: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

const startMsMax = 60_000;

/** Until all of them take connections; a server that ends meanwhile is the end of it. */
export async function untilOpen(
  children: readonly Child[],
  ports: readonly number[],
): Promise<void> {
  const waits = { withinMs: startMsMax, everyMs: 50 };
  await until(`${children[0]?.name} to take connections`, waits, async () => {
    refuseDead(children);
    const open = await Promise.all(ports.map(isOpen));
    return open.every(Boolean) || undefined;
  });
}

/** Says the last words of a server that has ended. */
export function refuseDead(children: readonly Child[]): void {
  const dead = children.find(({ exit }) => exit !== undefined);
  if (dead === undefined) return;
  throw new Problem(`${dead.name} ended with code ${dead.exit?.code}: ${dead.lastWords()}`, 1);
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

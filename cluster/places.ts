/** Where things are on this machine: the checkout, programs on PATH, free ports. */
import { accessSync, constants, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, found from here upwards: this file runs as it is and from `dist`. */
export const checkout = ((): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'bin', 'skein'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('bin/skein is not above this file');
    folder = above;
  }
  return folder;
})();

export function findProgram(name: string): string | undefined {
  // Debian puts servers into sbin, which an ordinary user's PATH leaves out.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether `port` on loopback could be taken a moment ago; 0 asks for any port. */
function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(taken));
    });
  });
}

export const isPortFree = async (port: number): Promise<boolean> =>
  (await tryPort(port)) !== undefined;

/** `wanted` if it is free, any free port otherwise. */
export async function portNear(wanted: number): Promise<number> {
  const port = (await tryPort(wanted)) ?? (await tryPort(0));
  if (port === undefined) throw new Error('no port of 127.0.0.1 can be taken');
  return port;
}

/** `count` free ports, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await portNear(0));
  return [...ports];
}

/**
 * The address that a node tells the others: what is said (`advertise`), else where it listens. A
 * wildcard is no address of anybody; in its place stands one of this machine.
 */
import { lookup } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';

interface Listening {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** What a machine says of itself. */
interface Machine {
  /** Under which others may reach it, best first. */
  readonly addresses: readonly string[];
  /** Where its own name leads to. */
  readonly named: readonly string[];
}

export function advertisedAddress(
  { host, port, url }: Listening,
  advertise: string | null,
  { addresses, named }: Machine,
): string {
  if (advertise !== null) return said(advertise, port);
  if (!isWildcard(host)) return url;
  const own = named.find((address) => addresses.includes(address)) ?? addresses[0] ?? '127.0.0.1';
  return `http://${own.includes(':') ? `[${own}]` : own}:${port}`;
}

/** `skein.lan` and `skein.lan:80`, or a whole URL, of which nothing is guessed. */
function said(advertise: string, port: number): string {
  if (advertise.includes('://')) return new URL(advertise).origin;
  return /:\d+$/.test(advertise) ? `http://${advertise}` : `http://${advertise}:${port}`;
}

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::' || host === '';

/** A name may lead to nowhere, or to the loopback, as it does on a plain Debian. */
export async function thisMachine(): Promise<Machine> {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outer = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const byFamily = (family: string) => outer.filter((each) => each.family === family);
  const addresses = [...byFamily('IPv4'), ...byFamily('IPv6')].map(({ address }) => address);
  const found = await lookup(hostname(), { all: true }).catch(() => []);
  return { addresses, named: found.map(({ address }) => address) };
}

/**
 * By which names this node may be asked. A site elsewhere can point a name of its own at our
 * address (DNS rebinding); to a browser its page is then one of ours, and only `Host` says
 * otherwise. An address cannot be pointed elsewhere; a name counts only if one of us chose it.
 */
import { isIP } from 'node:net';
import { type Problem, problemOf } from '../api/problems.ts';
import type { NodeService } from '../api/service.ts';
import { clusterOrigins } from './origins.ts';

export interface KnownHosts {
  readonly service: NodeService;
  /** Names of the configuration, in lower case and without ports. */
  readonly names: readonly string[];
}

/** Why a request for this host is refused, if it is. A program that names none is no browser. */
export function refuseByHost(header: string | null, known: KnownHosts): Problem | undefined {
  if (header === null || isKnown(hostName(header), known)) return undefined;
  return problemOf('HOST_UNKNOWN', `the request is for host "${header.slice(0, 200)}"`);
}

function isKnown(name: string, { service, names }: KnownHosts): boolean {
  if (isIP(name) !== 0 || isOfThisMachine(name) || names.includes(name)) return true;
  return [...clusterOrigins(service)].some((origin) => hostName(new URL(origin).host) === name);
}

/** Browsers look these names up nowhere else (RFC 6761, section 6.3). */
const isOfThisMachine = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost');

/** `Skein.Example.org.:8080` -> `skein.example.org`, `[::1]:8080` -> `::1`. */
const hostName = (header: string): string =>
  header
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

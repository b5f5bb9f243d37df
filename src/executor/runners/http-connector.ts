/**
 * Where HTTP tasks connect to. A name is resolved here, once for each connection; the socket goes
 * to the addresses that were judged, and to no others, so that a name which resolves to something
 * else a moment later (DNS rebinding) gains nothing.
 */
import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressPolicy } from '../../model/http-policy.ts';
import { Turns } from '../artifacts/turns.ts';

/** Nothing connects to an address that is blocked. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError';
}

/** Name -> its addresses. */
export type Resolve = (
  host: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/**
 * Each name that is looked up holds a thread of this process, and a name server that is silent
 * holds it for long: the other threads are left to the files of attempts.
 */
const lookupsMax = 8;

/** At most so many at a time; the others wait their turn. */
export function inTurns(most: number, resolve: Resolve): Resolve {
  const turns = new Turns(most);
  return (host, done) => {
    const look = () =>
      new Promise<Parameters<typeof done>>((found) => resolve(host, (...all) => found(all)));
    void turns.take(look).then((all) => done(...all));
  };
}

/** As the system resolves names: its hosts file included. */
export const systemResolve: Resolve = inTurns(lookupsMax, (host, done) => {
  lookup(host, { all: true, verbatim: true }, done);
});

/** To have a connection at all, names resolved and TLS agreed. */
export const connectMsMax = 30_000;

/** Gives a socket the addresses that it may go to. */
export const guardedLookup =
  (policy: AddressPolicy, resolve: Resolve): LookupFunction =>
  (host, options, done) => {
    resolve(host, (error, addresses) => {
      if (error !== null) return done(error, []);
      const refusals = addresses.map(({ address }) => policy.refusal(address));
      const open = addresses.filter((_, at) => refusals[at] === undefined);
      const [first] = open;
      if (first === undefined) {
        const why = refusals[0] ?? 'it has no address';
        return done(new BlockedError(`${host}: ${why}`), []);
      }
      if (options.all === true) done(null, [...open]);
      else done(null, first.address, first.family);
    });
  };

/**
 * Connects HTTP tasks. A name is resolved here, once for each connection; the socket goes to the
 * addresses that were judged, and to no others, so that a name which resolves to something else a
 * moment later (DNS rebinding) gains nothing. An address is judged again when it is connected.
 */
import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { AddressPolicy } from '../../model/http-policy.ts';
import { Turns } from '../artifacts/turns.ts';
import type { ClientTls } from './http-auth.ts';

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
/** A server that says nothing for so long is gone. Tasks have time-outs of their own. */
const silenceMsMax = 15 * 60_000;

/** For one request and its redirects: to be destroyed afterwards. */
export function guardedAgent(policy: AddressPolicy, resolve: Resolve, tls?: ClientTls): Agent {
  const lookup = guardedLookup(policy, resolve);
  const common = { timeout: connectMsMax, autoSelectFamily: true, lookup };
  const connectAny = buildConnector(common);
  const { origin, ...shown } = tls ?? {};
  const connectOwn = tls === undefined ? connectAny : buildConnector({ ...common, ...shown });
  return new Agent({
    connect(options, done) {
      // A host that is an address is not looked up: it is judged as it stands.
      const host = options.hostname.replace(/^\[|\]$/g, '');
      const refusal = isIP(host) === 0 ? undefined : policy.refusal(host);
      if (refusal !== undefined) {
        setImmediate(() => done(new BlockedError(refusal), null));
        return;
      }
      const connect = originOf(options) === origin ? connectOwn : connectAny;
      connect(options, (...answer) => {
        const [error, socket] = answer;
        if (error !== null) return done(...answer);
        const late = policy.refusal(socket.remoteAddress ?? '');
        if (late === undefined) return done(...answer);
        socket.destroy();
        done(new BlockedError(late), null);
      });
    },
    headersTimeout: silenceMsMax,
    bodyTimeout: silenceMsMax,
    pipelining: 1,
  });
}

const originOf = ({ protocol, hostname, port }: buildConnector.Options): string =>
  new URL(`${protocol}//${hostname}:${port}`).origin;

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

/**
 * The client of HTTP tasks: the only file that knows the package. An idle node has no use for it,
 * and it takes as much memory as a quarter of Node: it is loaded with the first request.
 *
 * An address is judged when it is looked up (`http-connector.ts`), and again when it is connected.
 */
import { isIP } from 'node:net';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import type { AddressPolicy } from '../../model/http-policy.ts';
import type { ClientTls } from './http-auth.ts';
import { BlockedError, connectMsMax, guardedLookup, type Resolve } from './http-connector.ts';

export type Send = typeof request;
export type HttpAgent = Agent;
export type HttpAnswer = Dispatcher.ResponseData;

export const send: Send = request;

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

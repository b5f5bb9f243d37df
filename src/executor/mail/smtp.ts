/**
 * A mail server, as a connection of kind smtp describes it. The socket is ours, so that it goes to
 * an address which the node's policy has let through (as those of HTTP tasks do); on it nodemailer
 * speaks.
 *
 * Unless the connection says otherwise, nothing is sent before TLS is agreed and the server's
 * certificate is believed: a name and a password, and mail, are for that server alone.
 */
import { connect, isIP, type Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type { AddressPolicy } from '../../model/http-policy.ts';
import type { OpenSettings } from '../opened-settings.ts';
import {
  BlockedError,
  connectMsMax,
  guardedLookup,
  type Resolve,
} from '../runners/http-connector.ts';

/** How a server is reached. */
export interface SmtpWay {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve;
  /** Cuts it off. */
  readonly signal: AbortSignal;
  /** A server that says nothing for so long is gone. */
  readonly silenceMs?: number;
}

/** RFC 5321 (4.5.3.2) lets a server think for ten minutes about what it was sent. */
const silenceMsDefault = 10 * 60_000;

export type SmtpTransport = ReturnType<typeof smtpTransport>;

/** For one conversation. */
export function smtpTransport(settings: OpenSettings, way: SmtpWay) {
  const { host = 'localhost', user, password = '', ca } = settings;
  const mode = modeOf(settings);
  const port = Number(settings.port ?? ports[mode]);
  const silenceMs = way.silenceMs ?? silenceMsDefault;
  return createTransport({
    ...{ host, port, secure: mode === 'tls' },
    ...{ requireTLS: mode === 'starttls', ignoreTLS: mode === 'none' },
    ...(user !== undefined && { auth: { user, pass: password }, forceAuth: true }),
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    connectionTimeout: connectMsMax,
    greetingTimeout: Math.min(connectMsMax, silenceMs),
    socketTimeout: silenceMs,
    // Nothing that a message says is read from a file or from an address.
    ...{ disableFileAccess: true, disableUrlAccess: true, logger: false },
    getSocket: (_, done) => {
      connected({ host, port }, way).then(
        (connection) => done(null, { connection }),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
}

const ports = { starttls: 587, tls: 465, none: 25 } as const;

function modeOf({ tls, port }: OpenSettings): keyof typeof ports {
  if (tls === 'tls' || tls === 'none' || tls === 'starttls') return tls;
  return port === '465' ? 'tls' : 'starttls';
}

function connected(
  { host, port }: { readonly host: string; readonly port: number },
  { policy, resolve, signal }: SmtpWay,
): Promise<Socket> {
  return new Promise((done, failed) => {
    const refusal = isIP(host) === 0 ? undefined : policy.refusal(host);
    if (refusal !== undefined) {
      failed(new BlockedError(refusal));
      return;
    }
    const lookup = guardedLookup(policy, resolve);
    const socket = connect({ host, port, lookup, autoSelectFamily: true, signal });
    socket.setTimeout(connectMsMax, () => socket.destroy(new Error('no connection in time')));
    // It stays: an error before nodemailer listens must not end this process.
    socket.on('error', failed);
    socket.once('connect', () => {
      socket.setTimeout(0);
      const late = policy.refusal(socket.remoteAddress ?? '');
      if (late === undefined) done(socket);
      else socket.destroy(new BlockedError(late));
    });
  });
}

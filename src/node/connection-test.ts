/**
 * Tries connections from this node: a database or a mail server lets us in, a web server answers,
 * whatever it says. Drivers are loaded when they are first wanted. A file of SQLite is not tried
 * here: the database would run in the peer's event loop. Nor are channels: they would be told
 * something.
 */
import type { ConnectionTester, Tried } from '../api/connection-tester.ts';
import { formatDuration } from '../base/duration.ts';
import { prepared } from '../executor/runners/http-auth.ts';
import { systemResolve } from '../executor/runners/http-connector.ts';
import {
  type ExchangeOptions,
  exchange,
  type HttpOutcome,
} from '../executor/runners/http-exchange.ts';
import { messageOf, type OpenSession, type Settings } from '../executor/sql/session.ts';
import type { HttpAction } from '../model/code-action.ts';
import { AddressPolicy, type HttpPolicy } from '../model/http-policy.ts';

/** Longer than a driver's own patience. */
const triesMsMax = 20_000;

/** Mail and web servers are reached as the tasks of this node reach them, and no others. */
export const connectionTester = (policy: HttpPolicy, msMax = triesMsMax): ConnectionTester => {
  const tried = (attempt: () => Promise<string>): Promise<Tried> => tryFor(msMax, attempt);
  const way: ExchangeOptions = { policy: new AddressPolicy(policy), resolve: systemResolve };
  return {
    test(kind, settings) {
      switch (kind) {
        case 'postgres':
          return tried(async () => {
            const { openPostgres } = await import('../executor/sql/postgres.ts');
            return letsUsIn(openPostgres, settings);
          });
        case 'mysql':
          return tried(async () => {
            const { openMysql } = await import('../executor/sql/mysql.ts');
            return letsUsIn(openMysql, settings);
          });
        case 'smtp':
          return tried(() => takesMail(settings, way));
        case 'http':
          return tried(() => answers({ ...settings, kind }, way));
        default:
          return undefined;
      }
    },
  };
};

async function letsUsIn(open: OpenSession, settings: Settings): Promise<string> {
  const session = await open({ settings, client: 'skein conn test', serverTimeoutMs: triesMsMax });
  await session.close();
  return 'the database lets us in';
}

/** As far as signing in: nothing is sent. */
async function takesMail(settings: Settings, way: ExchangeOptions): Promise<string> {
  const { smtpTransport } = await import('../executor/mail/smtp.ts');
  const signal = AbortSignal.timeout(triesMsMax);
  await smtpTransport(settings, { ...way, signal, silenceMs: triesMsMax }).verify();
  return 'the mail server lets us in';
}

/** With its credentials. No redirect is followed. */
async function answers(settings: Settings, way: ExchangeOptions): Promise<string> {
  const { url = '' } = settings;
  const auth = { kind: 'connection', name: 'this connection' } as const;
  const head = { kind: 'http', method: 'HEAD', url, headers: {}, body: null } as const;
  const action: HttpAction = { ...head, successStatus: redirectStatus, auth };
  const made = prepared(action, settings);
  if (!made.ok) throw new Error(made.error);
  const outcome = await new Promise<HttpOutcome>((done) => {
    const asked = exchange(made.value.request, way, done);
    const timer = setTimeout(() => asked.abort(), triesMsMax);
    timer.unref();
  });
  if (outcome.kind === 'failed') throw new Error(outcome.reason);
  return `the server answers ${outcome.response.status}`;
}

/** Each is an answer here. */
const redirectStatus = [301, 302, 303, 307, 308];

/** A server that lets us in and then says nothing is given up here: no driver does. */
async function tryFor(msMax: number, attempt: () => Promise<string>): Promise<Tried> {
  const startMs = performance.now();
  const end = (reached: boolean, detail: string): Tried => ({
    ...{ reached, detail, tookMs: Math.round(performance.now() - startMs) },
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, giveUp) => {
    const why = `no answer within ${formatDuration(msMax)}`;
    timer = setTimeout(() => giveUp(new Error(why)), msMax);
  });
  try {
    return end(true, await Promise.race([attempt(), late]));
  } catch (error) {
    return end(false, messageOf(error));
  } finally {
    clearTimeout(timer);
  }
}

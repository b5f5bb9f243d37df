/**
 * Tries connections from this node: a database lets us in, a web server answers, whatever it says.
 * The drivers are loaded when they are first wanted. A file of SQLite is not tried here: the
 * database would run in the peer's event loop.
 */
import type { ConnectionTester, Tried } from '../api/connection-tester.ts';
import { messageOf, type OpenSession, type Settings } from '../executor/sql/session.ts';

/** Longer than a driver's own patience. */
const triesMsMax = 20_000;

export const connectionTester: ConnectionTester = {
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
      case 'http':
      case 'webhook':
        return tried(() => answers(settings));
      default:
        return undefined;
    }
  },
};

async function letsUsIn(open: OpenSession, settings: Settings): Promise<string> {
  const session = await open({ settings, client: 'skein conn test', serverTimeoutMs: triesMsMax });
  await session.close();
  return 'the database lets us in';
}

/** Nothing of the body is read, and no redirect is followed. */
async function answers({ url = '' }: Settings): Promise<string> {
  const signal = AbortSignal.timeout(triesMsMax);
  const reply = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
  return `the server answers ${reply.status}`;
}

async function tried(attempt: () => Promise<string>): Promise<Tried> {
  const startMs = performance.now();
  const end = (reached: boolean, detail: string): Tried => ({
    ...{ reached, detail, tookMs: Math.round(performance.now() - startMs) },
  });
  try {
    return end(true, await attempt());
  } catch (error) {
    return end(false, messageOf(error));
  }
}

/**
 * Histories as far as they were read: they only grow, so each fact is asked for once. Owns what it
 * has read of the last few runs.
 *
 * Invariants:
 *   H1  Who reads on begins where the last reader ended: readers of one run go one after another.
 *   H2  At most `historyMax` facts of each of `runsMax` runs are kept.
 */
import { call } from '../../data/api.ts';
import { trusted } from '../../data/wire.ts';
import type { PastFact } from './run-rows.ts';

/** So many facts of the past are taken at a time. */
const pageSize = 1_000;
/** And so many at most: about 100 MB of a browser's memory. */
const historyMax = 50_000;
const runsMax = 4;

interface Known {
  readonly facts: PastFact[];
  /** The last reader, done or not. */
  turn: Promise<void>;
}

const known = new Map<string, Known>();

/** Everything up to now. */
export async function readHistory(
  namespace: string,
  runId: string,
  signal: AbortSignal,
): Promise<readonly PastFact[]> {
  const key = `${namespace}/${runId}`;
  const own = known.get(key) ?? { facts: [], turn: Promise.resolve() };
  known.delete(key);
  known.set(key, own);
  for (const old of known.keys()) if (known.size > runsMax) known.delete(old);
  const turn = own.turn.then(() => readOn(own.facts, { namespace, runId, signal }));
  own.turn = turn.catch(() => {});
  await turn;
  return [...own.facts];
}

interface Asked {
  readonly namespace: string;
  readonly runId: string;
  readonly signal: AbortSignal;
}

type HistoryPage = { readonly items: unknown; readonly cursor: string | null };

async function readOn(facts: PastFact[], { namespace, runId, signal }: Asked): Promise<void> {
  for (let cursor: string | null = String(facts.length); cursor !== null; ) {
    const query = { namespace, cursor, limit: String(pageSize) };
    const page: HistoryPage = await call('runHistory', { params: { runId }, query, signal });
    facts.push(...trusted<readonly PastFact[]>(page.items));
    cursor = facts.length >= historyMax ? null : page.cursor;
  }
}

/**
 * A log that is behind a snapshot begins anew where the snapshot ends. The ledger was switched over
 * before; this is the second half of the installation, and happens whenever the log is opened until
 * it has happened (P52, P54): one batch, so that a crash leaves the log as it was or as it must be.
 *
 * A log that holds the snapshot's last entry keeps what stands behind it: that may be acknowledged.
 * Any other log is dropped whole. If it ends before that entry, all of it is in the snapshot; if it
 * has another entry there, everything from there on was never committed (section 7 of the Raft
 * paper). Term and vote stay: what was promised is promised (I7).
 */
import { logIndex } from '../base/brand.ts';
import type { DiskError, Store, StoreOperation } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { LogBase, TermRun } from '../raft/log-store.ts';
import type { DurableHead } from './durable-head.ts';
import { entryKey } from './keyspace.ts';
import { baseRow } from './log-base.ts';
import { faultOf, type LogFault } from './log-fault.ts';
import { endOf, type LogMark, type LogPlace, placeOf, samePlace } from './log-mark.ts';
import { deletes, markRow } from './log-plan.ts';
import { decodeEntry, placeOfEntry } from './log-rows.ts';
import type { ScannedLog } from './log-scan.ts';

interface AdoptOptions {
  readonly store: Store;
  /** Has confirmed `log`. */
  readonly head: DurableHead;
  readonly log: ScannedLog;
  readonly startAt: LogBase;
}

type Done = (result: Result<ScannedLog, LogFault>) => void;

/** `done` gets the log that begins at `startAt`, durable; or `log` if it begins there or later. */
export function adoptBase(options: AdoptOptions, done: Done): void {
  const { store, log, startAt } = options;
  const { base } = log;
  if (base.index > startAt.index || samePlace(base, startAt)) {
    done(ok(log));
    return;
  }
  if (base.index === startAt.index) {
    const what = `it is another entry ${base.index} than the ledger's`;
    done(fail({ kind: 'corrupt', where: 'its base', what }));
    return;
  }
  const key = entryKey(startAt.index);
  store.get(key, (found) => {
    if (!found.ok) {
      done(fail(faultOf(found.error, key)));
      return;
    }
    if (found.value === undefined) {
      write(options, adopted(log, startAt, undefined), done);
      return;
    }
    const row = decodeEntry({ key, value: found.value });
    if (row.ok) write(options, adopted(log, startAt, placeOfEntry(row.value)), done);
    else done(fail({ kind: 'corrupt', where: key, what: row.error }));
  });
}

function write(options: AdoptOptions, after: ScannedLog, done: Done): void {
  const { store, head, log } = options;
  const settled = (error: DiskError | undefined, next: () => void): void => {
    if (error === undefined) next();
    else done(fail(faultOf(error, 'its new base')));
  };
  head.begin(log.mark, (unsaid) =>
    settled(unsaid, () =>
      store.write(operations(log, after), { sync: true }, (unwritten) =>
        settled(unwritten, () =>
          head.confirm(after.mark, (unconfirmed) => settled(unconfirmed, () => done(ok(after)))),
        ),
      ),
    ),
  );
}

function operations(before: ScannedLog, after: ScannedLog): readonly StoreOperation[] {
  const { lastIndex } = before.mark;
  const kept = after.mark.lastIndex > after.base.index;
  const to = kept ? after.base.index : lastIndex;
  return [...deletes(logIndex(before.base.index + 1), to), baseRow(after.base), markRow(after)];
}

/** `held` is what the log has at the index of `startAt`, if anything. */
function adopted(log: ScannedLog, startAt: LogBase, held: LogPlace | undefined): ScannedLog {
  const base = { ...placeOf(startAt), members: startAt.members };
  const keeps = held !== undefined && samePlace(held, startAt);
  const end = keeps ? endOf(log.mark) : base;
  // A term that the log did not know of yet has no vote in it.
  const { term, vote } =
    log.mark.term >= startAt.term ? log.mark : { term: startAt.term, vote: undefined };
  const mark: LogMark = {
    generation: log.mark.generation + 1,
    term,
    vote,
    lastIndex: end.index,
    lastTerm: end.term,
    chain: end.chain,
    base: placeOf(base),
  };
  if (!keeps) return { mark, base, terms: [], members: [] };
  const members = log.members.filter(({ index }) => index > base.index);
  return { mark, base, terms: termsBehind(log.terms, { base, end }), members };
}

/** The runs of the entries behind `base`: the one that the base stands in is cut. */
function termsBehind(
  terms: readonly TermRun[],
  log: { readonly base: LogPlace; readonly end: LogPlace },
): readonly TermRun[] {
  const first = logIndex(log.base.index + 1);
  if (log.end.index < first) return [];
  const cut = terms.findLast((run) => run.first <= first);
  const later = terms.filter((run) => run.first > first);
  return cut === undefined ? later : [{ first, term: cut.term }, ...later];
}

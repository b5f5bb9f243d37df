/**
 * `skein dump`: what a data directory holds, line by line, and whether all of it is what was
 * written. It works on a copy (dump-copy.ts) and changes nothing in the directory.
 *
 * Reading is lenient, so that a damaged directory shows as much as it can; what is wrong becomes a
 * line of kind `fault`. Verifying is strict, and is what a node does: the log is opened as a node
 * opens it (every CRC, the chain, gaps, mark, base and head), every table of LevelDB, the ledger's
 * marks and every row are checked, log and ledger must be of one history, and the log is replayed
 * against the digests that its records carry (dump-replay.ts).
 */
import { join } from 'node:path';
import type { Clock, Disk, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type Members, noMembers } from '../raft/members.ts';
import { failureKind } from './disk-failure.ts';
import { copyDirectory, type DirectoryCopy } from './dump-copy.ts';
import { dumpLedger, loadLedger } from './dump-ledger.ts';
import { baseIndexOf, dumpLog, type LogHead, readLogHead } from './dump-log.ts';
import { type LedgerRows, Replay } from './dump-replay.ts';
import { ask, type DumpLine, DumpSink } from './dump-sink.ts';
import { decodeIdentity, describeIdentityFault, type Identity, identityFile } from './identity.ts';
import { firstPlace, type LedgerPlace, readLedgerPlace } from './ledger-place.ts';
import { describeLogFault, type LogFault } from './log-fault.ts';
import { type DurableLog, logNames, openLogStore } from './log-store.ts';
import { checkTables } from './table-check.ts';

export interface DumpOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly show: { readonly log: boolean; readonly ledger: boolean; readonly facts: boolean };
  readonly verify: boolean;
  readonly emit: (line: DumpLine) => void;
  /** Ends the dump early, without a summary. */
  readonly signal: AbortSignal;
}

/** Why a directory cannot be looked at. */
export interface DumpRefusal {
  readonly code: 'DATA_LOCKED' | 'STORAGE_FAILED';
  readonly message: string;
}

/** The value is how many faults were found. */
export async function dumpDirectory(options: DumpOptions): Promise<Result<number, DumpRefusal>> {
  const copy = await copyDirectory(options.directory);
  if (!copy.ok) {
    const code = failureKind(copy.error) === 'locked' ? 'DATA_LOCKED' : 'STORAGE_FAILED';
    return fail({ code, message: copy.error.message });
  }
  try {
    return ok(await dumpCopy(options, copy.value));
  } finally {
    await copy.value.remove();
  }
}

async function dumpCopy(options: DumpOptions, { disk, path }: DirectoryCopy): Promise<number> {
  const { clock, show, verify } = options;
  const sink = new DumpSink(options.emit, options.signal);
  const identity = await dumpIdentity(disk, sink);
  if (identity?.hasStores === false) {
    sink.line({ kind: 'no-stores', what: 'the node has not come to its cluster yet' });
    return sink.faults;
  }
  const place = await findPlace(disk, sink);
  if (verify) for (const store of [logNames[0], place.store]) await proveTables(path, store, sink);
  const needsLedger = verify || show.ledger;
  const head = await readLogHead(disk, sink);
  const ledger = verify ? await loadLedger({ disk, sink, place }) : undefined;
  const replay = new Replay({ baseIndex: baseIndexOf(head), ledger }, sink);
  const entries = await dumpLog(
    {
      disk,
      clock,
      sink,
      show,
      visit: (index, record) => {
        if (verify) replay.take(index, record);
      },
      broken: () => replay.stop(),
    },
    head,
  );
  const rows = needsLedger ? await dumpLedger({ disk, sink, place }, show.ledger) : 0;
  if (verify && !sink.isCut) {
    await openStrictly({ disk, clock, place, members: membersOf(identity), sink });
    compareEnds({ head, ledger, sink });
    sink.line({
      kind: 'summary',
      whole: sink.faults === 0,
      faults: sink.faults,
      log: { base: baseIndexOf(head), last: head?.mark.lastIndex ?? null, entries },
      ledger: { store: place.store, applied: ledger?.appliedIndex ?? null, rows },
      digests: { checked: replay.checked, notCheckable: replay.unchecked },
    });
  }
  return sink.faults;
}

async function dumpIdentity(disk: Disk, sink: DumpSink): Promise<Identity | undefined> {
  const file = await ask<Result<Uint8Array | undefined, DiskError>>((done) =>
    disk.readFile(identityFile, done),
  );
  if (!file.ok || file.value === undefined) {
    sink.fault(identityFile, file.ok ? 'it is missing' : file.error.message);
    return undefined;
  }
  const identity = decodeIdentity(file.value);
  if (identity.ok) {
    sink.line({ kind: 'identity', ...identity.value, voters: identity.value.voters ?? null });
    return identity.value;
  }
  sink.fault(identityFile, describeIdentityFault(identity.error));
  return undefined;
}

async function findPlace(disk: Disk, sink: DumpSink): Promise<LedgerPlace> {
  const place = await ask<Result<LedgerPlace, DiskError>>((done) => readLedgerPlace(disk, done));
  if (place.ok) return place.value;
  sink.fault('ledger-place', place.error.message);
  return firstPlace;
}

/** Before anything is opened: LevelDB may merge a damaged table into a new one. */
async function proveTables(path: string, store: string, sink: DumpSink): Promise<void> {
  const problem = await checkTables(join(path, store)).catch((error: Error) => error.message);
  if (problem !== undefined) sink.fault(store, problem);
}

const membersOf = (identity: Identity | undefined): Members => ({
  ...noMembers,
  voters: identity?.voters ?? [],
});

/** As a node would; the copy takes what opening writes. */
async function openStrictly(dump: {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly place: LedgerPlace;
  readonly members: Members;
  readonly sink: DumpSink;
}): Promise<void> {
  const { disk, clock, place, members, sink } = dump;
  const log = await ask<Result<DurableLog, LogFault>>((done) =>
    openLogStore({ disk, clock, create: false, members, startAt: place.base }, done),
  );
  if (log.ok) await ask<void>((done) => log.value.close(done));
  else sink.fault('log', describeLogFault(log.error));
}

/** The ledger ends within the log, or at one of its ends. */
function compareEnds(found: {
  readonly head: LogHead | undefined;
  readonly ledger: LedgerRows | undefined;
  readonly sink: DumpSink;
}): void {
  const { head, ledger, sink } = found;
  if (head === undefined || ledger === undefined) return;
  const { appliedIndex } = ledger;
  const { base, lastIndex } = head.mark;
  if (appliedIndex < base.index) {
    sink.fault('ledger', `it ends at ${appliedIndex}, but the log begins behind ${base.index}`);
  }
  if (appliedIndex > lastIndex) {
    sink.fault('log', `it ends at ${lastIndex}, but the ledger holds entry ${appliedIndex}`);
  }
}

/**
 * Opens what a peer keeps on disk, in the one order that is safe after every crash: where the
 * ledger is, the log (which begins where that ledger ends, if it was behind it), the ledger, and
 * the live rows.
 */
import type { Clock, Disk, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { State } from '../model/state.ts';
import type { Members } from '../raft/members.ts';
import { type DiskFailureKind, failureKind } from '../storage/disk-failure.ts';
import type { Ledger, LedgerSettings } from '../storage/ledger.ts';
import { openLedger } from '../storage/ledger-open.ts';
import { type LedgerPlace, readLedgerPlace, removeOtherLedgers } from '../storage/ledger-place.ts';
import { describeLogFault, type LogFault } from '../storage/log-fault.ts';
import { type DurableLog, openLogStore } from '../storage/log-store.ts';
import { type PeerFailure, tooNewNext } from './peer-failure.ts';

export interface StoresOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly trace: Trace;
  /** True only for a node whose stores were never opened. */
  readonly create: boolean;
  /** The configuration of a log that begins at index 0. */
  readonly members: Members;
  readonly ledger: LedgerSettings;
  /** A store that is open has failed. */
  readonly failed: (failure: PeerFailure) => void;
}

export interface PeerStores {
  readonly log: DurableLog;
  readonly ledger: Ledger;
  readonly place: LedgerPlace;
  /** The live rows at the ledger's applied index. */
  readonly state: State;
}

type Done = (result: Result<PeerStores, PeerFailure>) => void;

export function openStores(options: StoresOptions, done: Done): void {
  readLedgerPlace(options.disk, (place) => {
    if (place.ok) openLog(options, place.value, done);
    else done(fail(storageFailure(place.error)));
  });
}

function openLog(options: StoresOptions, place: LedgerPlace, done: Done): void {
  const { disk, clock, create, members } = options;
  openLogStore({ disk, clock, create, members, startAt: place.base }, (log) => {
    if (log.ok) openLedgerBehind({ options, place, log: log.value }, done);
    else done(fail(logFailure(log.error)));
  });
}

interface WithLog {
  readonly options: StoresOptions;
  readonly place: LedgerPlace;
  readonly log: DurableLog;
}

function openLedgerBehind({ options, place, log }: WithLog, done: Done): void {
  const { disk, clock, create, trace, failed } = options;
  const onFailure = (error: DiskError): void => failed(storageFailure(error));
  const settings = { settings: options.ledger, store: place.store };
  // A ledger that a snapshot brought is there; only the first one is ever made here.
  const isNew = create && place.number === 0;
  openLedger({ disk, clock, create: isNew, trace, onFailure, ...settings }, (ledger) => {
    if (ledger.ok) load(disk, { log, place, ledger: ledger.value, state: new State() }, done);
    else log.close(() => done(fail(storageFailure(ledger.error))));
  });
}

function load(disk: Disk, stores: PeerStores, done: Done): void {
  const { ledger, log, state } = stores;
  const refuse = (failure: PeerFailure): void =>
    ledger.close(() => log.close(() => done(fail(failure))));
  const apart = standApart(ledger, log);
  if (apart !== undefined) {
    refuse({ kind: 'damaged', why: apart });
    return;
  }
  ledger.load(
    (fact) => state.apply(fact),
    (loaded) => {
      if (!loaded.ok) {
        refuse(storageFailure(loaded.error));
        return;
      }
      removeOtherLedgers(disk, stores.place, (failed) => {
        // What was found behind the rows that were loaded has nobody else to tell yet.
        const error = failed ?? ledger.store.failure;
        if (error === undefined) done(ok(stores));
        else refuse(storageFailure(error));
      });
    },
  );
}

/** A ledger and a log that cannot be of one history: one of them was lost or brought back. */
function standApart(ledger: Ledger, log: DurableLog): string | undefined {
  const { base, lastIndex } = log.found;
  const { appliedIndex } = ledger;
  if (appliedIndex < base.index) {
    return `LEDGER_BEHIND: the ledger ends at ${appliedIndex}, the log begins behind ${base.index}`;
  }
  if (appliedIndex > lastIndex) {
    return `LOG_ROLLED_BACK: the ledger holds entry ${appliedIndex}, the log ends at ${lastIndex}`;
  }
  return undefined;
}

/** A disk that failed is told apart from data that is not what it was. */
export function storageFailure(error: DiskError): PeerFailure {
  const kind = failureKind(error);
  const isDamaged = kind === 'missing' || kind === 'corrupt';
  const next = kind === 'too-new' ? `. ${tooNewNext}` : '';
  const why = `${codes[kind]}: ${error.message}${next}`;
  return { kind: isDamaged ? 'damaged' : 'storage', why };
}

const codes = {
  missing: 'LEDGER_CORRUPT',
  corrupt: 'LEDGER_CORRUPT',
  'too-new': 'LEDGER_TOO_NEW',
  locked: 'DATA_LOCKED',
  io: 'STORAGE_FAILED',
} as const satisfies Record<DiskFailureKind, string>;

const logCodes = {
  corrupt: 'LOG_CORRUPT',
  'rolled-back': 'LOG_ROLLED_BACK',
  'too-new': 'LOG_TOO_NEW',
  locked: 'DATA_LOCKED',
  io: 'STORAGE_FAILED',
} as const satisfies Record<LogFault['kind'], string>;

const logFailure = (fault: LogFault): PeerFailure => ({
  kind: fault.kind === 'corrupt' || fault.kind === 'rolled-back' ? 'damaged' : 'storage',
  why: `${logCodes[fault.kind]}: ${describeLogFault(fault)}`,
});

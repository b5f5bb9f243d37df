/**
 * A directory that cannot be trusted starts over: what it held is set aside for people, and the
 * node goes on as somebody else, with another incarnation and without data. As such it has no vote,
 * so whatever the old life had promised and forgotten is not promised twice (P47, F4). It copies
 * the log from the others like any node that joins.
 *
 * That takes several steps on the disk, and the process may end between any two. So the file
 * `set-aside` says first what is going to happen; as long as it says so, the next start goes on
 * with it before anything else is read.
 *
 * It owns: that file, and the folders `set-aside-1`, `set-aside-2`… beside the data. It does not
 * own the decision that something is damaged, or how the node joins again.
 *
 * Invariants:
 * A1. Nothing is deleted, and nothing is moved before the note of it is durable.
 * A2. The new identity is written when everything old is out of the way, and the note is closed
 *     when the new identity is durable: no start takes old data for the new life's, or a directory
 *     that has belonged to a cluster for a new one.
 * A3. A cluster of one keeps its data where it is: nobody else has a copy.
 * A4. At most `setAsideMax` times. A disk that damages data again and again needs a person.
 */
import { clusterId, type Incarnation } from '../base/brand.ts';
import type { Disk, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { failureKind } from './disk-failure.ts';
import {
  type ExpectedIdentity,
  type Identity,
  identityFile,
  readIdentity,
  writeIdentity,
} from './identity.ts';
import { ledgerName, placeFile, readLedgerPlace } from './ledger-place.ts';
import { logNames } from './log-store.ts';
import {
  type EndingLife,
  readNote,
  type SetAsideNote,
  setAsideFolder,
  setAsideMax,
  writeNote,
} from './set-aside-note.ts';
import type { HealRefusal } from './set-aside-refusal.ts';

/** Where a life tells the next one that it met damage; it goes with the life that it speaks of. */
export const damageFile = 'damaged';

/** Ledgers that are looked for when the file that counts them is damaged itself. */
const ledgersMax = 256;

export interface HealOptions {
  readonly disk: Disk;
  /** As it was read; undefined when it is damaged or lost itself. */
  readonly identity: Identity | undefined;
  readonly expected: ExpectedIdentity & {
    /** How many nodes form the cluster, as the operator says. */
    readonly expect: number;
  };
  /** For people: what is wrong with the directory. */
  readonly why: string;
  readonly newIncarnation: Incarnation;
}

type Done<T> = (result: Result<T, HealRefusal>) => void;

/**
 * Sets everything aside and makes this the directory of a new life; no store of it is open. `done`
 * gets the new identity, durable, or a refusal that has changed nothing.
 */
export function healDirectory(options: HealOptions, done: Done<Identity>): void {
  const { disk, why } = options;
  readNote(disk, (note) => {
    if (!note.ok) {
      done(note);
      return;
    }
    const refusal = refusalOf(options, note.value);
    if (refusal !== undefined) {
      done(fail(refusal));
      return;
    }
    refuseIfUsed(disk, (unused) => {
      if (!unused.ok) {
        done(unused);
        return;
      }
      namesOf(disk, (names) => {
        const ending = { why, names, next: nextLife(options) };
        begin({ disk, note: { kept: note.value.kept + 1, ending }, ending }, done);
      });
    });
  });
}

/**
 * Whether a directory without an identity has held one: a store that is there, whole or not.
 * `done` gets false for a directory that is new.
 */
export function hasOrphans(disk: Disk, done: Done<boolean>): void {
  const isThere = (error: DiskError): boolean => failureKind(error) !== 'missing';
  disk.openSlots(logNames[1], { create: false }, (head) => {
    if (head.ok) {
      head.value.slots.close(() => done(ok(true)));
    } else if (isThere(head.error)) {
      done(ok(true));
    } else {
      disk.openStore(logNames[0], { create: false }, (log) => {
        if (log.ok) log.value.close(() => done(ok(true)));
        else done(ok(isThere(log.error)));
      });
    }
  });
}

/**
 * Ends what a crash interrupted; called before anything else of the directory is read. `done` gets
 * the identity of the new life, or undefined if nothing was going on.
 */
export function resumeHealing(disk: Disk, done: Done<Identity | undefined>): void {
  readNote(disk, (note) => {
    if (!note.ok) {
      done(note);
      return;
    }
    const { ending } = note.value;
    if (ending === null) done(ok(undefined));
    else resume({ disk, note: note.value, ending }, done);
  });
}

function refusalOf(
  { identity, expected }: HealOptions,
  note: SetAsideNote,
): HealRefusal | undefined {
  // Who cannot read who was there believes the operator.
  const voters = identity === undefined ? expected.expect : identity.voters?.length;
  if (voters === 1) return { kind: 'alone' };
  return note.kept >= setAsideMax ? { kind: 'full' } : undefined;
}

/** A damaged identity is no reason to move the data of a process that is running. */
function refuseIfUsed(disk: Disk, done: Done<void>): void {
  disk.openStore(logNames[0], { create: false }, (opened) => {
    if (opened.ok) {
      opened.value.close(() => done(ok(undefined)));
      return;
    }
    const kind = failureKind(opened.error);
    const isHealable = kind === 'missing' || kind === 'corrupt';
    done(isHealable ? ok(undefined) : fail({ kind: 'disk', error: opened.error }));
  });
}

/** The identity comes last, so that it stays for people as long as anything else does. */
function namesOf(disk: Disk, done: (names: readonly string[]) => void): void {
  readLedgerPlace(disk, (place) => {
    const numbers = place.ok
      ? [place.value.number - 1, place.value.number, place.value.number + 1]
      : Array.from({ length: ledgersMax }, (_, number) => number);
    const ledgers = numbers.filter((number) => number >= 0).map(ledgerName);
    done([...logNames, ...ledgers, placeFile, damageFile, identityFile]);
  });
}

function nextLife({ identity, expected, newIncarnation }: HealOptions): Identity {
  const { clusterName, node } = expected;
  const neverJoined = identity !== undefined && identity.voters === undefined;
  return {
    clusterName,
    clusterId: identity?.clusterId ?? clusterId(''),
    node,
    incarnation: newIncarnation,
    voters: neverJoined ? undefined : [],
    hasStores: false,
  };
}

interface Work {
  readonly disk: Disk;
  readonly note: SetAsideNote;
  readonly ending: EndingLife;
}

function begin(work: Work, done: Done<Identity>): void {
  const noted = proceed(done, () => move(work, done));
  writeNote(work.disk, work.note, noted);
}

function resume(work: Work, done: Done<Identity | undefined>): void {
  const { disk, ending } = work;
  readIdentity({ disk, expected: ending.next }, (found) => {
    // A2: when the new identity is there, all that is old is out of the way.
    const isWritten = found.ok && found.value?.incarnation === ending.next.incarnation;
    if (isWritten) {
      close(work, done);
    } else if (!found.ok && found.error.kind === 'io') {
      done(fail({ kind: 'disk', error: found.error.error }));
    } else {
      move(work, done);
    }
  });
}

/** Whatever was moved before is not there any more, so this may be done again. */
function move(work: Work, done: Done<Identity>): void {
  const { disk, note, ending } = work;
  const write = (): void =>
    writeIdentity(
      { disk, identity: ending.next },
      proceed(done, () => close(work, done)),
    );
  disk.setAside(ending.names, setAsideFolder(note.kept), proceed(done, write));
}

function close({ disk, note, ending }: Work, done: Done<Identity>): void {
  const noted = proceed(done, () => done(ok(ending.next)));
  writeNote(disk, { kept: note.kept, ending: null }, noted);
}

const proceed =
  (done: Done<Identity>, next: () => void) =>
  (error: DiskError | undefined): void => {
    if (error === undefined) next();
    else done(fail({ kind: 'disk', error }));
  };

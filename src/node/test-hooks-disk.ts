/**
 * A Disk with failpoints around its writes. What a write means is read from the store it goes to
 * and from the rows it carries, so that neither the log nor the ledger knows that it is watched.
 */
import type { FailpointPlace } from '../api/test-hooks.ts';
import type { Disk, DiskError, Slots, Store, StoreOperation } from '../base/ports.ts';
import { ok } from '../base/result.ts';
import { isMembersPayload } from '../raft/members.ts';
import { DiskFailure } from '../storage/disk-failure.ts';
import { everyEntry } from '../storage/keyspace.ts';
import { firstPlace, placeFile } from '../storage/ledger-place.ts';
import { decodeEntry } from '../storage/log-rows.ts';
import { logNames } from '../storage/log-store.ts';
import type { Failpoints } from './test-hooks-failpoints.ts';

type Done = (error: DiskError | undefined) => void;
type PlacesOf = (operations: readonly StoreOperation[]) => readonly FailpointPlace[];

export const diskPlaces: readonly FailpointPlace[] = [
  'save-hard-state',
  'append',
  'config-apply',
  'sync',
  'apply',
  'snapshot-write',
  'snapshot-install',
];

export const hookDisk = (disk: Disk, failpoints: Failpoints): Disk => ({
  openStore: (name, options, done) =>
    disk.openStore(name, options, (opened) => {
      const placesOf = placesOfStore(name, options.create);
      done(opened.ok ? ok(hookStore(opened.value, failpoints, placesOf)) : opened);
    }),
  removeStore: (name, done) => disk.removeStore(name, done),
  setAside: (names, folder, done) => disk.setAside(names, folder, done),
  readFile: (name, done) => disk.readFile(name, done),
  writeFile: (name, bytes, done) => {
    const places: readonly FailpointPlace[] = name === placeFile ? ['snapshot-install'] : [];
    around({ failpoints, places, done }, (written) => disk.writeFile(name, bytes, written));
  },
  openSlots: (name, options, done) =>
    disk.openSlots(name, options, (opened) => {
      if (!opened.ok) {
        done(opened);
        return;
      }
      const { slots, found } = opened.value;
      done(ok({ slots: hookSlots(slots, failpoints), found }));
    }),
});

/** A ledger beside the first one that is made anew is a snapshot on its way. */
function placesOfStore(name: string, isNew: boolean): PlacesOf {
  if (name === logNames[0]) return placesOfLogBatch;
  if (!name.startsWith(firstPlace.store)) return () => [];
  const isStage = isNew && name !== firstPlace.store;
  return () => [isStage ? 'snapshot-write' : 'apply'];
}

function placesOfLogBatch(operations: readonly StoreOperation[]): readonly FailpointPlace[] {
  const puts = operations.filter((each) => each.kind === 'put');
  const entries = puts.filter(({ key }) => key >= everyEntry.from && key < everyEntry.to);
  if (entries.length === 0) return ['save-hard-state', 'sync'];
  const hasMembers = entries.some((row) => {
    const decoded = decodeEntry(row);
    return decoded.ok && isMembersPayload(decoded.value.entry.payload);
  });
  return hasMembers ? ['config-apply', 'append', 'sync'] : ['append', 'sync'];
}

const hookStore = (store: Store, failpoints: Failpoints, placesOf: PlacesOf): Store => ({
  write: (operations, options, done) =>
    around({ failpoints, places: placesOf(operations), done }, (written) =>
      store.write(operations, options, written),
    ),
  get: (key, done) => store.get(key, done),
  scan: (range, done) => store.scan(range, done),
  view: () => store.view(),
  close: (done) => store.close(done),
});

const hookSlots = (slots: Slots, failpoints: Failpoints): Slots => ({
  write: (slot, bytes, done) =>
    around({ failpoints, places: ['sync'], done }, (written) => slots.write(slot, bytes, written)),
  close: (done) => slots.close(done),
});

interface Walk {
  readonly failpoints: Failpoints;
  /** Outermost first. */
  readonly places: readonly FailpointPlace[];
  readonly done: Done;
}

/** `before` of every place, the write, `after` of every place. */
function around({ failpoints, places, done }: Walk, write: (written: Done) => void): void {
  const [place, ...inner] = places;
  if (place === undefined) {
    write(done);
    return;
  }
  const refuse = (): void => done(new DiskFailure('io', `the failpoint ${place} fails`));
  const written: Done = (error) => {
    if (error !== undefined) done(error);
    else failpoints.pass(`after-${place}`, () => done(undefined), refuse);
  };
  const step = (): void => around({ failpoints, places: inner, done: written }, write);
  failpoints.pass(`before-${place}`, step, refuse);
}

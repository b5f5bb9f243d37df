/**
 * A node's disk with a witness: the same MemoryDisk, but what the Raft log makes durable is told,
 * and so is every error, after which the node may send nothing more (I15).
 */
import type { Disk, DiskError, Slots, Store, StoreOperation } from '../../src/base/ports.ts';
import { ok } from '../../src/base/result.ts';

export interface DiskWitness {
  /** A batch of the Raft log is durable; the process is told next. */
  logged(operations: readonly StoreOperation[]): void;
  /** A write to the store, slots or file of that name has to be durable. */
  synced(what: string): void;
  failed(error: DiskError): void;
}

export function watchedDisk(disk: Disk, witness: DiskWitness): Disk {
  return {
    readFile: (name, done) => disk.readFile(name, done),
    writeFile: (name, bytes, done) => {
      witness.synced(name);
      disk.writeFile(name, bytes, done);
    },
    openSlots: (name, options, done) =>
      disk.openSlots(name, options, (opened) => {
        if (!opened.ok) done(opened);
        else done(ok({ ...opened.value, slots: watchedSlots(opened.value.slots, name, witness) }));
      }),
    removeStore: (name, done) => disk.removeStore(name, done),
    setAside: (names, folder, done) => disk.setAside(names, folder, done),
    openStore: (name, options, done) =>
      disk.openStore(name, options, (opened) => {
        if (!opened.ok) witness.failed(opened.error);
        done(opened.ok ? ok(watchedStore(opened.value, name, witness)) : opened);
      }),
  };
}

function watchedStore(store: Store, name: string, witness: DiskWitness): Store {
  const isLog = name === 'log';
  return {
    get: (key, done) => store.get(key, done),
    scan: (range, done) => store.scan(range, done),
    view: () => store.view(),
    close: (done) => store.close(done),
    write: (operations, options, done) => {
      if (options.sync) witness.synced(name);
      store.write(operations, options, (error) => {
        if (error !== undefined) witness.failed(error);
        else if (isLog) witness.logged(operations);
        done(error);
      });
    },
  };
}

function watchedSlots(slots: Slots, name: string, witness: DiskWitness): Slots {
  return {
    close: (done) => slots.close(done),
    write: (slot, bytes, done) => {
      witness.synced(name);
      slots.write(slot, bytes, done);
    },
  };
}

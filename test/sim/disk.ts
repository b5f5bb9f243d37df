/**
 * A node's disk with a witness: the same MemoryDisk, but what the Raft log makes durable is told,
 * and so is every error, after which the node may send nothing more (I15).
 */
import type { Disk, DiskError, Store, StoreOperation } from '../../src/base/ports.ts';
import { ok } from '../../src/base/result.ts';

export interface DiskWitness {
  /** A batch of the Raft log is durable; the process is told next. */
  logged(operations: readonly StoreOperation[]): void;
  failed(error: DiskError): void;
}

export function watchedDisk(disk: Disk, witness: DiskWitness): Disk {
  return {
    readFile: (name, done) => disk.readFile(name, done),
    writeFile: (name, bytes, done) => disk.writeFile(name, bytes, done),
    openSlots: (name, options, done) => disk.openSlots(name, options, done),
    removeStore: (name, done) => disk.removeStore(name, done),
    setAside: (names, folder, done) => disk.setAside(names, folder, done),
    openStore: (name, options, done) =>
      disk.openStore(name, options, (opened) => {
        if (!opened.ok) witness.failed(opened.error);
        done(opened.ok ? ok(watchedStore(opened.value, name === 'log', witness)) : opened);
      }),
  };
}

function watchedStore(store: Store, isLog: boolean, witness: DiskWitness): Store {
  return {
    get: (key, done) => store.get(key, done),
    scan: (range, done) => store.scan(range, done),
    view: () => store.view(),
    close: (done) => store.close(done),
    write: (operations, options, done) =>
      store.write(operations, options, (error) => {
        if (error !== undefined) witness.failed(error);
        else if (isLog) witness.logged(operations);
        done(error);
      }),
  };
}

/**
 * The simulated Disk: a medium that forgets the way a real one does. The object is the medium, not
 * the process: it is kept when the node crashes and handed to the node's next life.
 *
 * It owns: what is durable, what a crash leaves of the rest, the sync latency, the faults. It does
 * not own time (the clock) nor chance (the random), so that one seed gives one history.
 *
 * Invariants (M1 to M3 stand beside the stores):
 * M4. After `crash` no callback of the earlier life is called.
 * M5. A store is open at most once at a time.
 */
import { assert } from '../base/assert.ts';
import type { Disk, DiskError, OpenedSlots, Store } from '../base/ports.ts';
import { below } from '../base/random.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { DiskFailure } from './disk-failure.ts';
import { MemoryDevice, type MemoryDiskOptions } from './memory-device.ts';
import { copied, StoreImage } from './memory-image.ts';
import { emptySlotPair, MemorySlots, type SlotPair } from './memory-slots.ts';
import { MemoryStore } from './memory-store.ts';

type Done<T> = (result: Result<T, DiskError>) => void;

/** Everything that a medium holds: taken by `backup`, put back by `restore`. */
export interface DiskImage {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly slots: ReadonlyMap<string, Readonly<SlotPair>>;
  readonly stores: ReadonlyMap<string, StoreImage>;
}

export class MemoryDisk implements Disk {
  readonly #device: MemoryDevice;
  #files = new Map<string, Uint8Array>();
  #slots = new Map<string, SlotPair>();
  #stores = new Map<string, StoreImage>();
  readonly #openStores = new Map<string, MemoryStore>();
  readonly #openSlots = new Set<MemorySlots>();
  readonly #replacing = new Set<{ readonly name: string; readonly bytes: Uint8Array }>();

  constructor(options: MemoryDiskOptions) {
    this.#device = new MemoryDevice(options);
  }

  openStore(name: string, options: { readonly create: boolean }, done: Done<Store>): void {
    this.#device.life.soon(() => done(this.#openStore(name, options.create)));
  }

  readFile(name: string, done: Done<Uint8Array | undefined>): void {
    const bytes = this.#files.get(name);
    this.#device.life.soon(() => done(ok(bytes && copied(bytes))));
  }

  writeFile(name: string, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void {
    const replacement = { name, bytes: copied(bytes) };
    this.#replacing.add(replacement);
    this.#device.life.afterSync((failure) => {
      this.#replacing.delete(replacement);
      if (failure === undefined) this.#files.set(name, replacement.bytes);
      done(failure);
    });
  }

  openSlots(name: string, options: { readonly create: boolean }, done: Done<OpenedSlots>): void {
    this.#device.life.soon(() => {
      if (!this.#slots.has(name) && options.create) this.#slots.set(name, emptySlotPair());
      const pair = this.#slots.get(name);
      if (pair === undefined) {
        done(fail(new DiskFailure('missing', `the slot file ${name} is not there`)));
        return;
      }
      const slots = new MemorySlots(this.#device, pair, () => this.#openSlots.delete(slots));
      this.#openSlots.add(slots);
      done(ok({ slots, found: [copied(pair[0]), copied(pair[1])] }));
    });
  }

  /**
   * The process ends now. What the operating system had accepted stays, unless `loseUnsynced` says
   * that the power failed as well. What was under way may have happened or not, in part or whole.
   */
  crash(options: { readonly loseUnsynced: boolean }): void {
    this.#device.endLife();
    for (const store of this.#openStores.values()) store.crash(options.loseUnsynced);
    for (const slots of this.#openSlots) slots.crash();
    for (const { name, bytes } of this.#replacing) {
      if (below(this.#device.random, 2) === 1) this.#files.set(name, bytes);
    }
    this.#openStores.clear();
    this.#openSlots.clear();
    this.#replacing.clear();
  }

  /** Fault: the next sync, of whatever file, ends with EIO. */
  failNextSync(): void {
    this.#device.failNextSync();
  }

  /** Fault: every write ends with ENOSPC while the disk is full. */
  setFull(full: boolean): void {
    this.#device.setFull(full);
  }

  /** The medium of one store, for silent faults. It must not be open. */
  store(name: string): StoreImage {
    const image = this.#stores.get(name);
    assert(image !== undefined && !this.#openStores.has(name), `memory: ${name} is not at rest`);
    return image;
  }

  /** A copy of the whole medium, to restore or to clone a node from. */
  backup(): DiskImage {
    return {
      files: new Map(this.#files),
      slots: new Map([...this.#slots].map(([name, [a, b]]) => [name, [a, b]])),
      stores: new Map([...this.#stores].map(([name, image]) => [name, image.clone()])),
    };
  }

  /** Puts a backup in place of everything; without one the medium is wiped. No process uses it. */
  restore(image: DiskImage = { files: new Map(), slots: new Map(), stores: new Map() }): void {
    assert(this.#openStores.size === 0, 'M5: a medium is replaced only while no process uses it');
    this.#files = new Map(image.files);
    this.#slots = new Map([...image.slots].map(([name, [a, b]]) => [name, [a, b]]));
    this.#stores = new Map([...image.stores].map(([name, store]) => [name, store.clone()]));
  }

  #openStore(name: string, create: boolean): Result<Store, DiskError> {
    if (this.#openStores.has(name)) {
      return fail(new DiskFailure('locked', `another process uses the store ${name}`));
    }
    if (!this.#stores.has(name) && create) this.#stores.set(name, new StoreImage());
    const image = this.#stores.get(name);
    if (image === undefined) {
      return fail(new DiskFailure('missing', `the store ${name} is not there`));
    }
    const store = new MemoryStore(this.#device, image, () => this.#openStores.delete(name));
    this.#openStores.set(name, store);
    return ok(store);
  }
}

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
  /** Changes of the folder that are not durable yet, each with what a crash makes of it. */
  readonly #changes = new Set<{ readonly crash: () => void }>();

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
    const copy = copied(bytes);
    const apply = (): undefined => void this.#files.set(name, copy);
    const crash = (): void => {
      if (below(this.#device.random, 2) === 1) apply();
    };
    this.#change({ apply, crash }, done);
  }

  /** A crash leaves the store whole, damaged or gone: its files go one after the other. */
  removeStore(name: string, done: (error: DiskError | undefined) => void): void {
    assert(!this.#openStores.has(name), `M5: the open store ${name} is not removed`);
    const apply = (): undefined => void this.#stores.delete(name);
    const crash = (): void => {
      const outcome = below(this.#device.random, 3);
      if (outcome === 1) this.#stores.get(name)?.empty();
      if (outcome === 2) apply();
    };
    this.#change({ apply, crash }, done);
  }

  /** A crash leaves the first of them moved and the others where they were. */
  setAside(
    names: readonly string[],
    folder: string,
    done: (error: DiskError | undefined) => void,
  ): void {
    const open = names.find((name) => this.#openStores.has(name));
    assert(open === undefined, `M5: the open store ${open} is not moved`);
    const contents = [this.#files, this.#slots, this.#stores];
    const move = (count: number): DiskFailure | undefined => {
      for (const name of names.slice(0, count)) {
        const target = `${folder}/${name}`;
        const isThere = (where: string): boolean => contents.some((each) => each.has(where));
        if (isThere(name) && isThere(target)) {
          return new DiskFailure('io', `${target} is there already`);
        }
        rename(this.#files, name, target);
        rename(this.#slots, name, target);
        rename(this.#stores, name, target);
      }
      return undefined;
    };
    const crash = (): void => void move(below(this.#device.random, names.length + 1));
    this.#change({ apply: () => move(names.length), crash }, done);
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
    for (const { crash } of this.#changes) crash();
    this.#openStores.clear();
    this.#openSlots.clear();
    this.#changes.clear();
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

  /** Another medium with the same content (P48): a directory that was copied while at rest. */
  clone(options: MemoryDiskOptions): MemoryDisk {
    const copy = new MemoryDisk(options);
    copy.restore(this.backup());
    return copy;
  }

  /** Nothing is left (P47). No process uses it. */
  wipe(): void {
    this.restore({ files: new Map(), slots: new Map(), stores: new Map() });
  }

  /** Puts a backup in place of everything (P49). No process uses it. */
  restore(image: DiskImage): void {
    assert(this.#openStores.size === 0, 'M5: a medium is replaced only while no process uses it');
    this.#files = new Map(image.files);
    this.#slots = new Map([...image.slots].map(([name, [a, b]]) => [name, [a, b]]));
    this.#stores = new Map([...image.stores].map(([name, store]) => [name, store.clone()]));
  }

  /** `apply` happens with the sync; `crash` instead of it when the process ends before. */
  #change(
    change: { readonly apply: () => DiskFailure | undefined; readonly crash: () => void },
    done: (error: DiskError | undefined) => void,
  ): void {
    this.#changes.add(change);
    this.#device.life.afterSync((failure) => {
      this.#changes.delete(change);
      done(failure ?? change.apply());
    });
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

function rename<T>(content: Map<string, T>, from: string, to: string): void {
  const value = content.get(from);
  if (value === undefined) return;
  content.delete(from);
  content.set(to, value);
}

/**
 * The simulated Store, as LevelDB was measured to behave: writes end in the order in which they
 * were issued; while one is under way the others gather, and are then written and synced as one
 * group.
 *
 * Invariants:
 * M2. Readers see a batch when its write has ended well, never before.
 * M3. After an error every write fails, and reads still work. A batch whose sync failed stands in
 *     the journal all the same and may be there after the store is opened again.
 */
import { assert } from '../base/assert.ts';
import type {
  DiskError,
  ScanRange,
  Store,
  StoreOperation,
  StoreRow,
  StoreView,
} from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import type { DiskFailure } from './disk-failure.ts';
import type { Life, MemoryDevice } from './memory-device.ts';
import { allRows, copied, type StoreImage } from './memory-image.ts';
import { SortedRows } from './sorted-rows.ts';

interface Write {
  readonly operations: readonly StoreOperation[];
  readonly sync: boolean;
  readonly done: (error: DiskError | undefined) => void;
}

export class MemoryStore implements Store {
  readonly #device: MemoryDevice;
  /** The process that opened this: when it has ended, nothing here does anything. */
  readonly #life: Life;
  readonly #image: StoreImage;
  readonly #rows: SortedRows;
  readonly #closed: () => void;
  readonly #views = new Set<MemoryView>();
  #group: readonly Write[] = [];
  #waiting: Write[] = [];
  #closing = false;
  #whenIdle: (() => void) | undefined;
  #failure: DiskFailure | undefined;

  /** `closed` is called when the store was closed in an orderly way. */
  constructor(device: MemoryDevice, image: StoreImage, closed: () => void) {
    this.#device = device;
    this.#life = device.life;
    this.#image = image;
    this.#closed = closed;
    image.sync();
    this.#rows = image.rows();
  }

  write(
    operations: readonly StoreOperation[],
    options: { readonly sync: boolean },
    done: (error: DiskError | undefined) => void,
  ): void {
    assert(!this.#closing, 'memory: a write to a closed store');
    this.#waiting.push({ operations: operations.map(copyOf), sync: options.sync, done });
    if (this.#group.length === 0) this.#startGroup();
  }

  get(key: string, done: (result: Result<Uint8Array | undefined, DiskError>) => void): void {
    const value = this.#rows.get(key);
    this.#life.soon(() => done(ok(value && copied(value))));
  }

  scan(range: ScanRange, done: (result: Result<readonly StoreRow[], DiskError>) => void): void {
    const rows = copiesIn(this.#rows, range);
    this.#life.soon(() => done(ok(rows)));
  }

  view(): StoreView {
    assert(!this.#closing, 'memory: a view of a closed store');
    const view = new MemoryView(this.#life, this.#rows, () => this.#views.delete(view));
    this.#views.add(view);
    return view;
  }

  close(done: () => void): void {
    assert(this.#views.size === 0, 'memory: views are closed before their store');
    this.#closing = true;
    this.#whenIdle = done;
    if (this.#group.length === 0) this.#endClose();
  }

  /** The process ended; the image keeps what a crash leaves of the writes under way. */
  crash(loseUnsynced: boolean): void {
    const inFlight = [...this.#group, ...this.#waiting].map((write) => write.operations);
    this.#image.crash(
      this.#failure === undefined ? inFlight : [],
      this.#device.random,
      loseUnsynced,
    );
  }

  #startGroup(): void {
    this.#group = this.#waiting;
    this.#waiting = [];
    if (this.#failure !== undefined) {
      this.#life.soon(() => this.#endGroup(this.#failure));
    } else if (this.#group.some((write) => write.sync)) {
      this.#life.afterSync((failure) => this.#endGroup(failure));
    } else {
      this.#life.soon(() => this.#endGroup(this.#device.fullFailure()));
    }
  }

  #endGroup(failure: DiskFailure | undefined): void {
    const group = this.#group;
    if (this.#failure === undefined) {
      for (const write of group) this.#image.append(write.operations);
      if (failure === undefined) this.#acceptGroup(group);
      else this.#failure = failure;
    }
    this.#group = [];
    if (this.#waiting.length > 0) this.#startGroup();
    for (const write of group) write.done(this.#failure);
    if (this.#group.length === 0) this.#endClose();
  }

  #acceptGroup(group: readonly Write[]): void {
    for (const write of group) this.#rows.apply(write.operations);
    if (group.some((write) => write.sync)) this.#image.sync();
  }

  #endClose(): void {
    const done = this.#whenIdle;
    if (done === undefined) return;
    this.#whenIdle = undefined;
    this.#life.soon(() => {
      this.#closed();
      done();
    });
  }
}

/** The values are shared with the store, which replaces but never changes them. */
class MemoryView implements StoreView {
  readonly #life: Life;
  readonly #rows = new SortedRows();
  readonly #closed: () => void;
  #isOpen = true;

  constructor(life: Life, rows: SortedRows, closed: () => void) {
    this.#life = life;
    this.#rows.apply(allRows(rows));
    this.#closed = closed;
  }

  scan(range: ScanRange, done: (result: Result<readonly StoreRow[], DiskError>) => void): void {
    assert(this.#isOpen, 'memory: a scan of a closed view');
    const rows = copiesIn(this.#rows, range);
    this.#life.soon(() => done(ok(rows)));
  }

  close(): void {
    this.#isOpen = false;
    this.#closed();
  }
}

const copiesIn = (rows: SortedRows, range: ScanRange): readonly StoreRow[] =>
  rows.scan(range).map(({ key, value }) => ({ key, value: copied(value) }));

/** The caller's bytes stay the caller's, who may change them when the write has ended. */
const copyOf = (operation: StoreOperation): StoreOperation =>
  operation.kind === 'put' ? { ...operation, value: copied(operation.value) } : operation;

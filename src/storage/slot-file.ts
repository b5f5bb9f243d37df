/**
 * The real body of the Slots port: one preallocated file of two slots that stays open. The file is
 * opened with O_DSYNC, so that one call to the thread pool writes and syncs; its size never
 * changes, so that the sync has no metadata to carry.
 *
 * Invariants:
 * S1. One write at a time: two at once could tear both slots.
 * S2. After an error no write is tried again. The kernel may have dropped the page and call the
 * next
 *     sync a success.
 * S3. The slots lie on different pages, so that writing one never rewrites the other.
 */
import { close, constants, open, read, write } from 'node:fs';
import { assert } from '../base/assert.ts';
import { type DiskError, type OpenedSlots, type Slots, slotBytesMax } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { DiskFailure } from './disk-failure.ts';

const slotStrideBytes = 4096;

/** The content of a slot file that was never written. */
export const emptySlotFile = (): Uint8Array => new Uint8Array(2 * slotStrideBytes);

/** Opens a slot file that is there. */
export function openSlotFile(
  path: string,
  done: (result: Result<OpenedSlots, DiskError>) => void,
): void {
  open(path, constants.O_RDWR | constants.O_DSYNC, (failure, descriptor) => {
    if (failure !== null) {
      const kind = failure.code === 'ENOENT' ? 'missing' : 'io';
      done(fail(new DiskFailure(kind, `the slot file ${path} could not be opened`, failure)));
      return;
    }
    const bytes = Buffer.alloc(2 * slotStrideBytes);
    read(descriptor, bytes, 0, bytes.length, 0, (error, length) => {
      const problem = readProblem({ path, error, complete: length === bytes.length });
      if (problem === undefined) {
        const slots = new SlotFile(path, descriptor);
        done(ok({ slots, found: [slotOf(bytes, 0), slotOf(bytes, 1)] }));
      } else {
        close(descriptor, () => done(fail(problem)));
      }
    });
  });
}

function readProblem(read: {
  readonly path: string;
  readonly error: Error | null;
  readonly complete: boolean;
}): DiskError | undefined {
  if (read.error !== null) {
    return new DiskFailure('io', `the slot file ${read.path} could not be read`, read.error);
  }
  if (read.complete) return undefined;
  return new DiskFailure('corrupt', `the slot file ${read.path} is shorter than it was made`);
}

const slotOf = (bytes: Uint8Array, slot: 0 | 1): Uint8Array =>
  bytes.subarray(slot * slotStrideBytes, slot * slotStrideBytes + slotBytesMax);

class SlotFile implements Slots {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #buffer = Buffer.alloc(slotBytesMax);
  #writing = false;
  #failure: DiskError | undefined;

  constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  write(slot: 0 | 1, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void {
    assert(!this.#writing, 'S1: slot writes overlap');
    assert(bytes.length <= slotBytesMax, `S3: ${bytes.length} bytes do not fit into a slot`);
    if (this.#failure !== undefined) {
      setImmediate(done, this.#failure);
      return;
    }
    this.#writing = true;
    this.#buffer.fill(0);
    this.#buffer.set(bytes);
    const place = slot * slotStrideBytes;
    write(this.#descriptor, this.#buffer, 0, slotBytesMax, place, (error, written) => {
      this.#writing = false;
      if (error !== null || written !== slotBytesMax) {
        const message = `the slot file ${this.#path} could not be written`;
        this.#failure = new DiskFailure('io', message, error ?? undefined);
      }
      done(this.#failure);
    });
  }

  close(done: () => void): void {
    close(this.#descriptor, () => done());
  }
}

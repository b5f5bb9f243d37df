/**
 * The simulated slot file: a crash in the middle of a write may leave the slot old, new or torn.
 */
import { assert } from '../base/assert.ts';
import { type DiskError, type Random, type Slots, slotBytesMax } from '../base/ports.ts';
import { below } from '../base/random.ts';
import type { DiskFailure } from './disk-failure.ts';
import type { Life, MemoryDevice } from './memory-device.ts';

/** What the medium holds; it outlives the process. */
export type SlotPair = [Uint8Array, Uint8Array];

export const emptySlotPair = (): SlotPair => [
  new Uint8Array(slotBytesMax),
  new Uint8Array(slotBytesMax),
];

export class MemorySlots implements Slots {
  readonly #device: MemoryDevice;
  /** The process that opened this: when it has ended, nothing here does anything. */
  readonly #life: Life;
  readonly #pair: SlotPair;
  readonly #closed: () => void;
  #inFlight: { readonly slot: 0 | 1; readonly bytes: Uint8Array } | undefined;
  #failure: DiskFailure | undefined;

  /** `closed` is called when the slots were closed in an orderly way. */
  constructor(device: MemoryDevice, pair: SlotPair, closed: () => void) {
    this.#device = device;
    this.#life = device.life;
    this.#pair = pair;
    this.#closed = closed;
  }

  write(slot: 0 | 1, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void {
    assert(this.#inFlight === undefined, 'memory: slot writes overlap');
    assert(bytes.length <= slotBytesMax, `memory: ${bytes.length} bytes do not fit into a slot`);
    if (this.#failure !== undefined) {
      this.#life.soon(() => done(this.#failure));
      return;
    }
    const padded = new Uint8Array(slotBytesMax);
    padded.set(bytes);
    this.#inFlight = { slot, bytes: padded };
    this.#life.afterSync((failure) => {
      this.#failure = failure;
      if (failure === undefined) this.#pair[slot] = padded;
      else this.crash();
      this.#inFlight = undefined;
      done(failure);
    });
  }

  close(done: () => void): void {
    this.#life.soon(() => {
      this.#closed();
      done();
    });
  }

  /** Leaves the slot that was being written in one of the states that a crash may leave. */
  crash(): void {
    if (this.#inFlight === undefined) return;
    const { slot, bytes } = this.#inFlight;
    this.#pair[slot] = tear(this.#device.random, this.#pair[slot], bytes);
  }
}

/** One time in three the old bytes, the new bytes, or a first part of the new over the old. */
function tear(random: Random, before: Uint8Array, after: Uint8Array): Uint8Array {
  const outcome = below(random, 3);
  if (outcome === 0) return before;
  if (outcome === 1) return after;
  const torn = new Uint8Array(before);
  torn.set(after.subarray(0, 1 + below(random, slotBytesMax - 1)));
  return torn;
}

/**
 * Watches the free space of the data directory. Below the reserve the node says that its disk is
 * low: a leader takes no new work then, and hands over to a node that has room. What has begun goes
 * on in the reserve, so runs that were accepted can end (P38).
 */
import { statfs } from 'node:fs/promises';
import type { Trace } from '../base/trace.ts';

const lookMs = 1000;
/** Room must be there by so much more than the reserve before work is taken again. */
const hysteresis = 1.05;

export interface DiskSpaceOptions {
  readonly directory: string;
  readonly reserveBytes: number;
  readonly trace: Trace;
  /** Told at every look. */
  readonly found: (space: { readonly freeBytes: number; readonly low: boolean }) => void;
}

export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  #timer: NodeJS.Timeout | undefined;
  #low = false;
  freeBytes = 0;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
  }

  get low(): boolean {
    return this.#low;
  }

  /** Looks once now, and then every second. */
  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), lookMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { directory, reserveBytes, trace, found } = this.#options;
    const space = await statfs(directory).catch(() => undefined);
    // A directory that cannot be looked at will fail a write soon enough.
    if (space === undefined) return;
    this.freeBytes = space.bavail * space.bsize;
    const limit = this.#low ? reserveBytes * hysteresis : reserveBytes;
    const low = this.freeBytes < limit;
    if (low !== this.#low) trace('warn', 'disk.space', { low, freeBytes: this.freeBytes });
    this.#low = low;
    found({ freeBytes: this.freeBytes, low });
  }
}

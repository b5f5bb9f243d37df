/**
 * What the parts of a simulated disk share: its clock, its chance, its faults, and the life of the
 * process that uses it. When the process ends, what it had under way never calls back.
 */
import type { Clock, Random } from '../base/ports.ts';
import { DiskFailure } from './disk-failure.ts';

export interface MemoryDiskOptions {
  readonly clock: Clock;
  /** Decides what a crash or a fault leaves; a seeded one makes it repeatable. */
  readonly random: Random;
  /** Asked once per sync, in virtual milliseconds. Without it a sync takes no time. */
  readonly syncLatencyMs?: () => number;
}

export class MemoryDevice {
  readonly clock: Clock;
  readonly random: Random;
  readonly syncLatencyMs: () => number;
  #life = new Life(this);
  #syncFailures = 0;
  #full = false;

  constructor(options: MemoryDiskOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.syncLatencyMs = options.syncLatencyMs ?? (() => 0);
  }

  /** That of the process which uses the disk now. Open files keep the one they were opened in. */
  get life(): Life {
    return this.#life;
  }

  endLife(): void {
    this.#life.end();
    this.#life = new Life(this);
  }

  /** The next sync, of whatever file, fails with EIO. Told twice, the next two fail. */
  failNextSync(): void {
    this.#syncFailures += 1;
  }

  setFull(full: boolean): void {
    this.#full = full;
  }

  fullFailure(): DiskFailure | undefined {
    return this.#full ? new DiskFailure('io', 'ENOSPC: no space left on device') : undefined;
  }

  takeSyncFailure(): DiskFailure | undefined {
    const full = this.fullFailure();
    if (full !== undefined || this.#syncFailures === 0) return full;
    this.#syncFailures -= 1;
    return new DiskFailure('io', 'EIO: i/o error');
  }
}

/** One life of a process, as its disk sees it. */
export class Life {
  readonly #device: MemoryDevice;
  #over = false;

  constructor(device: MemoryDevice) {
    this.#device = device;
  }

  end(): void {
    this.#over = true;
  }

  /** Runs `run` later, unless the process ends before. */
  soon(run: () => void): void {
    this.#device.clock.soon(() => {
      if (!this.#over) run();
    });
  }

  /** Runs `run` after one sync, with the failure of that sync if it has one. */
  afterSync(run: (failure: DiskFailure | undefined) => void): void {
    const finish = (): void => {
      if (!this.#over) run(this.#device.takeSyncFailure());
    };
    const delayMs = this.#device.syncLatencyMs();
    if (delayMs === 0) this.#device.clock.soon(finish);
    else this.#device.clock.after(delayMs, finish);
  }
}

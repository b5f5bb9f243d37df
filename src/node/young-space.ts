/**
 * How far the young space of the heap may grow. V8 doubles it whenever enough objects have survived
 * in it, up to 32 MB, and gives it back late or never: the modules that a node loads when it starts
 * are enough for all of it. So it does not grow while the process has little to do, its start
 * included (`bin/skein`, `executor-process.ts`); a busy one lets V8 do as it thinks best.
 *
 * Y1  Only the growth is held back: what a busy time has made large, V8 makes small again.
 */
import { setFlagsFromString } from 'node:v8';

/** V8 reads it each time; the other flags of this space are read once, when a process starts. */
export const growthFlag = (factor: 1 | 2): string => `--semi-space-growth-factor=${factor}`;

/** Of one core. An idle node takes a hundredth, one that places tasks all of it. */
const busyShare = 0.1;
const lookEveryMs = 1_000;

export interface YoungSpaceOptions {
  readonly nowMs: () => number;
  /** Processor time of this process since its start, threads included. */
  readonly cpuMs: () => number;
  readonly setMayGrow: (mayGrow: boolean) => void;
}

const ofThisProcess: YoungSpaceOptions = {
  nowMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  setMayGrow: (mayGrow) => setFlagsFromString(growthFlag(mayGrow ? 2 : 1)),
};

export class YoungSpace {
  readonly #options: YoungSpaceOptions;
  #lookedAtMs: number;
  #cpuMs: number;
  #mayGrow = false;

  constructor(options: YoungSpaceOptions = ofThisProcess) {
    this.#options = options;
    this.#lookedAtMs = options.nowMs();
    this.#cpuMs = options.cpuMs();
    options.setMayGrow(false);
  }

  /** To be called now and then, by whoever is awake anyway. */
  look(): void {
    const { nowMs, cpuMs, setMayGrow } = this.#options;
    const now = nowMs();
    const passedMs = now - this.#lookedAtMs;
    if (passedMs < lookEveryMs) return;
    const cpu = cpuMs();
    const mayGrow = cpu - this.#cpuMs > busyShare * passedMs;
    this.#lookedAtMs = now;
    this.#cpuMs = cpu;
    if (mayGrow === this.#mayGrow) return;
    this.#mayGrow = mayGrow;
    setMayGrow(mayGrow);
  }
}

/** The durations of the last syncs, for people: a slow disk is the first thing to look at. */
const samplesMax = 1024;

export class SyncTimes {
  readonly #samples: number[] = [];
  #next = 0;
  #count = 0;
  /** Sorting is dear, and many ask between two syncs. */
  #summary: { readonly p99Ms: number; readonly maxMs: number } | undefined;

  record(ms: number): void {
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % samplesMax;
    this.#count += 1;
    this.#summary = undefined;
  }

  /** Since the start. */
  get count(): number {
    return this.#count;
  }

  /** Over the last 1024 syncs, in milliseconds; 0 before the first. */
  summary(): { readonly p99Ms: number; readonly maxMs: number } {
    this.#summary ??= this.#summarise();
    return this.#summary;
  }

  #summarise(): { readonly p99Ms: number; readonly maxMs: number } {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    const p99Ms = sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
    return { p99Ms, maxMs: sorted.at(-1) ?? 0 };
  }
}

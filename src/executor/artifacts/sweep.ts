/**
 * Removes objects that no run refers to any more. Which runs there are the ledger says: the peer of
 * this node is asked, and while it does not answer nothing goes.
 *
 * Invariants:
 *   W1  What belongs to a run that is alive stays, and what was taken in less than a grace ago.
 *   W2  One sweep at a time; runs are asked for in small groups.
 *   W3  What is let go here waits for no other store. A run whose folder is left without a file is
 *       still to be let go there.
 */
import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namespace, runId } from '../../base/brand.ts';
import type { Cancellable, Clock } from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import type { ArtifactRuns, RunFate } from '../../model/artifact-protocol.ts';
import { storeFault } from '../object-store.ts';
import type { RunName } from './remote.ts';
import type { ArtifactStore } from './store.ts';

const hourMs = 3_600_000;
const runsAtATime = 50;
/** Then the store is not asked before the next sweep: one that is away takes half a minute each. */
const refusalsMax = 20;

export interface ArtifactSweepOptions {
  readonly clock: Clock;
  readonly store: ArtifactStore;
  readonly keepMs: number;
  readonly trace: Trace;
  /** A run is let go here: so it is everywhere. When it rejects, the run comes again. */
  readonly forgotten: (run: RunName) => Promise<void>;
  /** What became of runs; undefined while nobody knows. */
  readonly fatesOf: (runs: ArtifactRuns['runs']) => Promise<readonly RunFate[] | undefined>;
}

export class ArtifactSweep {
  readonly #options: ArtifactSweepOptions;
  readonly #everyMs: number;
  readonly #graceMs: number;
  #timer: Cancellable | undefined;
  #removed = 0;
  /** Why runs could not be let go everywhere, in this sweep. */
  #refusals: unknown[] = [];
  #stopped = false;

  constructor(options: ArtifactSweepOptions) {
    this.#options = options;
    // Who keeps for minutes wants to see it go within minutes.
    this.#everyMs = Math.min(hourMs, Math.max(1_000, options.keepMs / 2));
    this.#graceMs = Math.min(hourMs, options.keepMs);
    this.#plan();
  }

  /** Objects since the start. */
  get removed(): number {
    return this.#removed;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #plan(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(this.#everyMs, () => {
      void this.sweep().finally(() => this.#plan());
    });
  }

  /** Never rejects. */
  async sweep(): Promise<void> {
    const { store, trace } = this.#options;
    try {
      await store.beginSweep();
      this.#refusals = [];
      const isKnown = await this.#forgetRuns();
      const [refusal] = this.#refusals;
      if (refusal !== undefined) {
        trace('warn', 'executor.artifacts_not_forgotten', { error: storeFault(refusal) });
      }
      // With one run of unknown fate everything that is referred to still is.
      if (isKnown && !this.#stopped) await this.#removeObjects();
    } catch (error) {
      trace('warn', 'executor.artifacts_not_swept', { error: storeFault(error) });
    }
  }

  /** Whether all runs could be asked for. */
  async #forgetRuns(): Promise<boolean> {
    const { store, fatesOf } = this.#options;
    const refs = join(store.root, 'refs');
    let group: RunName[] = [];
    const settle = async (): Promise<boolean> => {
      if (group.length === 0) return true;
      const fates = await fatesOf(group);
      if (fates === undefined || this.#stopped) return false;
      for (const [at, run] of group.entries()) {
        const fate = fates[at];
        if (fate !== undefined) await this.#forget(run, fate);
      }
      group = [];
      return true;
    };
    for (const space of await namesIn(refs)) {
      for (const run of await namesIn(join(refs, space))) {
        group.push({ namespace: namespace(space), runId: runId(run) });
        if (group.length >= runsAtATime && !(await settle())) return false;
      }
      await rmdir(join(refs, space)).catch(() => {});
    }
    return settle();
  }

  async #forget(run: RunName, fate: RunFate): Promise<void> {
    const { clock, keepMs, store } = this.#options;
    const folder = join(store.root, 'refs', run.namespace, run.runId);
    const now = clock.wallMs();
    if (fate.status === 'alive') return;
    if (fate.status === 'ended' && now - fate.endedAt <= keepMs) return;
    // W1: a run that began a moment ago, or goes on again, may not stand in the ledger yet.
    const stats = await stat(folder).catch(() => undefined);
    if (stats === undefined || now - stats.mtimeMs <= this.#graceMs) return;
    // Looked up before, so that what comes to the run meanwhile stays.
    const names = await namesIn(folder);
    const isForgotten = await this.#isForgotten(run);
    for (const name of names) await rm(join(folder, name), { force: true });
    if (isForgotten) await rmdir(folder).catch(() => {});
  }

  async #isForgotten(run: RunName): Promise<boolean> {
    if (this.#refusals.length >= refusalsMax) return false;
    try {
      await this.#options.forgotten(run);
      return true;
    } catch (error) {
      this.#refusals.push(error);
      return false;
    }
  }

  async #removeObjects(): Promise<void> {
    const { clock, store } = this.#options;
    const referred = await this.#referred();
    for await (const { sha256, changedAt } of store.objects()) {
      if (this.#stopped) return;
      const isYoung = clock.wallMs() - changedAt <= this.#graceMs;
      if (isYoung || referred.has(sha256) || store.isHeld(sha256)) continue;
      await store.remove(sha256);
      this.#removed += 1;
    }
  }

  async #referred(): Promise<ReadonlySet<string>> {
    const refs = join(this.#options.store.root, 'refs');
    const referred = new Set<string>();
    for (const space of await namesIn(refs)) {
      for (const run of await namesIn(join(refs, space))) {
        const folder = join(refs, space, run);
        for (const name of await namesIn(folder)) {
          const text = await readFile(join(folder, name), 'utf8');
          for (const sha256 of text.split('\n')) if (sha256 !== '') referred.add(sha256);
        }
      }
    }
    return referred;
  }
}

/** None where there is no such folder; an error of the disk is thrown: nothing goes then. */
async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

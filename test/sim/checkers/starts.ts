/**
 * Starts, as the effect ledger tells them, whatever the log says:
 *   W01  one start per token;
 *   W09  no start of a run that has ended, and none of it alive when its end is committed;
 *   W11  what runs on a node at one time fits its capacity;
 *   W12  two attempts of a task instance never run at the same time;
 *   W20  an attempt does not outlive its time limit;
 *   W40  an executor starts nothing below a token that it has started.
 *
 * One exception is documented: an executor that is paused cannot kill what it runs (the watchdog
 * outside of it, which would, has no body in the simulation). What it should have killed is excused
 * while it is paused and a moment longer. When a whole machine slept, the executor's clock stood
 * still, and with it its lease: that is excused for the length of a lease.
 */
import type { Resources } from '../../../src/model/resources.ts';
import type { Effect } from '../effects.ts';
import { executorTimes } from '../options.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

/** An executor that wakes up has so long to kill what it may not run any more. */
const wakeUpMs = 100;
/** Signals, sweeps and messages within one machine. */
const slackMs = 500;

class StartsChecker implements Checker {
  readonly #scene: Scene;
  readonly #ending = new Set<string>();
  #checkedAtMs = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  started: NonNullable<Checker['started']> = (effect, { sameToken, highestHere, overlapping }) => {
    const { instance, token, node } = effect;
    const what = `${instance} with token ${token} on ${node}`;
    if (sameToken !== undefined) {
      this.#scene.violate('W01', `${what} starts again; first on ${sameToken.node}`);
    }
    if (highestHere !== undefined && token < highestHere) {
      this.#scene.violate('W40', `${what} starts after token ${highestHere}`);
    }
    for (const other of overlapping) {
      if (other.token === token || this.#isExcused(other) || this.#isExcused(effect)) continue;
      this.#scene.violate('W12', `${what} overlaps token ${other.token} on ${other.node}`);
    }
    this.#checkRun(effect, what);
    this.#checkRoom(node);
  };

  recorded: NonNullable<Checker['recorded']> = ({ applied }) => {
    for (const { ended } of applied) if (ended !== undefined) this.#ending.add(ended.run.runId);
  };

  settled(): void {
    if (this.#ending.size > 0) this.#checkEnded();
    if (this.#scene.nowMs - this.#checkedAtMs < 250) return;
    this.#checkedAtMs = this.#scene.nowMs;
    this.#checkLimits();
  }

  #checkRun({ namespace, runId, token, executor }: Effect, what: string): void {
    const history = this.#scene.chronicle.runs.get(`${namespace}/${runId}`);
    if (history === undefined) this.#scene.violate('W09', `${what} starts for a run unknown`);
    if (history?.endedIndex === undefined || token >= history.endedIndex * 1024) return;
    if (executor.resumedAtMs !== undefined) return;
    this.#scene.violate('W09', `${what} starts though its run had ended at ${history.endedIndex}`);
  }

  /** Nothing of a run is alive when its end is committed. */
  #checkEnded(): void {
    for (const effect of this.#scene.effects.alive) {
      if (!this.#ending.has(effect.runId) || this.#isExcused(effect)) continue;
      const text = `${effect.instance} runs on ${effect.node} though its run has ended`;
      this.#scene.violate('W09', text);
    }
    this.#ending.clear();
  }

  #checkRoom(node: string): void {
    const { capacity = {} } = this.#scene.nodes.find(({ id }) => id === node)?.traits ?? {};
    const taken: Record<string, number> = {};
    for (const effect of this.#scene.effects.alive) {
      if (effect.node !== node) continue;
      for (const [name, amount] of Object.entries(effect.takes)) {
        taken[name] = (taken[name] ?? 0) + amount;
      }
    }
    if (exceeds(taken, capacity)) {
      const text = `${node} runs ${JSON.stringify(taken)} of ${JSON.stringify(capacity)}`;
      this.#scene.violate('W11', text);
    }
  }

  #checkLimits(): void {
    for (const effect of this.#scene.effects.alive) {
      const limitMs = effect.limitMs + executorTimes.graceMs + slackMs;
      if (this.#scene.nowMs - effect.startedAtMs <= limitMs) continue;
      // Whoever was paused meanwhile counts the time differently.
      if (this.#isExcused(effect) || effect.executor.resumedAtMs !== undefined) continue;
      const text = `${effect.instance} on ${effect.node} outlives ${effect.limitMs} ms`;
      this.#scene.violate('W20', text);
    }
  }

  #isExcused({ executor }: Effect): boolean {
    if (executor.paused) return true;
    const { resumedAtMs, sleptUntilMs } = executor;
    const { nowMs, options } = this.#scene;
    const within = (sinceMs: number | undefined, ms: number): boolean =>
      sinceMs !== undefined && nowMs - sinceMs <= ms;
    return within(resumedAtMs, wakeUpMs) || within(sleptUntilMs, options.leaseMs + wakeUpMs);
  }
}

const exceeds = (taken: Resources, capacity: Resources): boolean =>
  Object.entries(taken).some(([name, amount]) => amount > (capacity[name] ?? 0));

export const starts: MakeChecker = (scene) => new StartsChecker(scene);

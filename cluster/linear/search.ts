/**
 * Is there an order of these operations that a correct object could have run, in which nobody
 * overtakes an operation that had returned before his own was called?
 *
 * The search of Wing and Gong ("Testing and verifying concurrent objects", 1993) with Lowe's memory
 * of configurations ("Testing for linearizability", 2017), as Porcupine has it: walk from the
 * earliest call on, place whatever the model allows, and go back when a return is met whose call
 * could not be placed. Without recursion, because histories are long.
 *
 * Owns: the order so far. Does not own: the links, the memory, the model.
 *
 * Invariants:
 *   L1  An operation is placed only if no operation that is left returned before it was called.
 *   L2  A read that fits here and teaches nothing is placed at once and never reconsidered: in any
 *       order that ends well it could as well have stood here.
 *   L3  An operation without an output is placed only where it changes something, or not at all.
 */
import { present } from '../../src/base/assert.ts';
import { Configurations } from './configurations.ts';
import { type End, EntryList } from './entry-list.ts';
import type { History } from './history.ts';
import type { Model } from './model.ts';

export interface Budget {
  /** Ends that the search may look at. */
  readonly stepsMax: number;
  /** 32-bit words that its memory may take. */
  readonly wordsMax: number;
  /** Asked now and then: true when the time is over. */
  readonly isOver: () => boolean;
}

/** Some seconds: histories of a network that loses four messages of ten take 20 million steps. */
export const defaultBudget: Budget = {
  stepsMax: 200_000_000,
  wordsMax: 128_000_000,
  isOver: () => false,
};

export type Verdict =
  | { readonly status: 'linearizable'; readonly steps: number; readonly order: readonly number[] }
  | { readonly status: 'broken'; readonly steps: number; readonly deepest: Deepest }
  /** The budget is used up. This is not a pass. */
  | { readonly status: 'unknown'; readonly steps: number };

/** How far the search came: operations by their numbers in the history. */
export interface Deepest {
  readonly order: readonly number[];
  /** It had returned, and there was no place for it behind `order`. */
  readonly stuck: number;
  /** The state there, as the model's key. */
  readonly state: string;
}

/** Judges the operations on one key. */
export function search<State, Input, Output extends object>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  budget: Budget = defaultBudget,
): Verdict {
  return new Search(history, model).run(budget);
}

interface Placed<State> {
  readonly operation: number;
  /** The state before it, and its key. */
  readonly state: State;
  readonly stateKey: string;
  /** L2: there is nothing else to try. */
  readonly forced: boolean;
}

interface Fit<State> {
  readonly state: State;
  readonly stateKey: string;
}

const stepsBetweenLooks = 1024;

class Search<State, Input, Output extends object> {
  readonly #history: History<Input, Output>;
  readonly #model: Model<State, Input, Output>;
  readonly #list: EntryList;
  readonly #seen: Configurations;
  readonly #order: Placed<State>[] = [];
  #state: State;
  #stateKey: string;
  /** Operations that happened and have no place yet. */
  #left: number;
  #deepest: Deepest | undefined;
  #steps = 0;

  constructor(history: History<Input, Output>, model: Model<State, Input, Output>) {
    this.#history = history;
    this.#model = model;
    this.#list = new EntryList(history);
    this.#seen = new Configurations(history.length);
    this.#state = model.initial;
    this.#stateKey = model.keyOf(model.initial);
    this.#left = history.filter(({ output }) => output !== null).length;
  }

  run(budget: Budget): Verdict {
    this.#placeReads();
    let at = this.#list.first;
    for (let looks = 0; this.#left > 0; looks++) {
      if (this.#isUsedUp(budget, looks)) return { status: 'unknown', steps: this.#steps };
      // The return of an operation that is left is always ahead, and the walk turns there.
      const end = present(at, 'L1: an operation that is left has its return in the list');
      const fit = this.#list.isCall(end) ? this.#fit(end) : undefined;
      if (fit !== undefined) at = this.#choose(end, fit);
      else if (this.#list.isCall(end)) at = this.#list.after(end);
      else {
        this.#remember(this.#list.operationOf(end));
        const last = this.#takeBack();
        if (last === undefined) break;
        at = this.#list.after(last);
      }
    }
    const steps = this.#steps;
    if (this.#left === 0) return { status: 'linearizable', steps, order: this.#numbers() };
    const deepest = present(this.#deepest, 'a search that ends early was stuck somewhere');
    return { status: 'broken', steps, deepest };
  }

  #isUsedUp({ stepsMax, wordsMax, isOver }: Budget, looks: number): boolean {
    if (this.#steps >= stepsMax || this.#seen.words > wordsMax) return true;
    return looks % stepsBetweenLooks === 0 && isOver();
  }

  #fit(operation: number): Fit<State> | undefined {
    this.#steps += 1;
    const { input, output } = present(this.#history[operation], 'an end has its operation');
    const state = this.#model.step(this.#state, input, output);
    if (state === undefined) return undefined;
    const stateKey = this.#model.keyOf(state);
    if (output === null && stateKey === this.#stateKey) return undefined;
    return { state, stateKey };
  }

  /** Tries the operation here; answers where the walk goes on. */
  #choose(operation: number, fit: Fit<State>): End | undefined {
    this.#place(operation, fit, false);
    this.#placeReads();
    // What failed behind this configuration fails again.
    if (this.#left === 0 || this.#seen.enter(this.#stateKey)) return this.#list.first;
    const last = present(this.#takeBack(), 'L2: behind the reads stands the choice');
    return this.#list.after(last);
  }

  /** L2. One walk will do: no read that did not fit fits because of another one. */
  #placeReads(): void {
    let before: End | undefined;
    for (;;) {
      const end: End | undefined =
        before === undefined ? this.#list.first : this.#list.after(before);
      if (end === undefined || !this.#list.isCall(end)) return;
      const fit = this.#isRead(end) ? this.#fit(end) : undefined;
      if (fit !== undefined && fit.stateKey === this.#stateKey) this.#place(end, fit, true);
      else before = end;
    }
  }

  #isRead(operation: number): boolean {
    const { input, output } = present(this.#history[operation], 'an end has its operation');
    return output !== null && this.#model.readsOnly(input);
  }

  #place(operation: number, fit: Fit<State>, forced: boolean): void {
    this.#order.push({ operation, state: this.#state, stateKey: this.#stateKey, forced });
    this.#state = fit.state;
    this.#stateKey = fit.stateKey;
    this.#seen.toggle(operation);
    this.#list.lift(operation);
    if (this.#list.mustHappen(operation)) this.#left -= 1;
  }

  /** Takes back the last choice and the reads behind it; undefined if there is none. */
  #takeBack(): number | undefined {
    for (;;) {
      const last = this.#order.pop();
      if (last === undefined) return undefined;
      const { operation, state, stateKey, forced } = last;
      this.#state = state;
      this.#stateKey = stateKey;
      this.#seen.toggle(operation);
      this.#list.putBack(operation);
      if (this.#list.mustHappen(operation)) this.#left += 1;
      if (!forced) return operation;
    }
  }

  #remember(stuck: number): void {
    if (this.#order.length < (this.#deepest?.order.length ?? 0)) return;
    this.#deepest = { order: this.#numbers(), stuck, state: this.#stateKey };
  }

  #numbers(): readonly number[] {
    return this.#order.map(({ operation }) => operation);
  }
}

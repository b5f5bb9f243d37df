/**
 * What an evaluation may cost. Every pass of a loop, every element compared and every text made
 * pays; who cannot pay any more ends with a fault, so that no expression holds the event loop.
 */
import { Fault, isFault } from './value.ts';

export interface Budget {
  left: number;
}

/** Units of one evaluation; a unit is some tens of nanoseconds, so all of it is about 10 ms. */
export const evaluationBudget = 250_000;

/** Text is cheaper than the rest: so many characters cost one unit. */
const charactersPerUnit = 16;

export const spent = new Fault('spent', 'it costs too much: the lists or texts are too large');

/** Whether the budget had so much left. */
export const pay = (budget: Budget, units: number): boolean => {
  budget.left -= units;
  return budget.left >= 0;
};

/** Pays for making or reading a text of that length. */
export const payText = (budget: Budget, length: number): boolean =>
  pay(budget, 1 + length / charactersPerUnit);

/** Making text of lists costs more than copying it. */
export const paid = (budget: Budget, text: string | Fault): string | Fault =>
  isFault(text) || pay(budget, 8 + text.length / 4) ? text : spent;

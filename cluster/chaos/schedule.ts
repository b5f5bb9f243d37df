/**
 * Which faults come when: a function of the seed, the time and the faults that can be run.
 *
 * Faults come in bursts of one to three that overlap, and between bursts the cluster may breathe:
 * that it then works again is half of what is tested.
 */

import type { Random } from '../../src/base/ports.ts';
import { below, SeededRandom } from '../../src/base/random.ts';
import { between, type Fault } from './fault.ts';

export interface Planned {
  readonly fault: Fault;
  /** After the burst's begin, in milliseconds. */
  readonly delayMs: number;
  readonly holdMs: number;
  /** Of all chances that the fault draws. */
  readonly seed: number;
}

export interface Burst {
  readonly faults: readonly Planned[];
  /** Nothing is broken for so long afterwards. */
  readonly calmMs: number;
}

const faultsPerBurst = [1, 1, 1, 2, 2, 3] as const;

/** Bursts without end. Every fault comes once before one comes again. */
export function* schedule(seed: number, faults: readonly Fault[]): Generator<Burst> {
  const random = new SeededRandom(seed);
  const bag = bagOf(random, faults);
  const burst = (faults: readonly Planned[]): Burst => ({
    faults,
    calmMs: between(random, 1_000, 4_000),
  });
  for (;;) {
    const count = faultsPerBurst[below(random, faultsPerBurst.length)] ?? 1;
    const first = bag();
    let planned: readonly Planned[] = [plan(random, first, 0)];
    for (let last = first; planned.length < count && last.nature !== 'alone'; ) {
      last = bag();
      const isAlone = last.nature === 'alone';
      if (isAlone) yield burst(planned);
      const next = plan(random, last, isAlone ? 0 : between(random, 0, 2_000));
      planned = isAlone ? [next] : [...planned, next];
    }
    yield burst(planned);
  }
}

function plan(random: Random, fault: Fault, delayMs: number): Planned {
  return { fault, delayMs, holdMs: between(random, ...fault.holdMs), seed: random.uint32() };
}

/** Hands out all faults in a random order, and again in another one. */
function bagOf(random: Random, faults: readonly Fault[]): () => Fault {
  let rest: Fault[] = [];
  return () => {
    if (rest.length === 0) rest = [...faults];
    const [fault] = rest.splice(below(random, rest.length), 1);
    if (fault === undefined) throw new Error('there are no faults to choose from');
    return fault;
  };
}

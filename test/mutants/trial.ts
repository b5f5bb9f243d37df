/** Mutants against the suite: each is put in, and its killers are asked until one notices. */
import { ask, type Kill } from './killers.ts';
import type { Killer, Mutant } from './mutant.ts';
import type { Workshop } from './workshop.ts';

export interface Fate {
  readonly mutant: Mutant;
  /** Undefined: it lives. */
  readonly kill: Kill | undefined;
  /** Of all killers that were asked. */
  readonly cpuMs: number;
}

/** One mutant per workshop at a time; `told` hears of each as it is decided. */
export async function tryMutants(
  shops: readonly Workshop[],
  mutants: readonly Mutant[],
  told: (fate: Fate) => void,
): Promise<readonly Fate[]> {
  const waiting = [...mutants];
  const fates = new Map<Mutant, Fate>();
  const work = async (shop: Workshop): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const fate = await tryMutant(shop, next);
      fates.set(next, fate);
      told(fate);
    }
  };
  await Promise.all(shops.map(work));
  return mutants.flatMap((mutant) => fates.get(mutant) ?? []);
}

function tryMutant(shop: Workshop, mutant: Mutant): Promise<Fate> {
  return shop.with(mutant, async () => {
    let cpuMs = 0;
    for (const killer of mutant.killers) {
      const verdict = await ask(killer, shop.root);
      cpuMs += verdict.cpuMs;
      if (verdict.kill !== undefined) return { mutant, kill: verdict.kill, cpuMs };
    }
    return { mutant, kill: undefined, cpuMs };
  });
}

/**
 * The counter-check: whatever killed passes when there is no mutant. Else it is red for another
 * reason and has killed nothing. Returns the processor time in milliseconds.
 */
export async function tryUnchanged(shop: Workshop, fates: readonly Fate[]): Promise<number> {
  let cpuMs = 0;
  for (const killer of together(fates.flatMap(({ kill }) => kill?.killer ?? []))) {
    const verdict = await ask(killer, shop.root);
    cpuMs += verdict.cpuMs;
    if (verdict.kill !== undefined) {
      throw new Error(`the program as it is does not pass: ${verdict.kill.by}`);
    }
  }
  return cpuMs;
}

/** Every test file and every seed once. */
function together(killers: readonly Killer[]): readonly Killer[] {
  const files = new Set(killers.flatMap((killer) => (killer.kind === 'tests' ? killer.files : [])));
  const seeds = new Map<string, Killer>();
  for (const killer of killers) {
    if (killer.kind !== 'tests') seeds.set(`${killer.kind} ${killer.from}`, killer);
  }
  return [
    ...(files.size > 0 ? [{ kind: 'tests', files: [...files] } as const] : []),
    ...seeds.values(),
  ];
}

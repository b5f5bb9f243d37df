/**
 * The custody of a simulated executor: the production's own, on the executor's process. A peer that
 * is killed leaves its executor, and the next one adopts it, unless that was too late.
 */
import type { Clock } from '../../src/base/ports.ts';
import type { RunningExecutor } from '../../src/executor/main.ts';
import { Custody } from '../../src/node/adoption-custody.ts';
import type { Papers } from '../../src/node/adoption-proof.ts';
import type { Chance } from './chance.ts';
import { simCluster } from './cluster.ts';

const papers: Papers = { clusterName: simCluster.name, node: '', version: '1', digest: 'same' };

/** How often a peer comes back with another version or configuration. */
const changes = 0.3;

/** What a peer shows to the executor that it finds. */
export const shownPapers = (chance: Chance): Papers =>
  chance.happens(changes) ? { ...papers, digest: 'changed' } : papers;

export function simCustody({
  clock,
  executor,
  leaseMs,
  ended,
}: {
  readonly clock: Clock;
  readonly executor: RunningExecutor;
  readonly leaseMs: number;
  /** The process ends now. */
  readonly ended: (how: 'retired' | 'abandoned') => void;
}): Custody {
  return new Custody({
    ...{ clock, papers, leaseMs },
    offer: (offer) => executor.offer(offer),
    isIdle: () => {
      const status = executor.status();
      return status !== undefined && status.attempts + status.reportsWaiting === 0;
    },
    isFindable: () => true,
    end: ended,
  });
}

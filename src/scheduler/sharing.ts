/**
 * Who shares with whom in a turn, and what each has of its share: namespaces always, unless nobody
 * shares; DAGs where they are to.
 */
import type { Namespace } from '../base/brand.ts';
import { defaultScheduling } from '../model/scheduling.ts';
import type { Sharing } from './offers.ts';
import type { Turn } from './turn.ts';
import { dominantShare } from './usage.ts';

type Source = Pick<Turn, 'state' | 'board' | 'at'>;

/** What a namespace, or a DAG of it (by its key), has at the moment. */
export type PresentShares = (namespace: Namespace, dag: string | null) => number;

export function sharingOf(source: Source, presentOf = presentShares(source)): Sharing {
  const { state, board, at } = source;
  const { fairShare, classAgeingMs } = state.scheduling() ?? defaultScheduling;
  return {
    ...{ fairShare, classAgeingMs, now: at },
    shareOf: (namespace, dag) => board.shares.standing(dag ?? namespace, presentOf(namespace, dag)),
  };
}

/** At the end of a pass: what everybody has from now on. */
export function noteShares(source: Source, presentOf: PresentShares): void {
  const { state, board } = source;
  const { shares, usage } = board;
  const { fairShare } = state.scheduling() ?? defaultScheduling;
  if (fairShare === 'none') return;
  const gone = new Set(shares.names());
  const note = (name: string, share: number): void => {
    gone.delete(name);
    shares.note(name, share);
  };
  for (const namespace of usage.namespaces()) note(namespace, presentOf(namespace, null));
  if (fairShare === 'dags') {
    for (const { namespace, dag } of usage.dags()) note(dag, presentOf(namespace, dag));
  }
  for (const name of gone) shares.note(name, 0);
}

/** What is in use now, as a part of all that the open nodes have, over the weight. */
export function presentShares({ state, board }: Source): PresentShares {
  const total = board.fleet.total();
  return (namespace, dag) => {
    if (dag === null) {
      const weight = state.namespace(namespace)?.weight ?? 1;
      return dominantShare(board.usage.ofNamespace(namespace), { total, weight });
    }
    return dominantShare(board.usage.ofDagKey(dag), { total, weight: board.weightOf(dag) });
  };
}

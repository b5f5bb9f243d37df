/** Which DAGs a list shows, as its address says it. */
import type { Dag } from './use-dags.ts';

export interface DagFilter {
  readonly text: string;
  readonly tag: string;
  readonly owner: string;
  /** `yes`, `no`, or '' for both. */
  readonly paused: string;
  /** `yes`: only DAGs whose newest ended run has failed. */
  readonly failing: string;
}

export const filterOf = (search: Readonly<Record<string, string>>): DagFilter => ({
  text: search.q ?? '',
  tag: search.tag ?? '',
  owner: search.owner ?? '',
  paused: search.paused ?? '',
  failing: search.failing ?? '',
});

/** Every word of the text must be in the id, the description, a tag or an owner. */
export function filtered<
  D extends Pick<Dag, 'dagId' | 'description' | 'tags' | 'owners' | 'paused'>,
>(dags: readonly D[], filter: DagFilter, isFailing: (dagId: string) => boolean): readonly D[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return dags.filter((dag) => {
    if (filter.tag !== '' && !dag.tags.includes(filter.tag)) return false;
    if (filter.owner !== '' && !dag.owners.includes(filter.owner)) return false;
    if (filter.paused !== '' && dag.paused !== (filter.paused === 'yes')) return false;
    if (filter.failing === 'yes' && !isFailing(dag.dagId)) return false;
    if (words.length === 0) return true;
    const all = [dag.dagId, dag.description, ...dag.tags, ...dag.owners].join('\n').toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** All values that DAGs have, for a choice among them. */
export const valuesOf = (lists: readonly (readonly string[])[]): readonly string[] =>
  [...new Set(lists.flat())].sort((left, right) => left.localeCompare(right));

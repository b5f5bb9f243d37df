/**
 * Which deferred tasks wait for which event, so that one that comes costs what it wakes, however
 * many tasks wait for others.
 */
import type { DagId, Namespace } from '../base/brand.ts';
import type { AwaitedEvent, TaskSpec } from '../model/dag.ts';
import { dagKey, taskKey } from '../model/keys.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { isPlainSubject, subjectFits } from '../model/trigger-match.ts';

/** Something that has happened, by what it is looked up. */
export type Happened =
  | { readonly kind: 'subject'; readonly subject: string }
  | { readonly kind: 'asset'; readonly namespace: Namespace; readonly uri: string }
  | { readonly kind: 'dag'; readonly namespace: Namespace; readonly dagId: DagId };

export class Awaiting {
  readonly #places = new Map<string, Map<string, TaskRow>>();
  /** Where each row stands, by its key. */
  readonly #placeOf = new Map<string, string>();
  /** Subjects with wildcards that are waited for: they are compared one by one. */
  readonly #patterns = new Set<string>();

  /** Those who may wait for it, oldest first; of subjects those with wildcards last. */
  waitingFor(happened: Happened): readonly TaskRow[] {
    const rows = [...this.#at(placeOf(happened))];
    if (happened.kind !== 'subject') return rows;
    for (const pattern of this.#patterns) {
      if (!subjectFits(pattern, happened.subject)) continue;
      rows.push(...this.#at(placeOf({ kind: 'subject', subject: pattern })));
    }
    return rows;
  }

  /** How many wait for the very same. */
  count(namespace: Namespace, event: AwaitedEvent): number {
    return this.#places.get(placeOfEvent(namespace, event))?.size ?? 0;
  }

  /** Keeps up with one changed row; its spec is asked for only where it matters. */
  shift(before: TaskRow | null, after: TaskRow | null, specOf: () => TaskSpec): void {
    if (before !== null && isAwaiting(before)) this.#remove(keyOf(before));
    if (after === null || !isAwaiting(after)) return;
    const { action } = specOf();
    if (action.kind !== 'await') return;
    const key = keyOf(after);
    const { event } = action;
    const place = placeOfEvent(after.namespace, event);
    if (event.kind === 'subject' && !isPlainSubject(event.subject)) {
      this.#patterns.add(event.subject);
    }
    const rows = this.#places.get(place) ?? new Map<string, TaskRow>();
    this.#places.set(place, rows.set(key, after));
    this.#placeOf.set(key, place);
  }

  clear(): void {
    this.#places.clear();
    this.#placeOf.clear();
    this.#patterns.clear();
  }

  #at(place: string): Iterable<TaskRow> {
    return this.#places.get(place)?.values() ?? [];
  }

  #remove(key: string): void {
    const place = this.#placeOf.get(key);
    if (place === undefined) return;
    this.#placeOf.delete(key);
    const rows = this.#places.get(place);
    rows?.delete(key);
    if (rows?.size !== 0) return;
    this.#places.delete(place);
    if (place.startsWith(subjectPlace)) this.#patterns.delete(place.slice(subjectPlace.length));
  }
}

const subjectPlace = 'subject ';

const placeOfEvent = (namespace: Namespace, event: AwaitedEvent): string =>
  placeOf(event.kind === 'subject' ? event : { namespace, ...event });

function placeOf(happened: Happened): string {
  switch (happened.kind) {
    case 'subject':
      return subjectPlace + happened.subject;
    case 'asset':
      return `asset ${happened.namespace}/${happened.uri}`;
    case 'dag':
      return `dag ${dagKey(happened.namespace, happened.dagId)}`;
  }
}

const isAwaiting = (row: TaskRow): boolean =>
  row.status === 'deferred' && row.waitsFor.kind === 'event';

const keyOf = ({ namespace, runId, taskId, mapIndex }: TaskRow): string =>
  taskKey(namespace, runId, taskId, mapIndex);

/**
 * The trigger index: which triggers of which DAGs an event concerns, by the kind of its source. So
 * an event costs what it starts, however many DAGs there are that do not wait for it.
 *
 * Owns: the index, the deadlines of `time` sources, and a to-do list: tasks that have just brought
 * assets up to date. Does not own: any fact. It is a part of the Board, and like it can be made
 * anew from the state at any moment.
 *
 * Invariants:
 *   X1  After `rebuild()` it equals one that observed every fact from the begin.
 *   X2  The to-do list is worked off within the decision that filled it: an asset and what it
 *       starts are one entry, and a new leader has nothing left to do.
 */
import { type DagId, type Namespace, wallMs } from '../base/brand.ts';
import type { DagRow, VersionRow } from '../model/dag.ts';
import type { EventSource, EventTrigger } from '../model/dag-trigger.ts';
import type { Change } from '../model/fact.ts';
import { dagKey } from '../model/keys.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { hasKept } from '../model/trigger.ts';
import { isPlainSubject, subjectFits } from '../model/trigger-match.ts';
import { nextInstant, timesDoneUntil } from '../model/trigger-time.ts';
import type { Deadlines } from './deadlines.ts';

/** A source of a trigger, and whose it is. */
export interface Listener<S extends EventSource = EventSource> {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly trigger: EventTrigger;
  /** Its place in the trigger. */
  readonly source: number;
  readonly of: S;
}

type SourceOf<K extends EventSource['kind']> = Extract<EventSource, { readonly kind: K }>;
type Found<K extends EventSource['kind']> = readonly Listener<SourceOf<K>>[];

export class TriggerIndex {
  readonly #state: ReadonlyState;
  readonly #deadlines: Deadlines;
  /** Listeners of each DAG that has any, by its key: what goes when the DAG changes. */
  readonly #byDag = new Map<string, readonly Listener[]>();
  readonly #producers: TaskRow[] = [];
  readonly #outcomes = new Shelf<SourceOf<'dag'>>();
  readonly #assets = new Shelf<SourceOf<'asset'>>();
  readonly #subjects = new Shelf<SourceOf<'subject'>>();
  /** Subjects with wildcards, and paths, are compared one by one. */
  readonly #patterns = new Shelf<SourceOf<'subject'>>();
  readonly #files = new Shelf<SourceOf<'file'>>();

  constructor(state: ReadonlyState, deadlines: Deadlines) {
    this.#state = state;
    this.#deadlines = deadlines;
  }

  /** Derives everything anew (X1). */
  rebuild(): void {
    this.#byDag.clear();
    this.#producers.length = 0;
    for (const shelf of this.#shelves()) shelf.clear();
    for (const dag of this.#state.dags()) this.#dagChanged(dag);
  }

  /** Keeps up with one change that is applied. */
  observe(change: Change): void {
    if (change.table === 'dag') {
      const { row } = change.fact;
      const isSame = row !== null && row.versionId === change.before?.versionId;
      if (isSame) return;
      const changed = row ?? change.before;
      if (changed !== null) this.#forget(changed);
      if (row !== null) this.#dagChanged(row);
    } else if (change.table === 'task') {
      const { row } = change.fact;
      const isNews = row?.status === 'success' && change.before?.status !== 'success';
      if (isNews && this.#produces(row, change.before)) this.#producers.push(row);
    } else if (change.table === 'trigger' && change.fact.row !== null) {
      if (change.fact.row.doneUntil === change.before?.doneUntil) return;
      const { namespace, dagId } = change.fact.row;
      const dag = this.#state.dag(namespace, dagId);
      if (dag !== undefined) this.#watchTimes(dag);
    }
  }

  /** To do: a task instance that has just succeeded, and produces assets. */
  takeProducer(): TaskRow | undefined {
    return this.#producers.shift();
  }

  /** Looks at the triggers of a DAG at `at`, whatever its rows say. */
  lookAgain({ namespace, dagId }: DagRow, at: number): void {
    this.#deadlines.add({ kind: 'trigger', at: wallMs(at), namespace, dagId });
  }

  /** Those who wait for the end of a run of this DAG. */
  outcomes(namespace: Namespace, dagId: DagId): Found<'dag'> {
    return this.#outcomes.at(dagKey(namespace, dagId));
  }

  /** Those who wait for an asset of their namespace. */
  assets(namespace: Namespace, uri: string): Found<'asset'> {
    return this.#assets.at(`${namespace}/${uri}`);
  }

  /** Those who listen to a subject, in whatever namespace. */
  subjects(subject: string): Found<'subject'> {
    const fitting = this.#patterns.at('').filter(({ of }) => subjectFits(of.subject, subject));
    return [...this.#subjects.at(subject), ...fitting];
  }

  /** Sources of other DAGs that hear of the very same. */
  alike(namespace: Namespace, of: EventSource, besides: DagId): readonly Listener[] {
    const key = sameAs(namespace, of);
    const isOther = (each: Listener): boolean =>
      each.dagId !== besides || each.namespace !== namespace;
    return this.#near(namespace, of).filter(
      (each) => isOther(each) && sameAs(each.namespace, each.of) === key,
    );
  }

  /** Those among whom the ones like this are. */
  #near(namespace: Namespace, of: EventSource): readonly Listener[] {
    switch (of.kind) {
      case 'dag':
        return this.outcomes(namespace, of.dagId);
      case 'asset':
        return this.assets(namespace, of.uri);
      case 'subject':
        return isPlainSubject(of.subject) ? this.#subjects.at(of.subject) : this.#patterns.at('');
      case 'file':
        return this.files();
      case 'webhook':
      case 'time':
        return [];
    }
  }

  /** Everyone who waits for files. */
  files(): Found<'file'> {
    return this.#files.at('');
  }

  #dagChanged(dag: DagRow): void {
    const version = this.#versionOf(dag);
    const triggers = version?.spec.triggers ?? [];
    if (triggers.length === 0) return;
    const { namespace, dagId } = dag;
    const listeners = triggers.flatMap((trigger) =>
      trigger.sources.map((of, source) => ({ namespace, dagId, trigger, source, of })),
    );
    this.#byDag.set(dagKey(namespace, dagId), listeners);
    for (const listener of listeners) this.#put(listener);
    this.#watchTimes(dag);
  }

  #forget({ namespace, dagId }: DagRow): void {
    const key = dagKey(namespace, dagId);
    const listeners = this.#byDag.get(key);
    if (listeners === undefined) return;
    this.#byDag.delete(key);
    const gone = new Set<object>(listeners.map(({ of }) => of));
    for (const listener of listeners) {
      const { kind } = listener.of;
      if (kind === 'webhook' || kind === 'time') continue;
      for (const shelf of this.#shelves()) shelf.remove(placeOf(listener), gone);
    }
  }

  #put(listener: Listener): void {
    const { of } = listener;
    const place = placeOf(listener);
    switch (of.kind) {
      case 'dag':
        this.#outcomes.add(place, { ...listener, of });
        return;
      case 'asset':
        this.#assets.add(place, { ...listener, of });
        return;
      case 'subject':
        if (place === '') this.#patterns.add(place, { ...listener, of });
        else this.#subjects.add(place, { ...listener, of });
        return;
      case 'file':
        this.#files.add(place, { ...listener, of });
        return;
      case 'webhook':
      case 'time':
        // A webhook names its trigger, and the clock comes by a deadline.
        return;
    }
  }

  #watchTimes(dag: DagRow): void {
    const { namespace, dagId } = dag;
    const version = this.#versionOf(dag);
    const triggers = version?.spec.triggers ?? [];
    if (version === undefined || triggers.length === 0) return;
    const row = this.#state.trigger(namespace, dagId);
    // A leader before this one may not have come to the end of it.
    if (row !== undefined && !dag.paused && hasKept(row, triggers)) this.lookAgain(dag, 0);
    const after = timesDoneUntil(dag, version, row);
    const at = nextInstant(triggers, dagId, after);
    if (at !== undefined) this.#deadlines.add({ kind: 'trigger', at, namespace, dagId });
  }

  #versionOf(of: Pick<DagRow, 'namespace' | 'dagId' | 'versionId'>): VersionRow | undefined {
    return this.#state.version(of.namespace, of.dagId, of.versionId);
  }

  #produces({ namespace, runId, taskId }: TaskRow, before: TaskRow | null): boolean {
    const run = this.#state.run(namespace, runId)?.run;
    // An ended run that is taken up brings its rows back: they are no news.
    if (run?.status === 'queued' && before === null) return false;
    const version = run && this.#versionOf(run);
    return (version?.spec.tasks[taskId]?.produces?.length ?? 0) > 0;
  }

  #shelves() {
    return [this.#outcomes, this.#assets, this.#subjects, this.#patterns, this.#files] as const;
  }
}

/** Under which key a listener is found; '' where patterns must be compared. */
function placeOf({ namespace, of }: Listener): string {
  switch (of.kind) {
    case 'dag':
      return dagKey(namespace, of.dagId);
    case 'asset':
      return `${namespace}/${of.uri}`;
    case 'subject':
      return isPlainSubject(of.subject) ? of.subject : '';
    case 'file':
    case 'webhook':
    case 'time':
      return '';
  }
}

/** What a source hears of, in words; that of a webhook and of the clock is its own. */
export function sameAs(namespace: Namespace, of: EventSource): string | undefined {
  switch (of.kind) {
    case 'dag':
      return `DAG ${dagKey(namespace, of.dagId)}`;
    case 'asset':
      return `${of.uri} of namespace ${namespace}`;
    case 'subject':
      return `subject ${of.subject}`;
    case 'file':
      return `file ${of.path}`;
    case 'webhook':
    case 'time':
      return undefined;
  }
}

class Shelf<S extends EventSource> {
  readonly #places = new Map<string, Listener<S>[]>();

  at(place: string): readonly Listener<S>[] {
    return this.#places.get(place) ?? [];
  }

  add(place: string, listener: Listener<S>): void {
    const there = this.#places.get(place);
    if (there === undefined) this.#places.set(place, [listener]);
    else there.push(listener);
  }

  remove(place: string, sources: ReadonlySet<object>): void {
    const there = this.#places.get(place);
    if (there === undefined) return;
    const left = there.filter(({ of }) => !sources.has(of));
    if (left.length === 0) this.#places.delete(place);
    else this.#places.set(place, left);
  }

  clear(): void {
    this.#places.clear();
  }
}

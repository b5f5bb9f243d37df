/**
 * What the events of this node are wanted for: the subjects and files that triggers name, and the
 * subjects that tasks wait on. Derived from the rows that every node has.
 *
 * Owns: which tasks wait on which subject, kept up with each committed entry, because looking
 * through every live run would cost more than it tells.
 */
import type { DagSpec } from '../../model/dag.ts';
import type { Change } from '../../model/fact.ts';
import type { LiveRun, ReadonlyState } from '../../model/readonly-state.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { labelsFit } from '../../model/trigger-match.ts';

export interface Interests {
  readonly subjects: ReadonlySet<string>;
  /** Paths that triggers name, as far as this node has the labels. */
  readonly paths: ReadonlySet<string>;
}

export class InterestBook {
  readonly #labels: Readonly<Record<string, string>>;
  /** The subject that a deferred task instance waits on, by the key of its row. */
  readonly #awaited = new Map<string, string>();

  constructor(labels: Readonly<Record<string, string>>) {
    this.#labels = labels;
  }

  /** Looks through all that is alive; once, when the node starts. */
  begin(state: ReadonlyState): void {
    this.#awaited.clear();
    for (const live of state.runs()) {
      for (const [key, row] of live.tasks) this.#note(key, row, live, state);
    }
  }

  /** Whether a change may change the interests; to be called with every one that is applied. */
  observe(change: Change, state: ReadonlyState): boolean {
    if (change.table === 'dag') {
      return change.fact.row?.versionId !== change.before?.versionId;
    }
    if (change.table === 'run') return this.#forgetEnded(change, state);
    if (change.table !== 'task') return false;
    const { key, row } = change.fact;
    const was = this.#awaited.get(key);
    this.#awaited.delete(key);
    const live = row === null ? undefined : state.run(row.namespace, row.runId);
    if (row !== null && live !== undefined) this.#note(key, row, live, state);
    return this.#awaited.get(key) !== was;
  }

  interests(state: ReadonlyState): Interests {
    const subjects = new Set(this.#awaited.values());
    const paths = new Set<string>();
    for (const dag of state.dags()) {
      const version = state.version(dag.namespace, dag.dagId, dag.versionId);
      for (const { sources } of version?.spec.triggers ?? []) {
        for (const source of sources) {
          if (source.kind === 'subject') subjects.add(source.subject);
          if (source.kind === 'file' && labelsFit(source.labels, this.#labels)) {
            paths.add(source.path);
          }
        }
      }
    }
    return { subjects, paths };
  }

  /** Rows of a run that has ended leave with it, without a fact of their own. */
  #forgetEnded(change: Extract<Change, { table: 'run' }>, state: ReadonlyState): boolean {
    const row = change.fact.row ?? change.before;
    if (row === null || this.#awaited.size === 0) return false;
    if (state.run(row.namespace, row.runId) !== undefined) return false;
    let isNews = false;
    for (const key of this.#awaited.keys()) {
      if (key.startsWith(`${change.fact.key}/`)) isNews = this.#awaited.delete(key) || isNews;
    }
    return isNews;
  }

  #note(key: string, row: TaskRow, { run }: LiveRun, state: ReadonlyState): void {
    if (row.status !== 'deferred' || row.waitsFor.kind !== 'event') return;
    const version = state.version(run.namespace, run.dagId, run.versionId);
    const subject = version && awaitedSubject(version.spec, row);
    if (subject !== undefined) this.#awaited.set(key, subject);
  }
}

function awaitedSubject(spec: DagSpec, { taskId }: TaskRow): string | undefined {
  const action = spec.tasks[taskId]?.action;
  const event = action?.kind === 'await' ? action.event : undefined;
  return event?.kind === 'subject' ? event.subject : undefined;
}

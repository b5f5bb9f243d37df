/**
 * Rows as a follower keeps them: what stood there at one log index, and each fact after it put in
 * its place. It is what every replica does with the same facts; people see the rows through the
 * views that the nodes use.
 *
 * Invariants:
 *   R1  Facts are applied in the order of the log, each once: one at or below `index` is no news.
 *   R2  `version(table)` changes whenever a row of the table does, and only then.
 */
import type { Fact, TableName, Tables } from '../../../src/model/fact.ts';
import { trusted } from './wire.ts';

/** Runs that have ended are not rows of the cluster's any more; so many of them are kept here. */
const endedRunsMax = 5_000;

/** One committed record, as the event stream has it. */
export interface RecordEvent {
  readonly index: number;
  readonly at: string;
  readonly decisions: readonly {
    readonly what: string;
    readonly by: string;
    readonly facts: readonly Fact[];
  }[];
}

export class Rows {
  #tables = new Map<string, Map<string, unknown>>();
  readonly #versions = new Map<string, number>();
  #index = 0;

  get index(): number {
    return this.#index;
  }

  /** Replaces everything: a follower begins, or begins anew. */
  load(index: number, facts: readonly Fact[]): void {
    const before = this.#tables;
    this.#tables = new Map();
    for (const fact of facts) this.#put(fact);
    this.#index = index;
    for (const table of before.keys()) this.#touch(table);
  }

  /** Returns whether it was news (R1). */
  apply(event: RecordEvent): boolean {
    if (event.index <= this.#index) return false;
    this.#index = event.index;
    for (const { facts } of event.decisions) for (const fact of facts) this.#put(fact);
    return true;
  }

  /** The log has gone on without anything for us. */
  advance(index: number): void {
    this.#index = Math.max(this.#index, index);
  }

  get<T extends TableName>(table: T, key: string): Tables[T] | undefined {
    return trusted<Tables[T] | undefined>(this.#tables.get(table)?.get(key));
  }

  all<T extends TableName>(table: T): readonly Tables[T][] {
    return trusted<Tables[T][]>([...(this.#tables.get(table)?.values() ?? [])]);
  }

  version(table: string): number {
    return this.#versions.get(table) ?? 0;
  }

  #put({ table, key, row }: Fact): void {
    const rows = this.#tables.get(table) ?? new Map<string, unknown>();
    this.#tables.set(table, rows);
    if (row === null) rows.delete(key);
    else {
      // A row that has changed goes to the end, so that the oldest change is in front.
      if (table === 'run') rows.delete(key);
      rows.set(key, row);
    }
    if (table === 'run' && rows.size > endedRunsMax) forgetOldest(rows);
    this.#touch(table);
  }

  #touch(table: string): void {
    this.#versions.set(table, this.version(table) + 1);
  }
}

/** The run that has not changed for longest, of those that have ended. */
function forgetOldest(rows: Map<string, unknown>): void {
  for (const [key, row] of rows) {
    if (!('endedAt' in trusted<object>(row))) continue;
    rows.delete(key);
    return;
  }
}

/**
 * What clients asked and what they were told, one JSON line per operation: the input of the
 * linearizability checker and of every figure about availability.
 *
 * An operation includes its repetitions: a client that got no answer asks again under the same
 * idempotency key, and all of that is one record.
 *
 * Keys are independent objects; a checker may take each alone:
 *   `register/ID`  a register: `write` puts a value that no other write has (the description of a
 *                  DAG), `read` (linearizable) returns the newest one, or null before the first.
 *   `run/ID`       a run: `create`, `cancel`, and `get` (linearizable). `get` returns `absent` or
 *                  the run's state. By itself a run goes on: queued, running, (cancelling,) and one
 *                  of success, failed, cancelled, which is final.
 *
 * Reads that are not linearizable are kept too, as `stale-read`; they are no operation on a key.
 */
import { appendFileSync } from 'node:fs';

export const operations = ['write', 'read', 'create', 'cancel', 'get', 'stale-read'] as const;

export type Operation = (typeof operations)[number];

export interface HistoryRecord {
  readonly client: string;
  readonly op: Operation;
  /** `register/ID` or `run/ID`. */
  readonly key: string;
  /** The node that gave the last answer, or was asked last. */
  readonly node: string;
  /** Monotonic, in nanoseconds since the history began. */
  readonly startNs: number;
  /** Null when the client never learned the outcome: the operation may take effect at any time. */
  readonly endNs: number | null;
  /** `fail`: certainly refused, without any effect. `unknown`: it may have happened, or not yet. */
  readonly outcome: 'ok' | 'fail' | 'unknown';
  /**
   * What was written (`write`, whatever the outcome) or read (`read`, `get`, when `ok`); otherwise
   * null. For `fail` of `create` and `cancel` it is the code of the refusal.
   */
  readonly value: string | null;
}

/** Lines are gathered and written in pieces of this many. */
const linesPerPiece = 200;

export class History {
  readonly records: HistoryRecord[] = [];
  readonly #file: string;
  readonly #beganNs = process.hrtime.bigint();
  #pending: string[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Nanoseconds since the history began. */
  nowNs(): number {
    return Number(process.hrtime.bigint() - this.#beganNs);
  }

  add(record: HistoryRecord): void {
    this.records.push(record);
    this.#pending.push(`${JSON.stringify(record)}\n`);
    if (this.#pending.length >= linesPerPiece) this.flush();
  }

  flush(): void {
    appendFileSync(this.#file, this.#pending.join(''));
    this.#pending = [];
  }
}

/**
 * Replays the facts of a log beside the dump, to prove the digests that records carry: the state of
 * the leader behind every thousandth entry (W37). A log that begins at 0 is replayed whole, and
 * then the ledger must hold what it gives. From a log whose front was given up the replay begins
 * with the ledger's rows; digests before that cannot be checked, and are counted as such.
 */
import type { LogIndex } from '../base/brand.ts';
import type { LogRecord } from '../model/record.ts';
import { State } from '../model/state.ts';
import type { DumpSink } from './dump-sink.ts';

/** The live rows of a ledger, as it was found. */
export interface LedgerRows {
  readonly appliedIndex: LogIndex;
  readonly state: State;
}

export class Replay {
  readonly #sink: DumpSink;
  readonly #ledger: LedgerRows | undefined;
  /** Of the ledger's rows, while the replay is still before them. */
  readonly #ledgerDigest: string | undefined;
  /** Undefined when there is nothing to begin with, and after the first fault. */
  #state: State | undefined;
  #checked = 0;
  #unchecked = 0;

  constructor(
    from: { readonly baseIndex: LogIndex; readonly ledger: LedgerRows | undefined },
    sink: DumpSink,
  ) {
    const isWhole = from.baseIndex === 0;
    this.#sink = sink;
    this.#ledger = from.ledger;
    this.#ledgerDigest = isWhole ? from.ledger?.state.digest() : undefined;
    this.#state = isWhole ? new State() : from.ledger?.state;
  }

  get checked(): number {
    return this.#checked;
  }

  get unchecked(): number {
    return this.#unchecked;
  }

  /** Entries come in order; those without a record (no-op, configuration) change no state. */
  take(index: LogIndex, record: LogRecord | undefined): void {
    const isInLedger =
      this.#ledgerDigest === undefined && index <= (this.#ledger?.appliedIndex ?? 0);
    if (this.#state === undefined || isInLedger) {
      if (record?.digest !== undefined) this.#unchecked += 1;
      return;
    }
    if (record !== undefined) this.#apply(this.#state, index, record);
    if (index === this.#ledger?.appliedIndex) this.#compareLedger(index);
  }

  /** The log cannot be read any further, or a part of it is missing. */
  stop(): void {
    this.#state = undefined;
  }

  #apply(state: State, index: LogIndex, record: LogRecord): void {
    try {
      for (const { facts } of record.decisions) for (const fact of facts) state.apply(fact);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      this.#sink.fault(`entry ${index}`, `its facts do not fit the state before it: ${what}`);
      this.stop();
      return;
    }
    if (record.digest === undefined) return;
    this.#checked += 1;
    const own = state.digest();
    if (own === record.digest) return;
    const what = `the state behind it is ${own}, but its leader had ${record.digest}`;
    this.#sink.fault(`entry ${index}`, what);
  }

  #compareLedger(index: LogIndex): void {
    if (this.#ledgerDigest === undefined) return;
    const replayed = this.#state?.digest();
    if (replayed === undefined || replayed === this.#ledgerDigest) return;
    const own = this.#ledgerDigest;
    this.#sink.fault(
      'ledger',
      `its live rows are ${own}; the log up to ${index} gives ${replayed}`,
    );
  }
}

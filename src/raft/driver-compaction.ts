/**
 * How much of the log is kept. What the ledger holds durably could go; a trailing part stays, so
 * that a follower that was away for a while catches up from the log and not by a snapshot, and so
 * does a snapshot's receiver when it has installed one (P56).
 *
 * Z1  Nothing above the ledger's applied index is given up.
 * Z2  What a follower of this leader still needs is kept, up to `logEntriesMax` entries in all.
 */
import { type LogIndex, logIndex } from '../base/brand.ts';

export interface CompactionSettings {
  /** Entries kept behind the applied index, whoever needs them. */
  readonly logEntriesKept: number;
  /** For slow followers and installs that are under way no more than this many are kept. */
  readonly logEntriesMax: number;
}

export interface CompactionFacts {
  /** Durable in the ledger. */
  readonly applied: LogIndex;
  /** Where the log begins now. */
  readonly base: LogIndex;
  /** The lowest index that a follower still needs, if one does. */
  readonly neededFrom: LogIndex | undefined;
}

/** The log is cut in steps of a tenth of what is kept, so that cutting is rare and never large. */
const stepsPerKept = 10;

/** Where the base may move to; undefined when that is not worth a write yet. */
export function compactTo(
  facts: CompactionFacts,
  settings: CompactionSettings,
): LogIndex | undefined {
  const { applied, base, neededFrom } = facts;
  const { logEntriesKept, logEntriesMax } = settings;
  const wanted = applied - logEntriesKept;
  const bearable = applied - Math.max(logEntriesKept, logEntriesMax);
  const needed = neededFrom === undefined ? wanted : Math.min(wanted, neededFrom - 1);
  const to = Math.max(needed, bearable);
  const step = Math.max(1, Math.floor(logEntriesKept / stepsPerKept));
  return to - base >= step ? logIndex(to) : undefined;
}

/** Named limits of the objects of a namespace, and of backfills. */
export const objectLimits = {
  /** Each kind, in the whole cluster. */
  pools: 1_000,
  variables: 10_000,
  calendars: 1_000,
  /** Namespaces of which something was said: a weight, or a quota. */
  namespaces: 10_000,
  poolSlots: 1_000_000,
  /** A variable's value as JSON text. */
  variableCharacters: 16 * 1024,
  calendarDays: 10_000,
  descriptionCharacters: 1_000,
  /** Backfills that have not ended. */
  backfillsOpen: 100,
  /** Backfills that have ended and are still listed; the oldest one gives way. */
  backfillsKept: 1_000,
  /** Logical dates of one backfill. */
  backfillDates: 10_000,
  /** Runs of one backfill that may be alive at a time. */
  backfillActive: 1_000,
} as const;

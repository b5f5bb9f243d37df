/**
 * The keys of the Raft log's store. Numbers are written with a fixed width, so that the order of
 * keys is the order of numbers (unpadded, 10 would come before 9).
 *
 *     entry/0000000000002a   the entry with index 42
 *     mark                   what the newest batch left behind (log-mark.ts)
 *     base                   where the log begins, unless at 0 (log-base.ts)
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';

/** 14 hexadecimal digits hold 2^56, more than every safe integer. */
const numberDigits = 14;

export const markKey = 'mark';
export const baseKey = 'base';

const entryPrefix = 'entry/';

/** Fixed-width hexadecimal: sorts like the number. */
export function orderedNumber(value: number): string {
  assert(Number.isSafeInteger(value) && value >= 0, `keyspace: ${value} is not a safe position`);
  return value.toString(16).padStart(numberDigits, '0');
}

export const entryKey = (index: LogIndex): string => entryPrefix + orderedNumber(index);

/** The keys of entries `from`..`to`, both inclusive, as the half-open range that a scan takes. */
export const entryRange = (
  from: LogIndex,
  to: LogIndex,
): { readonly from: string; readonly to: string } => ({
  from: entryKey(from),
  to: entryKey(logIndex(to + 1)),
});

/** Every key that begins like an entry's, well-formed or not ("0" comes right behind "/"). */
export const everyEntry = { from: entryPrefix, to: 'entry0' } as const;

/**
 * Where a stored log begins. The place stands in every mark; the configuration as of it (P55) has a
 * row of its own, because it may be long and changes only when the base moves. Both are written by
 * one batch, so they must agree.
 *
 * A log that begins at index 0 has no such row: its configuration is the cluster's first, which the
 * identity file knows. So directories of version 0.1 open as they are.
 */
import type { LogIndex } from '../base/brand.ts';
import type { StoreOperation } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { LogBase } from '../raft/log-store.ts';
import type { Members, MembersAt } from '../raft/members.ts';
import { baseKey } from './keyspace.ts';
import { type LogPlace, samePlace } from './log-mark.ts';
import { seal, unseal } from './seal.ts';

/** What is behind the base, as far as members go. */
export interface KnownMembers {
  readonly base: LogBase;
  /** The configurations among the entries behind the base, in order. */
  readonly members: readonly MembersAt[];
}

export const baseRow = (base: LogBase): StoreOperation => ({
  kind: 'put',
  key: baseKey,
  value: seal(base),
});

/** The base of a log whose mark names `place`. The error is a clause that says what is wrong. */
export function readBase(found: {
  readonly place: LogPlace;
  readonly row: Uint8Array | undefined;
  /** The first configuration of the cluster. */
  readonly first: Members;
}): Result<LogBase, string> {
  const { place, row, first } = found;
  if (row === undefined) {
    return place.index === 0 ? ok({ ...place, members: first }) : fail('it is missing');
  }
  const base = unseal<LogBase>(row);
  if (base === undefined) return fail('its CRC does not match its bytes');
  if (!samePlace(base, place)) return fail(`it names entry ${base.index}, and not ${place.index}`);
  return ok(base);
}

/** The configuration in effect at `index`, which is not before the base. */
export function membersAsOf({ base, members }: KnownMembers, index: LogIndex): Members {
  return members.findLast((each) => each.index <= index)?.members ?? base.members;
}

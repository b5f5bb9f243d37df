/** The tables that a follower may ask for; apart, because the page needs them without schemas. */

/** Tables of live rows that can be followed as a whole. Tasks are followed run by run. */
export const followedTables = [
  'dag',
  'schedule',
  'trigger',
  'run',
  'node',
  'pool',
  'calendar',
  'variable',
  'backfill',
  'letter',
  'namespace',
  'scheduling',
  'node-pool',
  'connection',
] as const;

export type FollowedTable = (typeof followedTables)[number];

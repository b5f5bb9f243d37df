/**
 * A guard on what work costs: counts alone, exact in the simulator, so that it fails for a reason.
 * Each limit lies a quarter above what was counted when it was set. A figure that falls far below
 * its limit fails as well: a limit that is much too high would guard nothing.
 */
import { expect, it } from 'vitest';
import { costsOf, costsOfIdleness, even, type NoopWork, uneven } from './costs.ts';
import type { Counts } from './meter.ts';

interface Limit {
  /** Names of counts; the largest one counts, where they are of one node each. */
  readonly of: RegExp;
  readonly max: number;
  readonly because: string;
}

/** Below this share of it a limit is to be lowered. */
const slackMax = 0.6;

const noop = (dependsOn: readonly string[] = []) => ({ type: 'noop', dependsOn }) as const;

const several = (
  count: number,
  task: (place: number) => NoopWork['tasks'][string],
): NoopWork['tasks'] =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [`t${place}`, task(place)]));

const chain = (length: number) =>
  several(length, (place) => noop(place === 0 ? [] : [`t${place - 1}`]));

/** What is above its limit, or far below it, in words. */
function broken(counts: Counts, per: number, limits: Readonly<Record<string, Limit>>): string[] {
  return Object.entries(limits).flatMap(([what, { of, max, because }]) => {
    const found = Object.entries(counts).filter(([name]) => of.test(name));
    const is = Math.max(0, ...found.map(([, count]) => count)) / per;
    const figure = `${what}: ${is.toFixed(3)}`;
    if (is > max) return [`${figure}, at most ${max}: ${because}`];
    return is < slackMax * max ? [`${figure}, far below ${max}: lower its limit`] : [];
  });
}

it('an edge of an idle chain is one entry, one sync and six messages', () => {
  const edges = 100;
  const costs = costsOf({ runs: 1, tasks: chain(edges + 1), pace: even });
  const limits = {
    entries: {
      ...{ of: /^entries$/, max: 1.27 },
      because: 'the end of a task and the dispatch of the next one are one turn (law 9)',
    },
    'syncs of the log, on a node': {
      ...{ of: /^syncs n\d log$/, max: 1.28 },
      because: 'an entry is synced once',
    },
    'syncs of the head, on a node': {
      ...{ of: /^syncs n\d head$/, max: 1.31 },
      because: 'it is written beside the log, and once more only when a while nothing follows',
    },
    'bytes of the log, on a node': {
      ...{ of: /^bytes logged n\d$/, max: 1_310 },
      because: 'an attempt costs two facts (law 3)',
    },
    'appends, and what else leaders send in bulk': {
      ...{ of: /^messages peer bulk raft$/, max: 1.27 },
      because: 'one message carries an entry to all followers',
    },
    'answers of followers, heartbeats and notices': {
      ...{ of: /^messages peer control raft$/, max: 2.73 },
      because: 'each follower answers once, and the next append brings the commit (N1)',
    },
    'dispatches and acks': {
      ...{ of: /^messages peer bulk executor$/, max: 2.52 },
      because: 'the executor hears once of the new task and once of the old result',
    },
    reports: {
      ...{ of: /^messages executor control scheduler$/, max: 1.26 },
      because: 'a task that is over at once is reported once, when it has ended',
    },
    'messages of all processes': {
      ...{ of: /^messages$/, max: 7.8 },
      because: 'an append, two answers, a dispatch, a report and its ack',
    },
    'bytes on the wire': {
      ...{ of: /^bytes sent$/, max: 2_630 },
      because: 'the facts travel once, and envelopes are some 150 bytes',
    },
  };
  expect(broken(costs, edges, limits)).toEqual([]);
});

it('tasks of a wide run share entries, syncs and messages', { timeout: 60_000 }, () => {
  const width = 500;
  const costs = costsOf({ runs: 1, tasks: several(width, () => noop()), pace: even });
  const limits = {
    entries: {
      ...{ of: /^entries$/, max: 0.0875 },
      because: 'what has come since the last turn is decided in one (law 8)',
    },
    'syncs of the log, on a node': {
      ...{ of: /^syncs n\d log$/, max: 0.09 },
      because: 'a task costs a part of a sync: goal 0.1 under load',
    },
    'syncs of the ledger, on a node': {
      ...{ of: /^syncs n\d ledger$/, max: 0.0025 },
      because: 'rows are written behind, a window at a time, whatever their number',
    },
    'bytes of the log, on a node': {
      ...{ of: /^bytes logged n\d$/, max: 470 },
      because: 'rows that are alike share the names of their fields',
    },
    'messages of all processes': {
      ...{ of: /^messages$/, max: 1.06 },
      because: 'a turn sends an executor all its dispatches at once, and it reports at once',
    },
    'bytes on the wire': {
      ...{ of: /^bytes sent$/, max: 890 },
      because: 'rows that are alike share the names of their fields',
    },
  };
  expect(broken(costs, width, limits)).toEqual([]);
});

it('entries that come during a sync share the next one', { timeout: 60_000 }, () => {
  const [runs, length] = [60, 20];
  const costs = costsOf({ runs, tasks: chain(length), pace: uneven });
  const { entries = 0 } = costs;
  const limits = {
    entries: {
      ...{ of: /^entries$/, max: 0.253 },
      because: 'a turn waits for room in the horizon, and takes what has gathered',
    },
    'syncs of the log, on a node': {
      ...{ of: /^syncs n\d log$/, max: 0.193 },
      because: 'a batch takes what has gathered during the one before (D1, D2)',
    },
    'syncs of the head, on a node': {
      ...{ of: /^syncs n\d head$/, max: 0.194 },
      because: 'it is written beside the log, and confirmed when nothing follows',
    },
    'messages of all processes': {
      ...{ of: /^messages$/, max: 1.56 },
      because: 'what goes to one process at a time is one message',
    },
    'bytes on the wire': {
      ...{ of: /^bytes sent$/, max: 993 },
      because: 'rows that are alike share the names of their fields',
    },
  };
  expect(broken(costs, runs * length, limits)).toEqual([]);
  const least = { of: /^syncs n\d log$/, max: 0.96, because: 'some entries share a sync' };
  expect(broken(costs, entries, { 'syncs of the log for an entry': least })).toEqual([]);
});

it('a cluster without work says that it lives, and no more', () => {
  const seconds = 10;
  const costs = costsOfIdleness(seconds);
  const limits = {
    'messages of all processes': {
      ...{ of: /^messages$/, max: 48.75 },
      because: 'ten heartbeats and their answers, three executors, and no more',
    },
    'bytes on the wire': {
      ...{ of: /^bytes sent$/, max: 7_230 },
      because: 'a heartbeat is little more than its envelope',
    },
    'syncs of the log, on a node': {
      ...{ of: /^syncs n\d log$/, max: 0 },
      because: 'there is nothing to write',
    },
    'syncs of the head, on a node': {
      ...{ of: /^syncs n\d head$/, max: 4.1 },
      because: 'a leader tries its disk now and then, its followers do not',
    },
  };
  expect(broken(costs, seconds, limits)).toEqual([]);
  expect(costs.entries).toBe(0);
});

/** What a batch of seeds reached: how often each thing happened, and in how many seeds. */
import { sightsWanted } from './sights.ts';
import type { Report } from './simulate.ts';

interface Reached {
  readonly times: number;
  readonly seeds: number;
}

export type Coverage = Readonly<Record<string, Reached>>;

/** Trace events that are worth a word for people, by their name. */
const milestones: Readonly<Record<string, string>> = {
  'scheduler.took-over': 'take-overs',
  'scheduler.stepped-down': 'step-downs',
  'scheduler.node-lost': 'nodes lost',
  'scheduler.superseded': 'superseded results',
  'executor.lease_ended': 'leases ended',
  'node.adopts same': 'executors adopted',
  'node.adopts retiring': 'executors retired by another configuration',
  'executor.abandoned': 'executors that ended for want of a peer',
  'raft.leader-may-be-dead': 'dead leaders noticed',
  'transport.dropped stale': 'stale messages refused',
  'transport.dropped forged': 'forged messages refused',
  'peer.failed': 'peers that ended themselves',
  'members.changed': 'config changes',
  'members.not-changed': 'config changes refused',
  'snapshot.offered': 'snapshots offered',
  'snapshot.installed': 'snapshots installed',
  'snapshot.refused': 'snapshots refused',
  'node.reopens': 'peers reopened in place',
  'node.set-aside': 'directories set aside',
};

/** The coverage of one seed. */
export function coverageOf({ counts, faults, marks, sights }: Report): Coverage {
  const reached: Record<string, Reached> = {};
  const note = (name: string, times: number): void => {
    if (times > 0) reached[name] = { times, seeds: 1 };
  };
  for (const [name, times] of Object.entries(faults)) note(`fault ${name}`, times);
  for (const [name, times] of Object.entries(sights)) note(name, times);
  note('elections', counts.elections ?? 0);
  for (const [mark, name] of Object.entries(milestones)) note(name, marks[mark] ?? 0);
  return reached;
}

export function together(left: Coverage, right: Coverage): Coverage {
  const sum: Record<string, Reached> = { ...left };
  for (const [name, { times, seeds }] of Object.entries(right)) {
    const known = sum[name];
    sum[name] = { times: times + (known?.times ?? 0), seeds: seeds + (known?.seeds ?? 0) };
  }
  return sum;
}

/** What a batch should have reached and did not. */
export function neverSeen(coverage: Coverage, faultKinds: readonly string[]): readonly string[] {
  const faults = faultKinds.map((kind) => `fault ${kind}`);
  const wanted = [...faults, ...Object.values(milestones), ...sightsWanted];
  return wanted.filter((name) => coverage[name] === undefined);
}

/** One line: `crash 120 in 30, …`; what was never reached is named too. */
export function describeCoverage(coverage: Coverage, faultKinds: readonly string[]): string {
  const words = Object.entries(coverage)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { times, seeds }]) => `${name} ${times} in ${seeds}`);
  const missing = neverSeen(coverage, faultKinds);
  const never = missing.length === 0 ? '' : `; never: ${missing.join(', ')}`;
  return `coverage (times in seeds): ${words.join(', ')}${never}`;
}

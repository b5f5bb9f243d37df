/**
 * Everything that can go wrong in the simulation, by name; `faults/` says what each of them does.
 */
const deaths = ['crash', 'power-loss', 'kill-peer', 'kill-executor', 'part-kill'] as const;
const sleeps = ['all-crash', 'pause-peer', 'pause-executor', 'suspend-node', 'stalls'] as const;
const links = ['partition', 'one-way', 'disconnect', 'slow-consumer', 'clog'] as const;
const messages = ['swizzle-clog', 'replay'] as const;
const disks = ['slow-disk', 'hung-disk', 'disk-error', 'disk-full'] as const;
const clocks = ['wall-step', 'wall-drift'] as const;
const people = ['transfer', 'promote', 'demote', 'remove', 'replace', 'add-stranger'] as const;
const losses = ['wipe', 'damage'] as const;

export const faultKinds = [
  ...deaths,
  ...sleeps,
  ...links,
  ...messages,
  ...disks,
  ...clocks,
  ...people,
  ...losses,
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** What a figure is meant to be; printed beside it, met or missed. Never lowered. */
export const goals = {
  log: '>= 50,000 commits/s with 512 in flight, and >= 4 times etcd in the same run',
  logAlone: 'p50 of one write at a time <= that of etcd in the same run',
  wide: '>= 20,000 tasks/s (1,000 wide)',
  chains: '>= 12,000 tasks/s',
  chain: 'p50 <= 2.0 ms per edge, p99 <= 6',
  fan: 'p50 <= 10 ms',
  mixed: 'p99 of an edge at half of the most <= 50 ms',
  starts: '>= 2,000 runs/s',
  functions: '>= 70 % of no-op tasks, where calls share a process',
  syncs: '<= 0.1 for an edge, under load',
  memoryIdle: '<= 120 MB a node, both processes',
  memoryLoaded: '<= 250 MB a node, both processes',
  idleCpu: '<= 1 % of a core a node',
  historyCost: '<= 1.1 times',
  historyApi: '<= 1.2 times',
  historyStart: '<= 2 s',
  takeOver: '<= 1 s to the first dispatch, with 100,000 live tasks',
} as const;

/** `goal, met`, or missed. */
export const verdict = (goal: string, isMet: boolean): string =>
  `${goal}: ${isMet ? 'met' : 'missed'}`;

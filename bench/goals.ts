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
} as const;

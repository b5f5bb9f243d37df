/** Family F: linearizable reads, leases and time. */
import type { Mutant } from '../mutant.ts';
import { attacked, core, driver, executor, scenario, scheduler, simulated } from './suites.ts';

export const reads: readonly Mutant[] = [
  {
    name: 'reads without asking a majority',
    breaks: ['P66', 'I10'],
    file: 'raft/reads.ts',
    find: "const confirmed = present(majorityValue(rounds), 'there is at least one voter');",
    replace: "const confirmed = present(rounds.length + leadership.round, 'always');",
    killers: [attacked, core],
  },
  {
    name: 'reads before its own no-op is committed',
    breaks: ['P67', 'I10'],
    file: 'raft/reads.ts',
    find: 'if (leadership.waitingReads.length > 0 && state.commit >= leadership.firstIndex) {',
    replace: 'if (leadership.waitingReads.length > 0) {',
    killers: [attacked, core],
  },
  {
    name: 'confirms a read by a heartbeat that left before it came',
    breaks: ['P68', 'I10'],
    file: 'raft/reads.ts',
    find: 'leadership.readRounds.push({\n      round: leadership.round,',
    replace: 'leadership.readRounds.push({\n      round: leadership.round - 1,',
    killers: [scenario('stale read index'), core],
  },
  {
    name: 'asks for a read again under the same id',
    breaks: ['P68', 'I10'],
    file: 'raft/driver-reads.ts',
    find: 'this.#nextId += 1;',
    replace: '',
    killers: [driver],
  },
  {
    name: 'reads on the leader what is not committed',
    breaks: ['P66', 'I10'],
    file: 'scheduler/scheduler.ts',
    find: 'else this.#leader.whenCommitted(release, () => this.#readAgain(again));',
    replace: 'else release();',
    killers: [simulated, scheduler],
  },
  {
    name: 'starts a task under a lease that has ended',
    breaks: ['P69', 'W12'],
    file: 'executor/lease.ts',
    find: 'return now < sentAt + this.#leaseMs;',
    replace: 'return now < sentAt + this.#leaseMs || sentAt > 0;',
    killers: [executor],
  },
  {
    name: 'lengthens a lease from when the answer came',
    breaks: ['P69', 'W12'],
    file: 'executor/lease.ts',
    find: 'if (this.#until === undefined || until > this.#until) this.#until = until;',
    replace: 'this.#until = monotonicMs(Math.max(this.#until ?? 0, sentAt) + leaseMs);',
    killers: [executor],
  },
  {
    name: 'grants a lease without knowing that it still leads',
    breaks: ['P69', 'P81', 'W12'],
    file: 'scheduler/scheduler.ts',
    find: 'this.#confirm(message, leader.term);',
    replace: 'leader.heartbeat(message);',
    killers: [scheduler, simulated],
  },
];

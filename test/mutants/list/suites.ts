/** The parts of the suite that are asked, each within seconds; files by the begin of their path. */
import { adversary, type Killer, simulator, tests } from '../mutant.ts';

/** The Raft core: unit tests and text scenarios. */
export const core = tests(
  'test/raft/scenarios.test.ts',
  'src/raft/raft.test.ts',
  'src/raft/membership.test.ts',
  'src/raft/members.test.ts',
  'src/raft/configurations.test.ts',
  'src/raft/log.test.ts',
  'src/raft/progress.test.ts',
  'src/raft/quorum.test.ts',
);
/** The text scenario of that name alone. */
export const scenario = (name: string): Killer => ({
  kind: 'tests',
  files: ['test/raft/scenarios.test.ts'],
  only: `scenario ${name}$`,
});
export const driver = tests('test/raft/driver.test.ts', 'src/raft/driver-');
export const logStore = tests('src/storage/log-', 'src/storage/durable-head.test.ts');
export const ledger = tests('src/storage/ledger', 'src/storage/pack.test.ts');
export const tables = tests('src/storage/unproven-tables.test.ts', 'src/storage/table-');
export const snapshots = tests(
  'src/node/snapshot',
  'src/node/peer-snapshots.test.ts',
  'src/storage/ledger-snapshot.test.ts',
);
export const healing = tests(
  'src/storage/set-aside.test.ts',
  'src/storage/identity.test.ts',
  'src/node/life.test.ts',
  'src/node/forming.test.ts',
);
export const memberRequests = tests('src/node/leader-requests.test.ts');
export const memberDesk = tests('src/node/autopilot.test.ts', 'src/node/member-desk.test.ts');
export const transport = tests(
  'src/transport/postbox.test.ts',
  'src/transport/senders.test.ts',
  'src/transport/envelope.test.ts',
  'src/transport/chunks.test.ts',
  'src/transport/credit-window.test.ts',
);
/** The rules that every workflow shares; what it may say beside them has files of its own. */
export const scheduler = tests(
  'src/scheduler/advance.test.ts',
  'src/scheduler/assign.test.ts',
  'src/scheduler/gateway.test.ts',
  'src/scheduler/leader.',
  'src/scheduler/leases.test.ts',
  'src/scheduler/retry.test.ts',
  'src/scheduler/scheduler.test.ts',
  'src/scheduler/turn.test.ts',
  'src/scheduler/decisions/',
);
export const advancing = tests('src/scheduler/advance.test.ts');
export const commands = tests('src/scheduler/decisions/command.test.ts');
export const following = tests('src/scheduler/scheduler.test.ts');
export const gatewayAlone = tests('src/scheduler/gateway.test.ts');
export const superseded = tests('src/scheduler/decisions/attempts-ended.test.ts');
export const executor = tests(
  'src/executor/executor',
  'src/executor/lease.test.ts',
  'src/executor/fences.test.ts',
  'src/executor/outbox.test.ts',
);

/** The adversary of the core, more than a hundred seeds a second. */
export const attacked = adversary(1, 300);
/** The swarm simulator, about two seeds a second. What it should find, it finds in a few. */
export const simulated = simulator(1, 10);
export const digests = tests('src/node/digest-watch.test.ts');
export const cron = tests('src/model/schedule.test.ts', 'src/model/cron.test.ts');
export const triggers = tests('src/model/trigger-rule.test.ts');
export const record = tests('src/model/record.test.ts');
export const actors = tests('src/actors/');
export const graphs = tests('src/model/run-graph.property.test.ts');
export const maps = tests('src/scheduler/expand.test.ts', 'src/model/run-graph.property.test.ts');
export const cancelled = tests('src/scheduler/decisions/cancel-run.test.ts');
export const ending = tests('src/scheduler/run-ending.test.ts');
export const rerun = tests('src/scheduler/decisions/rerun.test.ts');
export const begins = tests(
  'src/scheduler/begin.test.ts',
  'src/scheduler/decisions/wake-task.test.ts',
);
export const attemptsEnded = tests('src/scheduler/decisions/after-');
export const leaderTasks = tests('src/scheduler/leader-tasks/');
export const sla = tests('src/scheduler/decisions/miss-sla.test.ts');
export const gates = tests('src/scheduler/gates.test.ts', 'src/model/rate.test.ts');
export const quotas = tests('src/scheduler/quotas.test.ts');
export const givingWay = tests(
  'src/scheduler/preempt.test.ts',
  'src/scheduler/give-way.test.ts',
  'src/scheduler/decisions/drain-node.test.ts',
);
export const fleet = tests('src/scheduler/fleet');
export const queue = tests('src/scheduler/ready.test.ts', 'src/scheduler/usage.test.ts');
export const learning = tests('src/scheduler/estimates.test.ts');
export const fires = tests('src/scheduler/decisions/fire-schedule.test.ts');
export const eventRules = tests('src/model/trigger.test.ts');
export const events = tests('src/scheduler/decisions/outside-events.test.ts');
export const overlaps = tests('src/scheduler/overlap.test.ts');
export const skips = tests('src/model/schedule-skips.test.ts');
export const calendars = tests('src/model/calendar.test.ts');
export const backfills = tests('src/scheduler/backfills.test.ts');
export const canaries = tests('src/scheduler/decisions/canary.test.ts');
export const templates = tests('src/model/template');
export const expressions = tests('src/model/expression.test.ts');
export const rendering = tests('src/scheduler/render-dispatch.test.ts');
export const params = tests('src/model/params.test.ts');
export const newness = tests('src/model/newness.test.ts');
export const turns = tests('src/scheduler/leader.test.ts', 'src/scheduler/turn.test.ts');
export const peers = tests('src/raft/driver-peers.test.ts');

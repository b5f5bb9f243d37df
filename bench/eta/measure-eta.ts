/** Predicted starts of a recorded workflow against those that then came, in virtual time. */
import { readDag } from '../../src/api/dag-file.ts';
import { assert, present } from '../../src/base/assert.ts';
import {
  dagId,
  incarnation,
  namespace,
  nodeId,
  runId,
  type WallMs,
  wallMs,
} from '../../src/base/brand.ts';
import { hash32 } from '../../src/base/random.ts';
import type { Command } from '../../src/model/command.ts';
import { nodeFact } from '../../src/model/fact.ts';
import type { Dispatch } from '../../src/model/protocol.ts';
import { State } from '../../src/model/state.ts';
import type { ExecutorAddress } from '../../src/scheduler/effect.ts';
import { finish, forecastSteps } from '../../src/scheduler/forecast/forecast.ts';
import { fork } from '../../src/scheduler/forecast/fork.ts';
import { Timeline } from '../../src/scheduler/forecast/timeline.ts';
import { VirtualLeader } from '../../src/scheduler/forecast/virtual-leader.ts';
import { type Cluster, demandOf, msOf, nameOf } from '../placement/load.ts';
import { capacityOf } from '../placement/skein-run.ts';
import type { WorkDag, Workload } from '../workload-file.ts';

export interface EtaOptions {
  readonly cluster: Cluster;
  readonly seed: number;
  /** The largest difference of a duration, as a share of it. */
  readonly noise: number;
  /** When forecasts are made, as parts of the first run's makespan. */
  readonly moments: readonly number[];
}

export interface Accuracy {
  /** For each predicted start: how far off it was, and that as a share of the makespan. */
  readonly errors: readonly { readonly ms: number; readonly share: number }[];
  /** Processor time of a forecast, on average. */
  readonly forecastMs: number;
}

const here = namespace('default');
const startsAt = wallMs(Date.UTC(2026, 0, 1));
/** Longer than any recorded workflow takes. */
const horizonMs = 400 * 86_400_000;

export function measureEta(workload: Workload, options: EtaOptions): Accuracy {
  const recorded = new Recorded(workload, options);
  recorded.start('warm', 1);
  const warmMs = recorded.runOut();
  // What was learnt is known; the whole load comes now, one copy took `warmMs`.
  const began = recorded.leader.nowMs;
  const probe = expectedMs(recorded, workload);
  recorded.start('again', Number.POSITIVE_INFINITY);
  const predictions: Prediction[] = [];
  let usedUs = 0;
  for (const part of options.moments) {
    recorded.runUntil(began + part * Math.max(probe, warmMs));
    const before = process.cpuUsage();
    predictions.push(...predict(recorded));
    const { user, system } = process.cpuUsage(before);
    usedUs += user + system;
  }
  recorded.runOut();
  const makespanMs = recorded.leader.nowMs - began;
  const errors = predictions.map(({ key, task, at }) => {
    const line = recorded.timeline.runs.get(key)?.tasks.get(task);
    const actual = present(line?.startsAt, 'every task of the second run has started');
    const ms = Math.abs(actual - at);
    return { ms, share: ms / makespanMs };
  });
  return { errors, forecastMs: usedUs / 1000 / options.moments.length };
}

interface Prediction {
  /** Of the run and of the instance. */
  readonly key: string;
  readonly task: string;
  readonly at: WallMs;
}

/** Every start that a forecast made now says is to come. */
function predict({ leader }: Recorded): readonly Prediction[] {
  const { timeline } = forecastOf(leader);
  const found: Prediction[] = [];
  for (const [key, { tasks }] of timeline.runs) {
    for (const [task, { startsAt: at }] of tasks) {
      if (at !== null && at > leader.now) found.push({ key, task, at });
    }
  }
  return found;
}

function forecastOf(leader: VirtualLeader, commands: readonly Command[] = []) {
  const all = { turns: Number.POSITIVE_INFINITY, starts: Number.POSITIVE_INFINITY };
  const state = fork(leader.state);
  const made = finish(forecastSteps(state, { now: leader.now, horizonMs, ...all, commands }));
  assert(made.ok, 'nothing was asked that could be refused');
  return made.value;
}

/** How long the whole load is expected to take, all of it started now. */
function expectedMs({ leader }: Recorded, workload: Workload): number {
  const { timeline } = forecastOf(leader, startsOf(workload, 'probe', Number.POSITIVE_INFINITY));
  const ends = [...timeline.runs.values()].map(({ endsAt }) => (endsAt ?? leader.now) - leader.now);
  return Math.max(...ends);
}

/** A cluster on which recorded workflows take their recorded time, or nearly so. */
class Recorded {
  readonly leader: VirtualLeader;
  readonly timeline: Timeline;
  readonly #workload: Workload;
  readonly #options: EtaOptions;
  readonly #times: ReadonlyMap<string, ReadonlyMap<string, number>>;

  constructor(workload: Workload, options: EtaOptions) {
    this.#workload = workload;
    this.#options = options;
    this.#times = new Map(
      workload.dags.map(({ id, tasks }) => [
        id,
        new Map(tasks.map((task) => [task.id, msOf(task)])),
      ]),
    );
    const leader: VirtualLeader = new VirtualLeader({
      ...{ state: emptyCluster(options.cluster), startsAt },
      dispatched: (to, dispatches) => {
        for (const dispatch of dispatches) this.#begin(to, dispatch);
      },
      revoked: () => {},
      committed: (turn) => this.timeline.committed(turn),
    });
    this.leader = leader;
    const { board } = leader.leader;
    this.timeline = new Timeline({ state: leader.state, planOf: (run) => board.planOf(run) });
    leader.join(() => []);
    for (const dag of workload.dags) this.#ask(applyCommand(dag, options.cluster));
    this.runOut();
  }

  /** Starts every workflow, so many copies of each or as many as the load has. */
  start(name: string, copiesMax: number): void {
    for (const command of startsOf(this.#workload, name, copiesMax)) this.#ask(command);
  }

  runUntil(ms: number): void {
    while (this.leader.step(ms));
  }

  /** Until nothing is under way; the value is how long that took. */
  runOut(): number {
    const began = this.leader.nowMs;
    // What is remembered for a day, answers to commands, is not worth waiting for.
    while (this.leader.state.count('run') > 0 || this.leader.isUnderWay) {
      if (!this.leader.step(began + horizonMs)) break;
    }
    return this.leader.nowMs - began;
  }

  #ask(command: Command): void {
    this.leader.ask(command, (answer) => assert(answer.ok, 'the leader does what it is asked'));
  }

  #begin(to: ExecutorAddress, { id, dagId: dag }: Dispatch): void {
    const ms = present(this.#times.get(dag)?.get(id.taskId), 'a dispatch is of the workload');
    const { seed, noise } = this.#options;
    const chance = hash32(`${seed} ${id.runId} ${id.taskId}`) / 0x1_0000_0000;
    const factor = id.runId.startsWith('warm') ? 1 : 1 + noise * (2 * chance - 1);
    const begunAt = this.leader.now;
    this.leader.after(ms * factor, () => {
      const exit = { retryable: true, exitCode: 0, signal: null, error: null, output: null };
      const times = { startedAt: begunAt, endedAt: this.leader.now };
      this.leader.ended(to, [{ id, outcome: 'success', ...exit, ...times }]);
    });
  }
}

const startsOf = ({ dags }: Workload, name: string, copiesMax: number): readonly Command[] =>
  dags.flatMap(({ id, copies }) =>
    Array.from({ length: Math.min(copies, copiesMax) }, (_, copy): Command => {
      const run = { dagId: dagId(id), runId: runId(`${name}.${id}.${copy}`), logicalDate: null };
      return { kind: 'start-run', namespace: here, ...run, params: {}, priority: null };
    }),
  );

function emptyCluster(cluster: Cluster): State {
  const state = new State();
  for (let place = 0; place < cluster.nodes; place++) {
    const name = nameOf(place);
    const life = { nodeId: nodeId(name), incarnation: incarnation(`${name}-1`) };
    const room = { capacity: capacityOf(cluster), labels: {}, address: `http://${name}` };
    state.apply(nodeFact({ ...life, ...room, status: 'alive', since: startsAt }));
  }
  return state;
}

function applyCommand({ id, tasks }: WorkDag, cluster: Cluster): Command {
  const entries = tasks.map((task) => {
    const { cores, memoryBytes } = demandOf(task, cluster);
    const resources = { cpu: cores, memory: `${memoryBytes}` };
    return [task.id, { type: 'noop', dependsOn: task.parents, resources }];
  });
  const text = JSON.stringify({ id, maxActiveRuns: 1_000, tasks: Object.fromEntries(entries) });
  const read = readDag({ text, format: 'json', id, namespace: null, limits: null });
  assert(read.ok, `the definition of ${id} is good`);
  const { dagId: dag, versionId, spec } = read.value;
  return { kind: 'apply-dag', namespace: here, dagId: dag, versionId, spec };
}

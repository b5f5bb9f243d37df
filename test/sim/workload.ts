/** What the clients ask for: random workflows, runs, cancels, reruns, pauses and reads. */
import { dagId, namespace, type RunId } from '../../src/base/brand.ts';
import type { Command } from '../../src/model/command.ts';
import type { Chance } from './chance.ts';
import type { Clients } from './clients.ts';
import { type MadeDag, makeDag } from './dag-maker.ts';
import type { World } from './world.ts';

const space = namespace('default');
/** More runs than this under way, and the clients start no more. */
const liveRunsMax = 30;
/** So many runs may end by themselves in the liveness phase, queued or not. */
const fewRuns = 5;

export class Workload {
  readonly #world: World;
  readonly #clients: Clients;
  readonly #chance: Chance;
  readonly #dags: MadeDag[] = [];
  #stopped = false;

  constructor(world: World, clients: Clients, chance: Chance) {
    this.#world = world;
    this.#clients = clients;
    this.#chance = chance;
  }

  begin(): void {
    const { schedules, tasksMax } = this.#world.options;
    const count = 2 + this.#chance.below(3);
    for (let at = 0; at < count; at++) {
      const scheduled = schedules && at < 2;
      const dag = makeDag(this.#chance, { name: `dag${at}`, tasksMax, scheduled });
      this.#dags.push(dag);
      this.#clients.ask(apply(dag));
    }
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** For the liveness phase: schedules rest, and what never ends by itself is cancelled. */
  windDown(): void {
    for (const dag of this.#world.chronicle.state.dags()) {
      this.#clients.ask({ kind: 'pause-dag', namespace: space, dagId: dag.dagId, paused: true });
    }
    for (const { run } of this.#world.chronicle.state.runs()) {
      const version = this.#dags.find((dag) => dag.versionId === run.versionId);
      if (version?.hangs === true) this.#cancel(run.runId);
    }
  }

  /** A long queue behind one run at a time would only take time. */
  cancelQueued(): void {
    const runs = [...this.#world.chronicle.state.runs()];
    for (const { run } of runs.slice(fewRuns)) {
      if (run.status === 'queued') this.#cancel(run.runId);
    }
  }

  #next(): void {
    const { requestEveryMs, idle } = this.#world.options;
    this.#world.timeline.after(this.#chance.around(requestEveryMs), () => {
      if (this.#stopped) return;
      const { nowMs } = this.#world;
      const rests = idle !== undefined && nowMs > idle.fromMs && nowMs < idle.toMs;
      if (!rests) this.#act();
      this.#next();
    });
  }

  #act(): void {
    const kind = this.#chance.fraction();
    const dag = this.#chance.pick(this.#dags);
    if (kind < 0.4) this.#run(dag);
    else if (kind < 0.46) this.#runEverywhere(dag);
    else if (kind < 0.52) this.#withRun((runId) => this.#cancel(runId));
    else if (kind < 0.6) this.#rerun();
    else if (kind < 0.65) this.#pause(dag);
    else if (kind < 0.7) this.#change();
    else if (kind < 0.74) this.#abuse(dag);
    else if (kind < 0.87) this.#clients.readIndex();
    else this.#clients.readState();
  }

  #run(dag: MadeDag): void {
    if (this.#crowded()) return;
    this.#clients.ask(start(dag), (answer) => {
      // Somebody changes her mind at once.
      if (!answer.ok || answer.value.reply.kind !== 'run-started') return;
      const { runId } = answer.value.reply;
      if (this.#chance.happens(0.1)) this.#cancel(runId);
    });
  }

  #runEverywhere(dag: MadeDag): void {
    if (!this.#crowded()) this.#clients.askEverywhere(start(dag));
  }

  #cancel(runId: RunId): void {
    this.#clients.ask({ kind: 'cancel-run', namespace: space, runId });
  }

  #rerun(): void {
    const ended = [...this.#world.chronicle.ended.values()];
    if (ended.length === 0 || this.#crowded()) return;
    const { run } = this.#chance.pick(ended);
    this.#clients.ask({
      kind: 'rerun',
      namespace: space,
      runId: run.runId,
      tasks: null,
      downstream: this.#chance.happens(0.5),
      failedOnly: this.#chance.happens(0.5),
    });
  }

  #pause(dag: MadeDag): void {
    const paused = this.#chance.happens(0.5);
    this.#clients.ask({ kind: 'pause-dag', namespace: space, dagId: dag.dagId, paused });
  }

  /** A new version of a DAG, while runs of the old one go on. */
  #change(): void {
    const name = `dag${this.#chance.below(this.#dags.length)}`;
    const { tasksMax } = this.#world.options;
    const scheduled = this.#dags.some(
      ({ dagId: id, spec }) => id === dagId(name) && spec.schedules.length > 0,
    );
    const dag = makeDag(this.#chance, { name, tasksMax, scheduled });
    this.#dags.push(dag);
    this.#clients.ask(apply(dag));
  }

  #abuse(dag: MadeDag): void {
    const { asked } = this.#clients;
    const victim = asked.length > 0 ? this.#chance.pick(asked) : undefined;
    if (victim?.command.kind === 'start-run') {
      this.#clients.abuse(victim, { ...start(dag), priority: 99 });
    }
  }

  #withRun(act: (runId: RunId) => void): void {
    const live = [...this.#world.chronicle.state.runs()];
    if (live.length > 0) act(this.#chance.pick(live).run.runId);
  }

  #crowded(): boolean {
    return this.#world.chronicle.state.count('run') > liveRunsMax;
  }
}

const apply = ({ dagId: id, versionId, spec }: MadeDag): Command => ({
  kind: 'apply-dag',
  namespace: space,
  dagId: id,
  versionId,
  spec,
});

const start = (dag: MadeDag) =>
  ({
    kind: 'start-run',
    namespace: space,
    dagId: dag.dagId,
    runId: null,
    logicalDate: null,
    params: {},
    priority: null,
  }) as const satisfies Command;

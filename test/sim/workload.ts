/** What the clients ask for: random workflows, runs, cancels, reruns, pauses and reads. */
import type { Namespace, RunId } from '../../src/base/brand.ts';
import type { Command } from '../../src/model/command.ts';
import type { Chance } from './chance.ts';
import type { Clients } from './clients.ts';
import { type MadeDag, makeDag } from './dag-maker.ts';
import type { Feature } from './features.ts';
import { Helpers } from './helpers.ts';
import { putEverything, space, spaces } from './named-objects.ts';
import { People } from './people.ts';
import type { World } from './world.ts';

/** More runs than this under way, and the clients start no more. */
const liveRunsMax = 30;
/** What DAGs name has to be there before them. */
const objectsFirstMs = 800;
const applyTimesMax = 10;

export class Workload {
  readonly #world: World;
  readonly #clients: Clients;
  readonly #chance: Chance;
  readonly #features: ReadonlySet<Feature>;
  readonly #dags: MadeDag[] = [];
  readonly #people: People;
  readonly #helpers: Helpers;
  #names: readonly string[] = [];
  /** The first DAG is always in `default`. */
  #spaces: readonly Namespace[] = [];
  #stopped = false;

  constructor(world: World, clients: Clients, chance: Chance) {
    this.#world = world;
    this.#clients = clients;
    this.#chance = chance;
    this.#features = new Set(world.options.features);
    const parts = { world, clients, dags: this.#dags, features: this.#features };
    const make = (name: string): MadeDag => this.#make(name);
    this.#people = new People({ ...parts, chance: chance.stream('people'), make });
    this.#helpers = new Helpers(parts);
  }

  begin(): void {
    const count = 2 + this.#chance.below(3);
    this.#names = Array.from({ length: count }, (_, at) => `dag${at}`);
    const isShared = this.#features.has('namespace');
    this.#spaces = this.#names.map((_, at) => {
      return isShared && at > 0 ? this.#chance.pick(spaces) : space;
    });
    const dags = this.#names.map((name) => this.#make(name));
    putEverything(this.#clients, this.#spaces);
    this.#world.timeline.after(objectsFirstMs, () => {
      for (const dag of dags) this.#apply(dag);
    });
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** For the liveness phase: nothing starts by itself, and people help what waits for them. */
  windDown(): void {
    this.#helpers.windDown();
  }

  /** The helpers go home. */
  rest(): void {
    this.#helpers.rest();
  }

  /** A DAG may start those with higher numbers, and hears of those with lower ones. */
  #make(name: string): MadeDag {
    const at = this.#names.indexOf(name);
    const { schedules, tasksMax } = this.#world.options;
    const namespace = this.#spaces[at] ?? space;
    const isNear = (other: string): boolean =>
      this.#spaces[this.#names.indexOf(other)] === namespace;
    const isVaried = this.#features.has('placement');
    const dag = makeDag(this.#chance, {
      ...{ name, namespace, tasksMax, features: this.#features },
      scheduled: schedules && at < 2,
      above: this.#names.slice(0, at).filter(isNear),
      below: this.#names.slice(at + 1).filter(isNear),
      nodes: isVaried ? this.#world.nodes.map(({ traits }) => traits) : [],
    });
    this.#dags.push(dag);
    return dag;
  }

  /** Until what it names is there, and everybody knows how to read it. */
  #apply(dag: MadeDag, timesMax = applyTimesMax): void {
    this.#clients.ask(apply(dag), (answer) => {
      if (answer.ok || this.#stopped || timesMax === 1) return;
      this.#world.timeline.after(objectsFirstMs, () => this.#apply(dag, timesMax - 1));
    });
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
    if (kind < 0.27) this.#run(dag);
    else if (kind < 0.32) this.#runEverywhere(dag);
    else if (kind < 0.36) this.#withRun((run) => this.#cancel(run));
    else if (kind < 0.42) this.#rerun();
    else if (kind < 0.47) this.#pause(dag);
    else if (kind < 0.52) this.#change();
    else if (kind < 0.56) this.#abuse(dag);
    else if (kind < 0.78) this.#people.act(this.#isCrowded());
    else if (kind < 0.89) this.#clients.readIndex();
    else this.#clients.readState();
  }

  #run(dag: MadeDag): void {
    if (this.#isCrowded()) return;
    this.#clients.ask(this.#start(dag), (answer) => {
      // Somebody changes her mind at once.
      if (!answer.ok || answer.value.reply.kind !== 'run-started') return;
      const { runId } = answer.value.reply;
      if (this.#chance.happens(0.1)) this.#cancel({ namespace: dag.namespace, runId });
    });
  }

  #runEverywhere(dag: MadeDag): void {
    if (!this.#isCrowded()) this.#clients.askEverywhere(this.#start(dag));
  }

  #start(dag: MadeDag) {
    const params = this.#chance.happens(0.3) ? { n: this.#chance.below(8) } : {};
    return { ...start(dag), params } as const;
  }

  #cancel({ namespace, runId }: SomeRun): void {
    this.#clients.ask({ kind: 'cancel-run', namespace, runId });
  }

  #rerun(): void {
    const ended = [...this.#world.chronicle.ended.values()];
    if (ended.length === 0 || this.#isCrowded()) return;
    const { run } = this.#chance.pick(ended);
    this.#clients.ask({
      kind: 'rerun',
      namespace: run.namespace,
      runId: run.runId,
      tasks: null,
      downstream: this.#chance.happens(0.5),
      failedOnly: this.#chance.happens(0.5),
    });
  }

  #pause(dag: MadeDag): void {
    const paused = this.#chance.happens(0.5);
    const { namespace, dagId } = dag;
    this.#clients.ask({ kind: 'pause-dag', namespace, dagId, paused });
  }

  /** A new version of a DAG, while runs of the old one go on. */
  #change(): void {
    this.#clients.ask(apply(this.#make(this.#chance.pick(this.#names))));
  }

  #abuse(dag: MadeDag): void {
    const { asked } = this.#clients;
    const victim = asked.length > 0 ? this.#chance.pick(asked) : undefined;
    if (victim?.command.kind === 'start-run') {
      this.#clients.abuse(victim, { ...start(dag), priority: 99 });
    }
  }

  #withRun(act: (run: SomeRun) => void): void {
    const live = [...this.#world.chronicle.state.runs()];
    if (live.length > 0) act(this.#chance.pick(live).run);
  }

  #isCrowded(): boolean {
    return this.#world.chronicle.state.count('run') > liveRunsMax;
  }
}

interface SomeRun {
  readonly namespace: Namespace;
  readonly runId: RunId;
}

const apply = ({ namespace, dagId: id, versionId, spec }: MadeDag): Command => ({
  kind: 'apply-dag',
  namespace,
  dagId: id,
  versionId,
  spec,
});

const start = (dag: MadeDag) =>
  ({
    kind: 'start-run',
    namespace: dag.namespace,
    dagId: dag.dagId,
    runId: null,
    logicalDate: null,
    params: {},
    priority: null,
  }) as const satisfies Command;

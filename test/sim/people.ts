/**
 * People and the outside world: who decides approvals, sends events, fills in the past, mends runs
 * by hand and tries new versions on some of them.
 */
import { type Namespace, taskId, wallMs } from '../../src/base/brand.ts';
import type { OutsideEvent } from '../../src/model/dag-trigger.ts';
import type { LiveRun } from '../../src/model/readonly-state.ts';
import type { TaskRow } from '../../src/model/task-instance.ts';
import type { Chance } from './chance.ts';
import type { MadeDag } from './dag-maker.ts';
import type { Feature } from './features.ts';
import type { HelperParts } from './helpers.ts';
import { changeNamespace, changeObject, changeScheduling } from './named-objects.ts';

export interface PeopleParts extends HelperParts {
  readonly chance: Chance;
  readonly features: ReadonlySet<Feature>;
  /** A new version of a DAG. */
  readonly make: (name: string) => MadeDag;
}

export class People {
  readonly #parts: PeopleParts;
  #events = 0;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** One of the things that the seed's features have people do. */
  act(isCrowded: boolean): void {
    const { features, chance, clients } = this.#parts;
    const acts: (() => void)[] = [];
    const may = (feature: Feature, ...some: (() => void)[]): void => {
      if (features.has(feature)) acts.push(...some);
    };
    may('approval', () => this.#decide());
    may('approval', () => this.#decide());
    const where = (): Namespace => chance.pick(this.#parts.dags).namespace;
    may('gate', () => changeObject(clients, chance, where()));
    may('time', () => changeObject(clients, chance, where()));
    for (const feature of ['namespace', 'quota'] as const) {
      const isLimited = feature === 'quota';
      may(feature, () => changeNamespace(clients, chance, { of: where(), isLimited }));
    }
    may('order', () => changeScheduling(clients, chance));
    may('drain', () => this.#drainOrResume());
    if (!isCrowded) may('event', () => this.#tell());
    may('event', () => this.#tendTriggers());
    may('backfill', () => this.#backfill(isCrowded));
    may('operator', () => this.#mend());
    may('operator', () => this.#rerunSome());
    may('operator', () => this.#pauseOrEdit());
    may('version', () => this.#tryVersion());
    if (acts.length > 0) chance.pick(acts)();
  }

  #decide(): void {
    const { chance, clients } = this.#parts;
    const open = this.#rows((row) => row.status === 'deferred' && row.waitsFor.kind === 'approval');
    if (open.length === 0) return;
    const { namespace, runId, taskId: id, mapIndex } = chance.pick(open);
    const approved = chance.happens(0.7);
    const common = { namespace, runId, taskId: id, mapIndex, note: '' };
    clients.ask({ kind: 'decide-approval', ...common, approved, values: {} });
    // Somebody else says the contrary at the same time.
    if (!chance.happens(0.2)) return;
    clients.ask({ kind: 'decide-approval', ...common, approved: !approved, values: {} });
  }

  /** An event, told by several nodes, each with a request of its own. */
  #tell(): void {
    const { chance, clients, dags, world } = this.#parts;
    this.#events += 1;
    const id = this.#events;
    const dag = chance.pick(dags);
    const source = chance.pick<(of: MadeDag) => OutsideEvent['source']>([
      ({ namespace, dagId }) => ({ kind: 'webhook', namespace, dagId, trigger: 'hook' }),
      ({ namespace, dagId }) => ({ kind: 'webhook', namespace, dagId, trigger: 'both' }),
      () => ({ kind: 'subject', subject: chance.pick(['sim.a', 'sim.b']) }),
      ({ namespace }) => ({ kind: 'asset', namespace, uri: `asset://sim/${chance.below(2)}` }),
      ({ namespace, dagId }) => ({ kind: 'trigger', namespace, dagId, trigger: 'hook' }),
    ])(dag);
    // Some are too large for the param that is made of them: no run can be started.
    const payload = JSON.stringify({ id: id % 12, key: `event-${id}` });
    const events = [{ source, key: `event-${id}`, payload }];
    const tell = (): void => {
      clients.ask({ kind: 'outside-events', namespace: dag.namespace, events });
    };
    const times = chance.happens(0.5) ? 1 : 1 + chance.below(world.nodes.length);
    for (let time = 0; time < times; time++) {
      world.timeline.after(time === 0 ? 0 : chance.around(1000), tell);
    }
  }

  #tendTriggers(): void {
    const { chance, clients, dags, world } = this.#parts;
    const letters = [...world.chronicle.state.allNamed('letter')];
    if (letters.length > 0 && chance.happens(0.7)) {
      const { namespace, letterId } = chance.pick(letters);
      const how = chance.pick(['replay', 'drop'] as const);
      clients.ask({ kind: 'settle-letter', namespace, letterId, how });
      return;
    }
    const { namespace, dagId } = chance.pick(dags);
    const trigger = chance.pick(['hook', 'message', 'outcome', 'both']);
    const enabled = chance.happens(0.6);
    clients.ask({ kind: 'switch-trigger', namespace, dagId, trigger, enabled });
  }

  #backfill(isCrowded: boolean): void {
    const { chance, clients, dags, world } = this.#parts;
    const open = [...world.chronicle.state.allNamed('backfill')].filter(
      ({ status }) => status === 'running' || status === 'paused',
    );
    if (open.length > 0 && (isCrowded || open.length > 1 || chance.happens(0.5))) {
      const { namespace, backfillId } = chance.pick(open);
      const to = chance.pick(['paused', 'running', 'running', 'cancelled'] as const);
      clients.ask({ kind: 'change-backfill', namespace, backfillId, to });
      return;
    }
    const scheduled = dags.filter(({ spec }) => spec.schedules.length > 0);
    const now = world.chronicle.lastAt;
    if (isCrowded || scheduled.length === 0 || now === undefined) return;
    const { namespace, dagId } = chance.pick(scheduled);
    clients.ask({
      kind: 'start-backfill',
      namespace,
      dagId,
      from: wallMs(now - 1000 * (10 + chance.below(60))),
      to: wallMs(now + (chance.happens(0.2) ? 5000 : -1000 * chance.below(10))),
      direction: chance.pick(['forward', 'backward']),
      activeMax: 1 + chance.below(3),
      only: chance.pick(['all', 'missing', 'failed']),
      params: {},
      dryRun: chance.happens(0.15),
    });
  }

  /** Ends tasks by hand, or has an ended run undone. */
  #mend(): void {
    const { chance, clients, world } = this.#parts;
    const ended = [...world.chronicle.ended.values()];
    if (ended.length > 0 && chance.happens(0.2)) {
      const { namespace, runId } = chance.pick(ended).run;
      clients.ask({ kind: 'compensate-run', namespace, runId });
      return;
    }
    const some = this.#someTasks();
    if (some === undefined) return;
    clients.ask({
      kind: 'mark-tasks',
      ...some,
      mapIndex: chance.happens(0.5) ? null : chance.below(2),
      as: chance.pick(['success', 'failed', 'skipped']),
      note: 'by hand',
      force: chance.happens(0.5),
    });
  }

  #rerunSome(): void {
    const { chance, clients } = this.#parts;
    const some = this.#someTasks();
    if (some === undefined) return;
    const [downstream, failedOnly] = [chance.happens(0.5), chance.happens(0.3)];
    clients.ask({ kind: 'rerun', ...some, downstream, failedOnly });
  }

  #pauseOrEdit(): void {
    const { chance, clients, make } = this.#parts;
    const live = this.#liveRuns();
    if (live.length === 0) return;
    const { run } = chance.pick(live);
    const common = { namespace: run.namespace, runId: run.runId };
    if (chance.happens(0.5)) {
      const paused = run.isPaused === true ? chance.happens(0.2) : true;
      clients.ask({ kind: 'pause-run', ...common, paused });
      return;
    }
    const params = chance.happens(0.7) ? { n: chance.below(8) } : null;
    const version = chance.happens(0.3) ? make(run.dagId) : null;
    clients.ask({ kind: 'edit-run', ...common, params, version, note: '' });
  }

  #tryVersion(): void {
    const { chance, clients, dags, make } = this.#parts;
    const dag = chance.pick(dags);
    const { namespace, dagId } = dag;
    const common = { namespace, dagId };
    const kind = chance.fraction();
    if (kind < 0.5) {
      const { versionId, spec } = make(dagId);
      const share = chance.happens(0.5) ? 0.5 : null;
      const runs = share === null ? 1 + chance.below(4) : null;
      const rate = { failureRateMax: chance.pick([null, 0.2]), runsMin: 1 + chance.below(3) };
      clients.ask({ kind: 'start-canary', ...common, versionId, spec, share, runs, ...rate });
    } else if (kind < 0.65) clients.ask({ kind: 'end-canary', ...common });
    else if (kind < 0.9)
      clients.ask({ kind: 'promote-version', ...common, versionId: dag.versionId });
    else clients.ask({ kind: 'delete-dag', ...common });
  }

  /** Some nodes are emptied, with or without a deadline; mostly somebody is left who works. */
  #drainOrResume(): void {
    const { chance, clients, world } = this.#parts;
    const drained = [...world.chronicle.state.nodes()].filter(({ drain }) => drain !== undefined);
    const isEnough = 2 * drained.length >= world.nodes.length;
    if (drained.length > 0 && (chance.happens(0.4) || (isEnough && chance.happens(0.8)))) {
      clients.ask({ kind: 'resume-node', node: chance.pick(drained).nodeId });
      return;
    }
    const graceMs = chance.pick([null, 0, 500, 3000]);
    clients.ask({ kind: 'drain-node', node: chance.pick(world.nodes).id, graceMs });
  }

  /** Up to two tasks of a run, mostly of a living one. */
  #someTasks() {
    const { chance, world } = this.#parts;
    const live = this.#liveRuns().map(({ run }) => run);
    const ended = [...world.chronicle.ended.values()].map(({ run }) => run);
    const runs = live.length > 0 && chance.happens(0.7) ? live : ended;
    if (runs.length === 0) return undefined;
    const { namespace, runId, dagId, versionId } = chance.pick(runs);
    const spec = world.chronicle.state.version(namespace, dagId, versionId)?.spec;
    const ids = Object.keys(spec?.tasks ?? {});
    if (ids.length === 0) return undefined;
    const names = new Set(Array.from({ length: 1 + chance.below(2) }, () => chance.pick(ids)));
    return { namespace, runId, tasks: [...names].map(taskId) };
  }

  #liveRuns(): readonly LiveRun[] {
    return [...this.#parts.world.chronicle.state.runs()];
  }

  #rows(isWanted: (row: TaskRow) => boolean): readonly TaskRow[] {
    return this.#liveRuns().flatMap(({ tasks }) => [...tasks.values()].filter(isWanted));
  }
}

/**
 * W25: nobody starves.
 *
 * Between namespaces: when a task is given room, no other namespace has less of everything, by its
 * weight, and has waited for long with a task that asks for the same, without getting anything,
 * and without losing any of what it had.
 * Shares are right over a while and not at each moment, so a while is left to them.
 *
 * Of room: what is ready, and could have been placed on any of several nodes for so long, has been
 * placed. Several, because one is kept for whoever needs all of it.
 *
 * That everything ends that has begun, when the faults are over, is seen at the end of a world.
 */
import type { Namespace } from '../../../src/base/brand.ts';
import type { Resources } from '../../../src/model/resources.ts';
import { defaultScheduling } from '../../../src/model/scheduling.ts';
import type { Recorded } from '../chronicle.ts';
import type { FaultKind } from '../fault-kinds.ts';
import { shareMemoryMs } from '../options.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';
import { objectionTo } from './fitting.ts';
import { type Alive, LiveAttempts, sumOf } from './live-attempts.ts';
import { type ReadyTask, readyTasks } from './ready-tasks.ts';

/** Between two looks at what is ready. */
const lookEveryMs = 1000;
/** Many times what shares look back. */
const fairWaitMs = 10 * shareMemoryMs;
/** More than a lease, a grace and an election together. */
const roomWaitMs = 30_000;

/** With these a leader may have reasons of its own to begin nothing. */
const stopStarts: ReadonlySet<FaultKind> = new Set(['disk-full', 'disk-error']);

/** What a namespace has. */
interface Use {
  readonly attempts: number;
  readonly amounts: Resources;
  readonly weight: number;
}

interface Waiting extends ReadyTask {
  readonly sinceMs: number;
  /** What it asks of a node; equal for equal wishes. */
  readonly wish: string;
  /** Since when each node could have taken it. */
  readonly room: ReadonlyMap<string, number>;
}

class StarvationChecker implements Checker {
  readonly #scene: Scene;
  readonly #attempts: LiveAttempts;
  #waiting = new Map<string, Waiting>();
  #lookedMs = 0;
  #ledSinceMs = 0;
  /** Whether what is committed now was decided by who leads, and not by a leader before. */
  #isOwn = true;
  #committedMs = 0;
  /** When each namespace was given room last, or gave some back that it had until then. */
  readonly #servedMs = new Map<Namespace, number>();

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#attempts = new LiveAttempts(scene.chronicle);
  }

  leads(): void {
    this.#isOwn = false;
  }

  takesOver(): void {
    this.#isOwn = true;
    this.#ledSinceMs = this.#scene.nowMs;
  }

  recorded(decision: Recorded): void {
    this.#committedMs = this.#scene.nowMs;
    const ended = ({ run }: Alive) => this.#servedMs.set(run.namespace, this.#scene.nowMs);
    this.#attempts.follow(decision, (alive) => this.#assigned(decision, alive), ended);
    // What was said for others may have changed all at once.
    for (const { change } of decision.applied) {
      if (change.table === 'namespace' || change.table === 'scheduling') this.#waiting.clear();
    }
  }

  settled(): void {
    const { nowMs } = this.#scene;
    if (nowMs - this.#lookedMs < lookEveryMs) return;
    this.#lookedMs = nowMs;
    const waiting = new Map<string, Waiting>();
    for (const ready of readyTasks(this.#scene.chronicle)) {
      const known = this.#waiting.get(ready.key);
      const isSame = known?.task === ready.task && known.run.generation === ready.run.generation;
      const before = isSame ? known : undefined;
      const sinceMs = before?.sinceMs ?? nowMs;
      const wish = before?.wish ?? wishOf(ready);
      const next = { ...ready, sinceMs, wish, room: this.#roomFor(ready, before?.room) };
      this.#checkRoom(next);
      waiting.set(ready.key, next);
    }
    this.#waiting = waiting;
  }

  #assigned({ at }: Recorded, alive: Alive): void {
    const { state } = this.#scene.chronicle;
    const { fairShare, classAgeingMs } = state.scheduling() ?? defaultScheduling;
    if (at - alive.run.createdAt >= classAgeingMs) this.#scene.saw('class aged');
    this.#servedMs.set(alive.run.namespace, this.#scene.nowMs);
    if (fairShare === 'none' || alive.attempt.chosen?.backfilled === true) return;
    // Nobody waited yet, maybe, when that was decided (seed 881397).
    if (!this.#isOwn) return;
    const wish = wishOf(alive);
    for (const other of this.#waiting.values()) {
      const { namespace } = other.run;
      if (namespace === alive.run.namespace || other.wish !== wish) continue;
      if (!this.#stillWaits(other)) continue;
      this.#scene.saw('two namespaces want the same');
      const lastMs = Math.max(
        ...[other.sinceMs, this.#ledSinceMs, this.#servedMs.get(namespace) ?? 0],
      );
      if (this.#scene.nowMs - lastMs < fairWaitMs) continue;
      this.#compare(alive, other);
    }
  }

  #compare(alive: Alive, other: Waiting): void {
    const [rich, poor] = [
      this.#useOf(alive.run.namespace, alive),
      this.#useOf(other.run.namespace),
    ];
    const waitedMs = this.#scene.nowMs - other.sinceMs;
    const what = `${alive.key} is placed before ${other.key}, which waits for ${waitedMs} ms`;
    if (hasLess(poor, rich)) this.#scene.violate('W25', `${what}, and whose namespace has less`);
  }

  /** It is looked for now and then only: it may have begun since, or be held up. */
  #stillWaits(waiting: Waiting): boolean {
    const { key, run } = waiting;
    const live = this.#scene.chronicle.state.run(run.namespace, run.runId);
    if (live === undefined || live.run !== run) return false;
    const status = live.tasks.get(key)?.status ?? 'pending';
    return status === 'pending' || status === 'up_for_retry';
  }

  /** What a namespace has, leaving aside one attempt. */
  #useOf(namespace: Namespace, without?: Alive): Use {
    const all = [...this.#attempts.all()];
    const own = all.filter((each) => each !== without && each.run.namespace === namespace);
    const weight = this.#scene.chronicle.state.namespace(namespace)?.weight ?? 1;
    return { attempts: own.length, amounts: sumOf(own), weight };
  }

  #roomFor(
    { task }: ReadyTask,
    before: ReadonlyMap<string, number> = new Map(),
  ): ReadonlyMap<string, number> {
    const { chronicle, nodes, nowMs } = this.#scene;
    const room = new Map<string, number>();
    for (const node of chronicle.state.nodes()) {
      const { nodeId, capacity, status, drain } = node;
      const process = nodes.find(({ id }) => id === nodeId)?.executorProcess;
      const isUp = process !== undefined && !process.paused;
      if (!isUp || status === 'lost' || drain !== undefined) continue;
      if (objectionTo(node, task) !== undefined) continue;
      const there = [...this.#attempts.all()].filter(({ attempt }) => attempt.node === nodeId);
      const used = sumOf(there);
      const fits = Object.entries(task.resources).every(
        ([name, amount]) => amount + (used[name] ?? 0) <= (capacity[name] ?? 0),
      );
      if (fits) room.set(nodeId, before.get(nodeId) ?? nowMs);
    }
    return room;
  }

  #checkRoom({ key, sinceMs, room }: Waiting): void {
    const { nowMs, options } = this.#scene;
    if (options.faults.some((kind) => stopStarts.has(kind))) return;
    const isLong = (ms: number): boolean => nowMs - ms >= roomWaitMs;
    const isLed =
      this.#isOwn && isLong(this.#ledSinceMs) && nowMs - this.#committedMs < lookEveryMs;
    if (!isLed || !isLong(sinceMs)) return;
    const long = [...room].filter(([, ms]) => isLong(ms)).map(([node]) => node);
    if (long.length < 2) return;
    const text = `${key} waits since ${sinceMs}, and ${long.join(', ')} have had room all the time`;
    this.#scene.violate('W25', text);
  }
}

/** Less of every resource, by weight. */
function hasLess(poor: Use, rich: Use): boolean {
  const names = new Set([poor.amounts, rich.amounts].flatMap((each) => Object.keys(each)));
  const share = ({ amounts, weight }: Use, name: string): number => (amounts[name] ?? 0) / weight;
  return (
    rich.attempts > 0 &&
    [...names].every((name) => {
      const [less, more] = [share(poor, name), share(rich, name)];
      return less < more || (less === 0 && more === 0);
    })
  );
}

/** Namespaces whose tasks ask for the same compete for the same room. */
function wishOf({ task, dag }: Pick<ReadyTask, 'task' | 'dag'>): string {
  const { resources, labels, nodePool, queue, tolerations, affinity } = task;
  const { require, forbid, prefer, apart } = affinity ?? {};
  const where = { labels, nodePool, queue, tolerations, require, forbid, prefer, apart };
  return JSON.stringify([Object.entries(resources).sort(), where, dag.placement]);
}

export const starvation: MakeChecker = (scene) => new StarvationChecker(scene);

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  incarnation,
  namespace,
  nodeId,
  runId,
  type TaskId,
  taskId,
  token,
  wallMs,
} from '../base/brand.ts';
import type { DagSpec } from './dag.ts';
import type { ExpansionRow } from './map.ts';
import { RunGraph, type Settled } from './run-graph.ts';
import { type RunShape, shapeOf } from './run-shape.ts';
import { type TaskRow, taskHasEnded } from './task-instance.ts';
import { anyFlow } from './testing/any-flow.ts';
import { GraphByHand } from './testing/graph-by-hand.ts';

const here = namespace('default');
const r1 = runId('r1');

/** A run of which only the graph is looked at: its rows come as the graph lets them. */
class Story {
  readonly tasks = new Map<string, TaskRow>();
  readonly outputs = new Map<string, string>();
  readonly expansions = new Map<string, ExpansionRow>();
  readonly told = new Map<string, string>();
  readonly graph: RunGraph;
  readonly #spec: DagSpec;
  readonly #shape: RunShape;

  constructor(spec: DagSpec) {
    this.#spec = spec;
    const built = shapeOf(spec);
    if (!built.ok) throw new Error('tasks depend on tasks before them');
    this.#shape = built.shape;
    this.graph = this.made();
    this.hear(this.graph.settleAll());
  }

  /** Another graph, made of the rows as they are now. */
  made(): RunGraph {
    return new RunGraph(this.#shape, {
      tasks: this.tasks.values(),
      expansions: this.expansions.values(),
      outputOf: (id, mapIndex) => this.outputs.get(`${id} ${mapIndex}`),
    });
  }

  byHand(): GraphByHand {
    return new GraphByHand({
      spec: this.#spec,
      statusOf: (id, mapIndex) => this.tasks.get(`${id} ${mapIndex}`)?.status,
      outputOf: (id, mapIndex) => this.outputs.get(`${id} ${mapIndex}`),
      itemsOf: (mapId) => this.expansions.get(mapId)?.size,
    });
  }

  /** What is told is true when it is told, and is told once (G2). */
  hear(news: readonly Settled[]): void {
    const byHand = this.byHand();
    for (const each of news) {
      const key = keyOf(each);
      const what = whatOf(each);
      const before = this.told.get(key);
      expect(before === undefined || (before === 'run' && what === 'skip'), key).toBe(true);
      const said =
        each.kind === 'expand'
          ? byHand.mapVerdict(each.mapId)
          : byHand.verdictOf(each.taskId, each.mapIndex);
      expect(what === 'expand' ? 'run' : what, key).toBe(said);
      this.told.set(key, what);
    }
  }

  /** One of the things that may happen next; false when nothing is left. */
  step(which: number, how: number): boolean {
    const open = [...this.told].filter(([key]) => !this.isOver(key));
    const next = open[which % Math.max(1, open.length)];
    if (next === undefined) return false;
    const [key, what] = next;
    const [name = '', index] = key.split(' ');
    if (what === 'expand') this.#expand(key, how % 5);
    else this.end(taskId(name), Number(index), what === 'run' ? outcomeOf(how) : what, how);
    return true;
  }

  isOver(key: string): boolean {
    const row = this.tasks.get(key);
    if (row !== undefined) return taskHasEnded(row.status);
    const map = this.#spec.maps?.[key];
    if (map === undefined) return false;
    // A branch may leave it aside after its lists were asked for.
    if (this.graph.phaseOf(key) === 'closed') return true;
    return this.expansions.has(key) || map.members.some((id) => this.tasks.has(`${id} 0`));
  }

  end(id: TaskId, mapIndex: number, how: string, output: number): void {
    const base = { namespace: here, runId: r1, taskId: id, mapIndex, attempts: [], tries: 0 };
    const endedAt = wallMs(0);
    if (how === 'success') this.outputs.set(`${id} ${mapIndex}`, outputs(this.#spec, output));
    const row: TaskRow =
      how === 'success' || how === 'upstream_failed'
        ? { ...base, status: how, endedAt }
        : { ...base, status: how === 'skip' ? 'skipped' : 'failed', endedAt, reason: '' };
    if (how === 'begun' && !this.tasks.has(`${id} ${mapIndex}`)) {
      const attempt = {
        number: 1,
        node: nodeId('n1'),
        incarnation: incarnation('n1-01'),
        token: token(1),
        assignedAt: endedAt,
        revoked: false,
      };
      this.#put({ ...base, status: 'queued', attempt });
    } else this.#put(row);
  }

  #put(row: TaskRow): void {
    this.tasks.set(`${row.taskId} ${row.mapIndex}`, row);
    this.hear(this.graph.changed(row));
  }

  /** 4: the lists are no lists, which fails the roots. */
  #expand(mapId: string, size: number): void {
    if (size === 4) {
      for (const id of this.#shape.maps.get(mapId)?.roots ?? []) this.end(id, 0, 'failed', 0);
      return;
    }
    const row = { namespace: here, runId: r1, mapId, size, items: '[]' };
    this.expansions.set(mapId, row);
    this.hear(this.graph.expanded(row));
  }
}

const keyOf = (each: Settled): string =>
  each.kind === 'expand' ? each.mapId : `${each.taskId} ${each.mapIndex}`;

const whatOf = (each: Settled): string => (each.kind === 'close' ? each.verdict : each.kind);

/** Of two reasons not to run the first that is told counts. */
const roughly = (what: string): string =>
  what === 'skip' || what === 'upstream_failed' ? 'close' : what;

const outcomeOf = (how: number): string =>
  ['success', 'success', 'success', 'failed', 'skip', 'begun'][how % 6] ?? 'success';

/** Some of the tasks, all, none, or nothing that a branch would say. */
function outputs(spec: DagSpec, how: number): string {
  const ids = Object.keys(spec.tasks);
  const some = ids.filter((_, place) => ((how >> place) & 1) === 1);
  const all = [JSON.stringify(some), JSON.stringify({ follow: some }), 'true', 'false', '{}'];
  return all[how % all.length] ?? '';
}

const anySteps = fc.array(fc.tuple(fc.nat(1000), fc.nat(100_000)), { maxLength: 60 });

describe('run graph, whatever comes', () => {
  it('says of every instance what the definitions say', () => {
    fc.assert(
      fc.property(anyFlow, anySteps, (spec, steps) => {
        const story = new Story(spec);
        for (const [which, how] of [...steps, [0, 0] as const]) {
          const byHand = story.byHand();
          for (const name of Object.keys(spec.tasks)) {
            const id = taskId(name);
            expect(story.graph.sizeOf(id)).toBe(byHand.sizeOf(id));
            for (let mapIndex = 0; mapIndex < byHand.sizeOf(id); mapIndex++) {
              if (story.tasks.has(`${id} ${mapIndex}`)) continue;
              const verdict = byHand.verdictOf(id, mapIndex);
              expect(story.graph.verdictOf({ taskId: id, mapIndex }), name).toBe(verdict);
              const told = story.told.get(`${id} ${mapIndex}`) ?? 'wait';
              expect(roughly(told), `told of ${name}`).toBe(roughly(verdict));
            }
          }
          if (!story.step(which, how)) return;
        }
      }),
      { numRuns: 400 },
    );
  });

  it('G3: one that is made of the rows is like one that saw them come', () => {
    fc.assert(
      fc.property(anyFlow, anySteps, (spec, steps) => {
        const story = new Story(spec);
        for (const [which, how] of steps) if (!story.step(which, how)) break;
        const news = story.made().settleAll();
        const open = [...story.told].filter(([at]) => !story.isOver(at) && !story.tasks.has(at));
        const told = new Map(news.map((each) => [keyOf(each), roughly(whatOf(each))]));
        expect(told).toEqual(new Map(open.map(([at, what]) => [at, roughly(what)])));
        expect(story.made().isComplete).toBe(story.graph.isComplete);
        expect([...story.made().open()]).toEqual([...story.graph.open()]);
        expect(story.made().failures()).toEqual(story.graph.failures());
      }),
      { numRuns: 400 },
    );
  });

  it('every run comes to its end', () => {
    fc.assert(
      fc.property(anyFlow, anySteps, (spec, steps) => {
        const story = new Story(spec);
        for (const [which, how] of steps) story.step(which, how);
        for (let round = 0; round < 500 && story.step(0, round % 3); round++);
        expect(story.graph.isComplete).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/**
 * Who goes first among ready tasks. Every order is said in one number, an instant: the task counts
 * as waiting since then, and the earlier one goes first. All that wait grow older alike, so the
 * order between two of them never changes, and nobody can be overtaken for ever.
 *
 *   critical-path  the run's birth, moved back by what is expected from here to the run's end
 *   fcfs           the run's birth
 *   sjf            the run's birth, moved forward by a multiple of what the task is expected to
 *   take srtf           the same with what is expected to the run's end
 *
 * Critical path first is the list schedule of Hu (1961) and Graham (1966); the shortest first is
 * Smith's rule (1956), which has the least mean waiting time.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import { type OrderName, type PriorityClass, priorityClasses } from '../model/placing.ts';

/** One point of priority is worth so much waiting. */
export const ageingMs = 60_000;

/**
 * How long a short task may overtake a longer one: so many times the difference of what they are
 * expected to take.
 */
export const patience = 20;

/** What decides about a task's place in the queue. */
export interface Standing {
  readonly runCreatedAt: WallMs;
  /** Of the run and the task together; higher goes first. */
  readonly priority: number;
  /** What the task itself is expected to take. */
  readonly ownMs: number;
  /** What is expected from its start to the end of its run. */
  readonly toEndMs: number;
}

/** The instant since which the task counts as waiting. */
export function waitsSince(order: OrderName, task: Standing): WallMs {
  const since = task.runCreatedAt - task.priority * ageingMs;
  switch (order) {
    case 'critical-path':
      return wallMs(since - task.toEndMs);
    case 'fcfs':
      return wallMs(since);
    case 'sjf':
      return wallMs(since + patience * task.ownMs);
    case 'srtf':
      return wallMs(since + patience * task.toEndMs);
  }
}

/** 0 is the lowest. */
export const rankOf = (name: PriorityClass): number =>
  priorityClasses.length - 1 - priorityClasses.indexOf(name);

/** The class of a task, as its rank. */
export const classRankOf = (task: TaskSpec, dag: Pick<DagSpec, 'priorityClass'>): number =>
  rankOf(task.priorityClass ?? dag.priorityClass ?? 'normal');

/** The rank after so long a wait: one more for each `classAgeingMs`. */
export const agedRank = (rank: number, waitedMs: number, classAgeingMs: number): number =>
  rank + Math.floor(Math.max(0, waitedMs) / classAgeingMs);

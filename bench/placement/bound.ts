/**
 * A lower bound on the makespan: what no schedule beats, whatever it knows beforehand.
 *
 * The *head* of a task is the longest chain before it, its *tail* the longest chain behind it. Take
 * all tasks whose head is at least h and whose tail is at least t. None of them runs before h, and
 * behind the last of them t is still to come; between, the cluster has to do their work. So
 *
 *     makespan >= h + work / nodes + t        for all h and t
 *
 * (J. Carlier, "Scheduling jobs with release dates and tails on identical machines to minimize the
 * makespan", EJOR 29, 1987; the notes on the recorded workflows call it *tighter*). With h = t = 0
 * it is the work over the cluster; a single task gives the critical path, which is taken anyhow.
 *
 * The *work* of a task is its time multiplied by the share of a node that it takes. The share may
 * be counted by any *dual feasible function*: one by which the shares of tasks that fit on a node
 * together never add up to more than 1. That is how wide tasks force more than their cores say,
 * because what is left beside them cannot be used (S. Fekete and J. Schepers, "New classes of fast
 * lower bounds for bin packing problems", Mathematical Programming 91, 2001). For C cores:
 *
 *   plain      c / C
 *   wide(k)    1 where c > C - k, c / C where k <= c <= C - k, else 0, for k <= C / 2
 *   steps(w)   floor(c / w) / floor(C / w): of the tasks of w cores so many fit, and no more
 *
 * and for memory the plain one. The bound is the largest over all of these.
 *
 * Not in it: the cost of the log, which every edge of Skein's own schedule pays.
 */
import { inOrder, type Load, type LoadTask, memoryBytesOf } from './load.ts';

/** Milliseconds. */
export function makespanBoundMs(load: Load): number {
  const { tasks, cluster } = load;
  const { heads, tails } = headsAndTails(tasks);
  let bound = 0;
  tasks.forEach(({ ms }, place) => {
    bound = Math.max(bound, (heads[place] ?? 0) + ms + (tails[place] ?? 0));
  });
  for (const shareOf of sharesOf(load)) {
    const parts = tasks.map((task, place) => ({
      head: heads[place] ?? 0,
      tail: tails[place] ?? 0,
      work: task.ms * shareOf(task),
    }));
    bound = Math.max(bound, sharedBound(parts, cluster.nodes));
  }
  return bound;
}

/** Longest chains before and behind each task, itself left out. */
function headsAndTails(tasks: readonly LoadTask[]): { heads: number[]; tails: number[] } {
  const order = inOrder(tasks);
  const heads = tasks.map(() => 0);
  const tails = tasks.map(() => 0);
  const msAt = (place: number): number => tasks[place]?.ms ?? 0;
  for (const place of order) {
    for (const parent of tasks[place]?.parents ?? []) {
      heads[place] = Math.max(heads[place] ?? 0, (heads[parent] ?? 0) + msAt(parent));
    }
  }
  for (const place of order.toReversed()) {
    for (const parent of tasks[place]?.parents ?? []) {
      tails[parent] = Math.max(tails[parent] ?? 0, (tails[place] ?? 0) + msAt(place));
    }
  }
  return { heads, tails };
}

interface Part {
  readonly head: number;
  readonly tail: number;
  readonly work: number;
}

/** The largest h + work / nodes + t. Quadratic in the number of different heads. */
function sharedBound(parts: readonly Part[], nodes: number): number {
  const byTail = [...parts].sort((left, right) => right.tail - left.tail);
  let bound = 0;
  for (const head of new Set(parts.map((part) => part.head))) {
    let work = 0;
    for (const part of byTail) {
      if (part.head < head) continue;
      work += part.work;
      bound = Math.max(bound, head + work / nodes + part.tail);
    }
  }
  return bound;
}

type ShareOf = (task: LoadTask) => number;

/** The dual feasible functions that say more than the plain ones for some task. */
function sharesOf({ tasks, cluster }: Load): readonly ShareOf[] {
  const { coresPerNode: most } = cluster;
  const memory = memoryBytesOf(cluster);
  const asked = [...new Set(tasks.map(({ cores }) => cores))];
  // A larger k says more, up to the next size that it leaves out.
  const narrow = new Set([...asked.filter((cores) => cores <= most / 2), most / 2]);
  const ofCores = [
    ...[...narrow].map((least) => wide(least, most)),
    ...asked.map((cores) => steps(cores, most)),
  ];
  const better = ofCores.filter((share) => asked.some((cores) => share(cores) > cores / most));
  return [
    ({ cores }) => cores / most,
    ({ memoryBytes }) => memoryBytes / memory,
    ...better.map(
      (share): ShareOf =>
        ({ cores }) =>
          share(cores),
    ),
  ];
}

type ShareOfCores = (cores: number) => number;

function wide(least: number, most: number): ShareOfCores {
  return (cores) => {
    if (cores > most - least) return 1;
    return cores < least ? 0 : cores / most;
  };
}

const steps =
  (step: number, most: number): ShareOfCores =>
  (cores) =>
    Math.floor(cores / step) / Math.floor(most / step);

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
 * and for memory the plain one.
 *
 * Whole tasks cannot be divided as work can. If m tasks run at once, then of the k * m + 1 longest
 * of a set k + 1 have to run one after the other, and these take at least as long as the k + 1
 * shortest of them (M. Dell'Amico and S. Martello, "Optimal scheduling of tasks on identical
 * parallel processors", ORSA Journal on Computing 7, 1995). So h, that time and t are a bound as
 * well; it says most where there is work for two or three rounds. With m as it is for tasks of w
 * cores, it holds for all that take w cores or more.
 *
 * The bound is the largest over all of these.
 *
 * Not in it: the cost of the log, which every edge of Skein's own schedule pays.
 */
import { inOrder, type Load, type LoadTask, memoryBytesOf } from './load.ts';

/** Milliseconds. */
export function makespanBoundMs(load: Load): number {
  const { tasks, cluster } = load;
  const { heads, tails } = headsAndTails(tasks);
  const parts = tasks
    .map((task, place) => ({ ...task, head: heads[place] ?? 0, tail: tails[place] ?? 0 }))
    .sort((left, right) => right.tail - left.tail);
  const paths = parts.map(({ head, ms, tail }) => head + ms + tail);
  const shared = sharesOf(load).map((share) => sharedBound(parts, share, cluster.nodes));
  const rounds = roomsOf(load).map(({ cores, atOnce }) =>
    roundsBound(
      parts.filter((part) => part.cores >= cores),
      atOnce,
    ),
  );
  return Math.max(
    0,
    ...shared,
    ...rounds,
    paths.reduce((most, path) => Math.max(most, path), 0),
  );
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

interface Part extends LoadTask {
  readonly head: number;
  readonly tail: number;
}

/** The largest h + work / nodes + t; the parts are in the order of their tails, longest first. */
function sharedBound(parts: readonly Part[], share: ShareOf, nodes: number): number {
  const works = parts.map((part) => (part.ms * share(part)) / nodes);
  let bound = 0;
  for (const head of new Set(parts.map((part) => part.head))) {
    let work = 0;
    for (const [place, part] of parts.entries()) {
      if (part.head < head) continue;
      work += works[place] ?? 0;
      bound = Math.max(bound, head + work + part.tail);
    }
  }
  return bound;
}

/** Rounds that are looked at; where there are more, the work says as much. */
const roundsMax = 4;

/** The largest h + k + 1 tasks one after the other + t, in the same order of the parts. */
function roundsBound(parts: readonly Part[], atOnce: number): number {
  let bound = 0;
  if (parts.length <= atOnce) return bound;
  for (const head of new Set(parts.map((part) => part.head))) {
    const longest = new Longest(roundsMax * atOnce + 1);
    for (const part of parts) {
      if (part.head < head || !longest.add(part.ms)) continue;
      for (let rounds = 1; rounds * atOnce < longest.size; rounds++) {
        bound = Math.max(bound, head + longest.lastOf(rounds * atOnce + 1, rounds + 1) + part.tail);
      }
    }
  }
  return bound;
}

/** The longest times so far, at most `most` of them. */
class Longest {
  readonly #most: number;
  /** Longest first. */
  readonly #times: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#times.length;
  }

  /** False: it is not among them. */
  add(ms: number): boolean {
    const times = this.#times;
    if (times.length === this.#most && ms <= (times.at(-1) ?? 0)) return false;
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) > ms) low = middle + 1;
      else high = middle;
    }
    times.splice(low, 0, ms);
    if (times.length > this.#most) times.pop();
    return true;
  }

  /** The sum of the `count` shortest of the `first` longest. */
  lastOf(first: number, count: number): number {
    let sum = 0;
    for (let place = first - count; place < first; place++) sum += this.#times[place] ?? 0;
    return sum;
  }
}

/** How many tasks of so many cores or more run at once, for each number that is asked for. */
function roomsOf({ tasks, cluster }: Load): readonly { cores: number; atOnce: number }[] {
  const memory = Math.min(...tasks.map(({ memoryBytes }) => memoryBytes));
  const byMemory = Math.floor(memoryBytesOf(cluster) / memory);
  return [...new Set(tasks.map(({ cores }) => cores))].map((cores) => {
    const byCores = Math.floor(cluster.coresPerNode / cores);
    return { cores, atOnce: cluster.nodes * Math.min(byCores, byMemory) };
  });
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

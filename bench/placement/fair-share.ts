/**
 * Fair share in virtual time: namespaces of different weights that always want more than there is.
 * What each gets is measured as its part of all core seconds while all of them have work left, and
 * second by second, so that a share which is right on average and wrong all the time is seen too.
 */
import { readDag } from '../../src/api/dag-file.ts';
import { assert } from '../../src/base/assert.ts';
import { namespace, runId } from '../../src/base/brand.ts';
import { below, SeededRandom } from '../../src/base/random.ts';
import { percentile, print, printFigures } from '../figures.ts';
import { capacityOf } from './skein-run.ts';
import { VirtualLeader } from './virtual-leader.ts';

const cluster = { nodes: 3, coresPerNode: 8 };
const allCores = cluster.nodes * cluster.coresPerNode;
const weights = { small: 1, large: 3 } as const;
type Name = keyof typeof weights;
const names: readonly Name[] = ['small', 'large'];
const tasksPerRun = 1_000;
const seed = 22;
/** Cores that tasks ask for, in turn: what does not fit evenly is harder to share. */
const sizes = [1, 2, 1, 3] as const;

interface Attempt {
  readonly whose: Name;
  readonly fromMs: number;
  readonly toMs: number;
  readonly cores: number;
}

export function fairShareBench(): void {
  const attempts = run();
  const lasts = names.map((name) => startsOf(attempts, name).at(-1) ?? 0);
  // Until one of them has nothing left to start; the first seconds fill the cluster.
  const [fromMs, toMs] = [10_000, Math.min(...lasts)];
  print(
    `${names.join(' and ')}, weights 1 and 3; each ${tasksPerRun} tasks of 1 to 3 cores, 1 to 5 s`,
  );
  print(
    `on ${allCores} cores, measured for ${((toMs - fromMs) / 1000).toFixed(0)} s of virtual time`,
  );
  for (const name of names) {
    const expected = weights[name] / (weights.small + weights.large);
    const shares = [];
    for (let at = fromMs; at + 1000 <= toMs; at += 1000) {
      shares.push(shareOf(attempts, name, at, at + 1000));
    }
    const deviations = shares.map((share) => Math.abs(share - expected));
    const [middle, most] = [percentile(deviations, 0.5), Math.max(...deviations)];
    const starts = startsOf(attempts, name);
    const gaps = starts.slice(1).map((start, place) => start - (starts[place] ?? 0));
    printFigures({
      [name]: `${percent(shareOf(attempts, name, fromMs, toMs))} of ${percent(expected)}`,
      '  within any second': `p50 ${percent(middle)} off, most ${percent(most)}`,
      '  longest without a start': `${Math.max(...gaps)} ms`,
    });
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const startsOf = (attempts: readonly Attempt[], name: Name): readonly number[] =>
  attempts.flatMap(({ whose, fromMs }) => (whose === name ? [fromMs] : [])).sort((a, b) => a - b);

/** The part of the core seconds of a while that the namespace had. */
function shareOf(attempts: readonly Attempt[], name: Name, fromMs: number, toMs: number): number {
  let [own, all] = [0, 0];
  for (const attempt of attempts) {
    const ms = Math.min(toMs, attempt.toMs) - Math.max(fromMs, attempt.fromMs);
    if (ms <= 0) continue;
    all += ms * attempt.cores;
    if (attempt.whose === name) own += ms * attempt.cores;
  }
  return own / all;
}

function run(): readonly Attempt[] {
  const random = new SeededRandom(seed);
  const attempts: Attempt[] = [];
  const virtual = new VirtualLeader({
    nodes: cluster.nodes,
    capacity: capacityOf(cluster),
    dispatched: (to, dispatches) => {
      for (const dispatch of dispatches) {
        const ms = 1_000 + below(random, 4_000);
        const whose = names.find((name) => name === dispatch.id.namespace);
        assert(whose !== undefined, 'a dispatch is of one of the namespaces');
        const cores = (dispatch.resources.cpu ?? 0) / 1000;
        attempts.push({ whose, fromMs: virtual.nowMs, toMs: virtual.nowMs + ms, cores });
        virtual.after(ms, () => virtual.succeeded(to, dispatch, ms));
      }
    },
  });
  for (const name of names) {
    const where = namespace(name);
    const tasks = Array.from({ length: tasksPerRun }, (_, place) => {
      const resources = { cpu: sizes[place % sizes.length], memory: '256Mi' };
      return [`t${place}`, { type: 'noop', resources }];
    });
    const file = JSON.stringify({ id: name, namespace: name, tasks: Object.fromEntries(tasks) });
    const read = readDag({ text: file, format: 'json', id: name, namespace: where, limits: null });
    assert(read.ok, 'the definition is good');
    const { dagId, versionId, spec } = read.value;
    const weight = { weight: weights[name], quota: {}, description: '' };
    virtual.ask({ kind: 'put-namespace', namespace: where, ...weight });
    virtual.ask({ kind: 'apply-dag', namespace: where, dagId, versionId, spec });
    const what = { logicalDate: null, params: {}, priority: null };
    virtual.ask({ kind: 'start-run', namespace: where, dagId, runId: runId(name), ...what });
  }
  virtual.join();
  virtual.run();
  return attempts;
}

/**
 * Schedules across fail-over: many DAGs are due at each full minute, and around each full minute
 * the leader is killed. Measured: how late each run was created. At the end every instant must have
 * exactly one run.
 */
import { parseArgs } from 'node:util';
import type { Api } from '../cluster/api.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { Problem, sleep } from '../cluster/problem.ts';
import { SeededRandom } from '../src/base/random.ts';
import { withCluster } from './bench-cluster.ts';
import { percentile, print, printFigures } from './figures.ts';

const minuteMs = 60_000;
/** The leader dies at most so long before or after the full minute. */
const aroundMs = 2_000;
/** The goal of the 99th percentile of lateness. */
const lateMsGoal = 1_000;
/** After the last minute, until what was due then must be there. */
const settleMs = 15_000;

interface CronsOptions {
  readonly crons: number;
  readonly minutes: number;
  readonly seed: number;
  /** The checkout whose build is measured; null: this one. */
  readonly skein: string | null;
}

export async function cronsBench(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const { crons, minutes, seed, skein } = options;
  const launcherOf = skein === null ? {} : { launcherOf: () => `${skein}/bin/skein` };
  return withCluster({ nodes: 3, ...launcherOf }, async (cluster) => {
    const dags = Array.from({ length: crons }, (_, place) => `cron-${place + 1}`);
    for (const dag of dags) await applyCron(cluster, dag);
    // The first minute may begin while DAGs are being applied: it does not count.
    const first = Math.ceil((Date.now() + aroundMs + 5_000) / minuteMs) * minuteMs;
    const last = first + (minutes - 1) * minuteMs;
    print(
      `${crons} DAGs due each minute, ${minutes} minutes, the leader killed around each of them`,
    );
    print(`npm run bench -- crons --crons ${crons} --minutes ${minutes} --seed ${seed}`);
    const random = new SeededRandom(seed);
    for (let instant = first; instant <= last; instant += minuteMs) {
      const offsetMs = Math.round((random.fraction() * 2 - 1) * aroundMs);
      const { killed, tookMs } = await killAt(cluster, instant + offsetMs);
      const when = new Date(instant).toISOString().slice(11, 16);
      print(`  ${when} ${offsetMs} ms: ${killed} killed, back after ${tookMs.toFixed(0)} ms`);
    }
    await sleep(Math.max(0, last + settleMs - Date.now()));
    return report(await fires(cluster, dags, { first, last }), { dags, first, last });
  });
}

function readOptions(args: readonly string[]): CronsOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      crons: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string', default: '7' },
      skein: { type: 'string' },
    },
  });
  const numberOf = (name: 'crons' | 'minutes' | 'seed'): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number > 0) return number;
    throw new Problem(`--${name} ${values[name]}: write a whole number above 0`);
  };
  return {
    crons: numberOf('crons'),
    minutes: numberOf('minutes'),
    seed: numberOf('seed'),
    skein: values.skein ?? null,
  };
}

const applyCron = (cluster: LocalCluster, id: string) =>
  cluster.ask((api) => {
    const text = `id: ${id}\nschedule: "* * * * *"\ntasks: { only: { type: noop } }\n`;
    return api.applyDag(id, { type: 'yaml', text });
  });

/** Kills whoever leads then, and brings it back; `tookMs` is until it is one of three again. */
async function killAt(
  cluster: LocalCluster,
  atMs: number,
): Promise<{ readonly killed: string; readonly tookMs: number }> {
  await sleep(Math.max(0, atMs - Date.now() - 500));
  const { name, child } = await cluster.leader();
  await sleep(Math.max(0, atMs - Date.now()));
  const startMs = performance.now();
  child.kill('SIGKILL');
  await cluster.restartNode(name);
  return { killed: name, tookMs: performance.now() - startMs };
}

interface Fire {
  readonly dag: string;
  readonly instant: number;
  readonly lateMs: number;
}

/** Runs of the schedules for instants in [first, last]. */
async function fires(
  cluster: LocalCluster,
  dags: readonly string[],
  { first, last }: { readonly first: number; readonly last: number },
): Promise<readonly Fire[]> {
  const found: Fire[] = [];
  for (const dag of dags) {
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Api['runs']>> = await nextPage(cluster, dag, cursor);
      for (const { trigger, logicalDate, createdAt } of page.items) {
        const instant = Date.parse(logicalDate ?? '');
        if (trigger !== 'schedule' || instant < first || instant > last) continue;
        found.push({ dag, instant, lateMs: Date.parse(createdAt) - instant });
      }
      cursor = page.cursor;
    } while (cursor !== null);
  }
  return found;
}

const nextPage = (cluster: LocalCluster, dag: string, cursor: string | null) =>
  cluster.ask((api) => api.runs(dag, cursor));

function report(
  found: readonly Fire[],
  wanted: { readonly dags: readonly string[]; readonly first: number; readonly last: number },
): number {
  const { dags, first, last } = wanted;
  const expected = dags.length * (Math.round((last - first) / minuteMs) + 1);
  const known = new Set(found.map(({ dag, instant }) => `${dag} ${instant}`));
  const doubled = found.length - known.size;
  const missed = expected - known.size;
  const late = found.map(({ lateMs }) => lateMs);
  const shares = [0.5, 0.95, 0.99, 1];
  const text = shares.map((share) => percentile(late, share).toFixed(0)).join(' | ');
  printFigures({
    'run created after its instant': `${text} ms (median | p95 | p99 | max, n=${found.length})`,
    'instants due': `${expected}, doubled: ${doubled}, missed: ${missed}`,
  });
  const isTimely = percentile(late, 0.99) <= lateMsGoal;
  if (!isTimely) print(`  the p99 of lateness is above its goal of ${lateMsGoal} ms`);
  return doubled === 0 && missed === 0 && isTimely ? 0 : 1;
}

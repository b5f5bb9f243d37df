/**
 * `npm run bench -- api`: reads and writes a second by HTTP, and how long one takes, over one
 * connection and over 32. Reads are of runs that have ended, of the rows on one node; linearizable
 * ones ask a majority first; a write is a run of one no-op task, answered when it is committed.
 *
 * All of them go to the leader, which is the busiest node. Any other one serves reads as well, and
 * together they serve more: that is not measured, nor are connections of which each asks once.
 */
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { sleep } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { type AnswerTimes, type Asked, askFor, Connections, inLines } from './connections.ts';
import { print, printFigures, spread } from './figures.ts';
import { chainTasks, wideTasks } from './shapes.ts';
import { applyNoops, endedRuns } from './skein-work.ts';
import { printGround, trialsDefault } from './trials.ts';

const connectionCounts = [1, 32] as const;
const seconds = 2;
const runsRead = 200;
const tasksPerRun = 10;
const pageSize = 50;
/** Between two trials, so that what the one before started does not count in the next. */
const pauseMs = 300;

interface Kind {
  readonly name: string;
  readonly ask: (place: number) => Asked;
  /** To be waited for when the trial is over. */
  readonly dagId?: string;
}

export async function apiBench(): Promise<number> {
  printGround(
    `3 nodes; ${seconds} s each; min | median | max of ${trialsDefault} trials after a warm-up`,
  );
  return withCluster({ nodes: 3 }, async (cluster) => {
    for (const kind of await kinds(cluster)) {
      print(kind.name);
      for (const connections of connectionCounts) await measure(cluster, kind, connections);
    }
    return 0;
  });
}

async function kinds(cluster: LocalCluster): Promise<readonly Kind[]> {
  const leader = await cluster.leader();
  const read = await applyNoops(leader, chainTasks(tasksPerRun), runsRead);
  const connections = new Connections(leader.api.url, connectionCounts[1]);
  await inLines(
    connectionCounts[1],
    (next) => next >= runsRead,
    () => connections.send(post(read)),
  );
  connections.close();
  const ids = (await endedRuns(leader, read, runsRead)).map(({ runId }) => runId);
  const written = await applyNoops(leader, wideTasks(1), 10_000);
  const path = (place: number): string => `/api/v1/runs/${ids[place % ids.length]}`;
  return [
    { name: `GET of a run of ${tasksPerRun} tasks`, ask: (place) => get(path(place)) },
    {
      name: `GET of a list of ${pageSize} runs`,
      ask: () => get(`/api/v1/runs?dag=${read}&limit=${pageSize}`),
    },
    {
      name: 'GET of a run, linearizable',
      ask: (place) => get(`${path(place)}?consistency=linearizable`),
    },
    { name: 'POST of a run', ask: () => post(written), dagId: written },
  ];
}

const get = (path: string): Asked => ({ method: 'GET', path, body: '' });

const post = (dagId: string): Asked => ({
  ...{ method: 'POST', path: `/api/v1/dags/${dagId}/runs`, body: '{}' },
});

async function measure(cluster: LocalCluster, kind: Kind, connections: number): Promise<void> {
  const { ask, dagId } = kind;
  const trials: AnswerTimes[] = [];
  for (let trial = 0; trial <= trialsDefault; trial++) {
    const { api } = await cluster.leader();
    const done = await askFor(api.url, { lines: connections, seconds }, ask);
    while (dagId !== undefined && (await api.liveRuns(dagId)).items.length > 0)
      await sleep(pauseMs);
    // The first one warms.
    if (trial > 0) trials.push(done);
    await sleep(pauseMs);
  }
  printFigures({
    [`${connections} at a time`]: [
      `${spread(
        trials.map(({ perSecond }) => perSecond),
        0,
      )} a second`,
      `p50 ${spread(
        trials.map(({ p50Ms }) => p50Ms),
        2,
      )} ms`,
      `p99 ${spread(
        trials.map(({ p99Ms }) => p99Ms),
        2,
      )} ms`,
    ].join('; '),
  });
}

/**
 * One piece of work on a Skein cluster, measured by the times that its runs recorded: from the
 * moment that the first run was committed to the end of the last one. Waiting for it to end asks
 * for one row, rarely.
 *
 * Each time is a DAG of its own, so that the list of its runs holds nothing else. Requests go to
 * the leader, as those to a peer go to the server that decides.
 */
import type { RunDetail } from '../cluster/api.ts';
import type { LocalCluster, LocalNode } from '../cluster/local-cluster.ts';
import { Problem, sleep } from '../cluster/problem.ts';
import { Connections, inLines } from './connections.ts';
import { chainTasks, fanTasks, type NoopTasks, wideTasks } from './shapes.ts';
import { atRate, type Measured, ofTimes, type Work } from './work.ts';

export const lines = 32;
const runMsMax = 300_000;
/** A run of a few milliseconds is looked at after this; a lot of work more rarely. */
const pollMsShort = 60;
const pollMsLong = 300;
const putsName = 'bench';

let dags = 0;
let puts = 0;

export async function skeinDoes(cluster: LocalCluster, work: Work): Promise<Measured> {
  const leader = await cluster.leader();
  switch (work.kind) {
    case 'independent':
      return atRate(
        work.runs * work.width,
        await spanMs(leader, { ...work, tasks: wideTasks(work.width) }),
      );
    case 'chains':
      return atRate(
        work.runs * work.length,
        await spanMs(leader, { ...work, tasks: chainTasks(work.length) }),
      );
    case 'chain':
      return ofTimes(await perEdgeMs(leader, work));
    case 'fan': {
      const runs = await oneByOne(leader, work.runs, fanTasks(work.width));
      return ofTimes(runs.map(wholeMs));
    }
    case 'puts':
      return putVariables(leader, work);
  }
}

/** Applies the definition under a new id. */
export async function applyNoops(
  { api }: LocalNode,
  tasks: NoopTasks,
  maxActiveRuns: number,
): Promise<string> {
  dags += 1;
  const id = `bench-${dags}`;
  await api.applyDag(id, { type: 'json', text: JSON.stringify({ id, maxActiveRuns, tasks }) });
  return id;
}

interface ManyRuns {
  readonly runs: number;
  readonly atOnce: number;
  readonly tasks: NoopTasks;
}

/** From the first run's beginning to the last one's end. */
async function spanMs(leader: LocalNode, { runs, atOnce, tasks }: ManyRuns): Promise<number> {
  const dagId = await applyNoops(leader, tasks, atOnce);
  const connections = new Connections(leader.api.url, lines);
  const asked = { method: 'POST', path: `/api/v1/dags/${dagId}/runs`, body: '{}' } as const;
  await inLines(
    Math.min(lines, runs),
    (next) => next >= runs,
    () => connections.send(asked),
  );
  connections.close();
  const ended = await endedRuns(leader, dagId, runs);
  const begins = ended.map(({ createdAt }) => Date.parse(createdAt));
  const ends = ended.map(({ endedAt }) => Date.parse(endedAt ?? ''));
  return Math.max(1, Math.max(...ends) - Math.min(...begins));
}

/** All runs of the DAG, once they have ended, and ended well. */
export async function endedRuns({ api }: LocalNode, dagId: string, count: number) {
  const deadlineMs = performance.now() + runMsMax;
  while ((await api.liveRuns(dagId)).items.length > 0) {
    if (performance.now() > deadlineMs) {
      throw new Problem(`runs of ${dagId} have not ended after ${runMsMax / 1000} s`, 1);
    }
    await sleep(pollMsLong);
  }
  const runs: Awaited<ReturnType<typeof api.runs>>['items'][number][] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof api.runs>> = await api.runs(dagId, cursor);
    runs.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  const wrong = runs.find(({ state }) => state !== 'success');
  if (wrong !== undefined) throw new Problem(`${wrong.runId} ended as ${wrong.state}`, 1);
  if (runs.length !== count) throw new Problem(`${runs.length} of ${count} runs are there`, 1);
  return runs;
}

async function oneByOne(
  leader: LocalNode,
  count: number,
  tasks: NoopTasks,
): Promise<readonly RunDetail[]> {
  const { api } = leader;
  const dagId = await applyNoops(leader, tasks, 1);
  const ended: RunDetail[] = [];
  while (ended.length < count) {
    const { runId } = await api.startRun(dagId);
    do await sleep(pollMsShort);
    while ((await api.liveRuns(dagId)).items.length > 0);
    const run = await api.run(runId);
    if (run.state !== 'success') throw new Problem(`${runId} ended as ${run.state}`, 1);
    ended.push(run);
  }
  return ended;
}

/** Of each run: the whole of it, from the end of its first task on, divided by its edges. */
async function perEdgeMs(
  leader: LocalNode,
  { runs, length }: { readonly runs: number; readonly length: number },
): Promise<readonly number[]> {
  const ended = await oneByOne(leader, runs, chainTasks(length));
  return ended.map(({ tasks }) => {
    const ends = tasks.map(({ endedAt }) => Date.parse(endedAt ?? ''));
    return (Math.max(...ends) - Math.min(...ends)) / (length - 1);
  });
}

const wholeMs = ({ createdAt, endedAt }: RunDetail): number =>
  Date.parse(endedAt ?? '') - Date.parse(createdAt);

/** The nearest thing to a put of a key: a variable, by HTTP, answered when it is committed. */
async function putVariables(
  leader: LocalNode,
  work: Extract<Work, { kind: 'puts' }>,
): Promise<Measured> {
  const connections = new Connections(leader.api.url, work.inFlight);
  const timesMs: number[] = [];
  const beganMs = performance.now();
  const endMs = beganMs + work.seconds * 1000;
  await inLines(
    work.inFlight,
    () => performance.now() >= endMs,
    async (place) => {
      const sentMs = performance.now();
      const path = `/api/v1/variables/${putsName}-${place % work.inFlight}`;
      // Always another value: one that is there already would be answered without a commit.
      puts += 1;
      const body = JSON.stringify({ value: String(puts).padStart(work.bytes, 'x') });
      await connections.send({ method: 'PUT', path, body });
      timesMs.push(performance.now() - sentMs);
    },
  );
  const tookMs = performance.now() - beganMs;
  connections.close();
  return { ...ofTimes(timesMs), perSecond: (timesMs.length * 1000) / tookMs };
}

/** Task instances that are live and stay so: they wait for a time, or for a slot of a pool. */
import type { LocalNode } from '../cluster/local-cluster.ts';
import { Problem, until } from '../cluster/problem.ts';
import { Connections, inLines } from './connections.ts';
import { lines } from './skein-work.ts';

export const tasksPerRun = 1_000;
const createdMsMax = 300_000;

/** Half of them wait for an hour, half for a pool that has no slots. */
export async function startWaiting(leader: LocalNode, count: number): Promise<void> {
  await putPool(leader, { name: 'closed', slots: 0 });
  const task = (place: number): object =>
    place % 2 === 0 ? { type: 'wait', for: '1h' } : { type: 'noop', pool: 'closed' };
  await startRuns(leader, { id: 'waiting', runs: count / tasksPerRun, task });
}

export interface LiveRuns {
  readonly id: string;
  readonly runs: number;
  /** The definition of one of a run's tasks, which wait for nothing but what it says. */
  readonly task: (place: number) => object;
}

/** Starts runs of a thousand tasks each, and waits until all their rows are there. */
export async function startRuns(leader: LocalNode, { id, runs, task }: LiveRuns): Promise<void> {
  const { api } = leader;
  const tasks = Object.fromEntries(
    Array.from({ length: tasksPerRun }, (_, place) => [`t${place}`, task(place)]),
  );
  const text = JSON.stringify({ id, maxActiveRuns: runs, tasks });
  await api.applyDag(id, { type: 'json', text });
  const connections = new Connections(api.url, lines);
  const asked = { method: 'POST', path: `/api/v1/dags/${id}/runs`, body: '{}' } as const;
  await inLines(
    lines,
    (next) => next >= runs,
    () => connections.send(asked),
  );
  connections.close();
  await until(`${runs} runs`, { withinMs: createdMsMax, everyMs: 500 }, async () => {
    const { items } = await api.runs(id);
    if (items.length !== runs) throw new Problem(`${items.length} of ${runs} runs are there`, 1);
    return items.every(({ state }) => state === 'running') || undefined;
  });
}

export async function putPool(
  { api }: LocalNode,
  { name, slots }: { readonly name: string; readonly slots: number },
): Promise<void> {
  const connections = new Connections(api.url, 1);
  const body = JSON.stringify({ slots });
  await connections.send({ method: 'PUT', path: `/api/v1/pools/${name}`, body });
  connections.close();
}

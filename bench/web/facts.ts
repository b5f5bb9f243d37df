/**
 * Whether an open page keeps up with facts that come as fast as the node makes them: how long after
 * the answer to a client it shows what the client did, all the time and when they have ended.
 */
import type { Page } from 'playwright-core';
import type { Api } from '../../cluster/api.ts';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { sleep, until } from '../../cluster/problem.ts';
import { spread } from '../figures.ts';

export interface Flood {
  readonly name: string;
  /** What is looked at, and by what one knows that it is there. */
  readonly path: string;
  readonly shows: string;
  /** Its runs are started again and again. */
  readonly dag: string;
  /** Clients at a time. Few of them wait for the end of a run before they start the next. */
  readonly clients: number;
  readonly waits: boolean;
}

export const floods: readonly Flood[] = [
  {
    ...{ name: 'list of runs, while runs of one task start', dag: 'many' },
    ...{ path: '/runs', shows: 'main a[href^="/runs/"]', clients: 16, waits: false },
  },
  {
    ...{ name: 'grid, while its runs of 1,000 tasks go on', dag: 'grid' },
    ...{ path: '/dags/grid?tab=grid&n=100', shows: 'main canvas', clients: 2, waits: true },
  },
];

const floodMs = 10_000;
const sampleMs = 250;
const watchMs = 20;
const patience = { withinMs: 60_000, everyMs: watchMs };

export async function keepingUp(
  cluster: LocalCluster,
  page: Page,
  { dag, clients, waits }: Flood,
): Promise<Readonly<Record<string, string>>> {
  const beganMs = performance.now();
  const goesOn = (): boolean => performance.now() - beganMs < floodMs;
  const started: string[] = [];
  const client = async (): Promise<void> => {
    while (goesOn()) {
      const { runId } = await cluster.ask((api) => api.startRun(dag));
      started.push(runId);
      if (waits) await ended(cluster, dag, runId);
    }
  };
  // A run whose begin is seen on the page: all that was committed before is there as well.
  const delaysMs: number[] = [];
  const sample = async (): Promise<void> => {
    for (; goesOn(); await sleep(sampleMs)) delaysMs.push(await delayMs(cluster, page));
  };
  await Promise.all([sample(), ...Array.from({ length: clients }, client)]);
  const seconds = (performance.now() - beganMs) / 1000;
  const caughtUpMs = await delayMs(cluster, page);
  const facts = started.length * (await cluster.ask((api) => factsOf(api, started[0] ?? '')));
  return {
    'facts a second': (facts / seconds).toFixed(0),
    'from the answer to a client to the page, ms': spread(delaysMs, 0),
    'the same behind the last fact, ms': caughtUpMs.toFixed(0),
  };
}

async function delayMs(cluster: LocalCluster, page: Page): Promise<number> {
  const { index } = await cluster.ask((api) => api.startRun('many'));
  const answeredMs = performance.now();
  await until(
    'the page to show a run',
    patience,
    async () => (await shownOn(page)) >= index || undefined,
  );
  return performance.now() - answeredMs;
}

/** The log index that the page says it shows. */
const shownOn = async (page: Page): Promise<number> =>
  Number(await page.locator('[data-index]').first().getAttribute('data-index'));

async function ended(cluster: LocalCluster, dag: string, runId: string): Promise<void> {
  await until('the run to end', patience, async () => {
    const { items } = await cluster.ask((api) => api.runs(dag, null, 10));
    return items.some((run) => run.runId === runId && run.endedAt !== null) || undefined;
  });
}

/** How many facts one run is made of: all runs of the DAG are alike. */
async function factsOf(api: Api, runId: string): Promise<number> {
  let count = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Api['runHistory']>> = await api.runHistory(runId, cursor);
    count += page.items.length;
    cursor = page.cursor;
  } while (cursor !== null);
  return count;
}

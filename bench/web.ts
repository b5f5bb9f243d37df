/**
 * `npm run bench -- web`: the page in a real browser, with 10,000 runs, a DAG of 1,000 tasks and
 * 100 runs, a graph of 2,000 tasks, and facts that come faster than anybody can read. Node, browser
 * and bench share the machine.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openBrowser } from '../cluster/browser.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { checkout } from '../cluster/places.ts';
import { until } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { print, printFigures } from './figures.ts';
import { machine } from './machine.ts';
import { floods, keepingUp } from './web/facts.ts';
import { costOf, type PageCost, watchScript } from './web/page-watch.ts';

const figures = { runs: 10_000, gridTasks: 1_000, gridRuns: 100, graphTasks: 2_000 } as const;
const askedAtATime = 16;
const patience = { withinMs: 240_000, everyMs: 500 };

export async function webBench(): Promise<number> {
  print(machine());
  printFigures(await bundleFigures());
  return withCluster({ nodes: 1 }, async (cluster) => {
    const beganMs = performance.now();
    await fill(cluster);
    print(`  filled in ${((performance.now() - beganMs) / 1000).toFixed(0)} s`);
    const graphRun = await oneRun(cluster, 'graph');
    const [node] = cluster.nodes;
    const origin = node?.api.url ?? '';
    const browser = await openBrowser();
    try {
      for (const [name, seen] of Object.entries(screens(graphRun))) {
        const { page } = await browser.page();
        await page.addInitScript(watchScript);
        const cost = await costOf(page, { ...seen, url: `${origin}${seen.path}` });
        await page.context().close();
        printFigures({ [name]: costText(cost) });
      }
      for (const flood of floods) {
        const { page } = await browser.page();
        await page.goto(`${origin}${flood.path}`);
        await page.locator(flood.shows).first().waitFor();
        print(`  ${flood.name}`);
        printFigures(await keepingUp(cluster, page, flood));
        await page.context().close();
      }
    } finally {
      await browser.close();
    }
    return 0;
  });
}

/** What is opened, by what one knows that it is there, and whether it is scrolled. */
const screens = (graphRun: string) => ({
  [`overview, ${figures.runs} runs`]: { path: '/', shows: 'main h1', scrolls: true },
  [`runs, ${figures.runs}`]: { path: '/runs', shows: 'main a[href^="/runs/"]', scrolls: true },
  [`grid, ${figures.gridTasks} tasks × ${figures.gridRuns} runs`]: {
    ...{ path: '/dags/grid?tab=grid&n=100', shows: 'main canvas', scrolls: true },
  },
  // From far away its tasks are blocks.
  [`graph, ${figures.graphTasks} tasks`]: {
    ...{ path: `/runs/${graphRun}?tab=graph`, shows: '.skein-graph-blocks path', scrolls: false },
  },
});

const costText = ({ paintedMs, shownMs, longTaskMs, heapMb }: PageCost): string =>
  `painted ${paintedMs.toFixed(0)} ms, shown ${shownMs.toFixed(0)} ms, ` +
  `longest task while scrolled ${longTaskMs.toFixed(0)} ms, heap ${heapMb.toFixed(0)} MB`;

/** What the first page needs, and what comes later; zipped, as it is sent. */
async function bundleFigures(): Promise<Readonly<Record<string, string>>> {
  const folder = join(checkout, 'dist', 'web');
  const first = readFileSync(join(folder, 'index.html'), 'utf8');
  const sizes = readdirSync(join(folder, 'assets'))
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => ({
      isFirst: first.includes(name),
      isScript: name.endsWith('.js'),
      bytes: gzipSync(readFileSync(join(folder, 'assets', name)), { level: 9 }).length,
    }));
  const kb = (which: readonly { readonly bytes: number }[]): string =>
    `${(which.reduce((sum, { bytes }) => sum + bytes, 0) / 1000).toFixed(0)} kB`;
  const scripts = sizes.filter(({ isScript }) => isScript);
  return {
    'first script': kb(scripts.filter(({ isFirst }) => isFirst)),
    'later scripts': kb(scripts.filter(({ isFirst }) => !isFirst)),
    styles: kb(sizes.filter(({ isScript }) => !isScript)),
  };
}

/** `layers` of tasks, each depending on two of the layer before. */
function layeredDag(id: string, tasks: number, width: number): string {
  const lines = Array.from({ length: tasks }, (_, at) => {
    const above = [at - width, at - width + 1].filter((each) => each >= 0);
    return `  t${at}: { type: noop, dependsOn: [${above.map((each) => `t${each}`).join(', ')}] }`;
  });
  return [`id: ${id}`, 'maxActiveRuns: 1000', 'tasks:', ...lines, ''].join('\n');
}

async function fill(cluster: LocalCluster): Promise<void> {
  const dags = {
    many: 'id: many\nmaxActiveRuns: 10000\ntasks: { only: { type: noop } }\n',
    grid: layeredDag('grid', figures.gridTasks, 50),
    graph: layeredDag('graph', figures.graphTasks, 40),
  };
  for (const [id, text] of Object.entries(dags)) {
    await cluster.ask((api) => api.applyDag(id, { type: 'yaml', text }));
  }
  await startMany(cluster, 'many', figures.runs);
  await startMany(cluster, 'grid', figures.gridRuns);
  await until('all runs to end', patience, async () => {
    const dags = await cluster.ask((api) => api.dags());
    return dags.items.every(({ activeRuns }) => activeRuns === 0) || undefined;
  });
}

async function startMany(cluster: LocalCluster, dag: string, count: number): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await cluster.ask((api) => api.startRun(dag));
  };
  await Promise.all(Array.from({ length: askedAtATime }, lane));
}

async function oneRun(cluster: LocalCluster, dag: string): Promise<string> {
  const { runId } = await cluster.ask((api) => api.startRun(dag));
  await until('the run to end', patience, async () => {
    const run = await cluster.ask((api) => api.run(runId));
    return run.durationMs === null ? undefined : run;
  });
  return runId;
}

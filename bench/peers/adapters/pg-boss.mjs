/**
 * pg-boss: jobs in bulk, fetched in batches, workers woken by LISTEN; flows for dependencies. A job
 * counts as done when its handler has it, because there is no event for its completion.
 */
import { atRate, countdown, perEdgeMs, serve, slices, timed, timesOf } from './serve.mjs';

const queue = 'bench';
const bulk = 1_000;
/** Flows of one call: each call is one transaction. */
const flowBulk = 100;

serve(async ({ settings, load }) => {
  const { PgBoss } = await load('pg-boss');
  // One second is the shortest that it takes for dependencies.
  const often = { flowIntervalSeconds: 1 };
  const boss = new PgBoss({ connectionString: settings.url, useListenNotify: true, ...often });
  boss.on('error', (error) => process.stderr.write(`${error.stack}\n`));
  await boss.start();
  await boss.createQueue(queue, { notify: true });
  const state = { startsMs: [], completed: () => {} };
  const polls = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 };
  await boss.work(queue, { batchSize: bulk, ...polls, burstWhenReadyExceeds: 1 }, async (jobs) => {
    for (const _ of jobs) {
      state.startsMs.push(performance.now());
      state.completed();
    }
  });
  return adapter(boss, state);
});

const adapter = (boss, state) => ({
  async independent({ runs, width }) {
    const { promise, one } = countdown(runs * width);
    state.completed = one;
    const jobs = Array.from({ length: runs * width }, () => ({ data: {} }));
    const tookMs = await timed(async () => {
      for (const slice of slices(jobs, bulk)) await boss.insert(queue, slice);
      await promise;
    });
    return atRate(jobs.length, tookMs);
  },
  chain: ({ runs, length }) =>
    timesOf(runs, async () => {
      const { promise, one } = countdown(length);
      state.completed = one;
      state.startsMs = [];
      await boss.flow(chainOf(length, 0));
      await promise;
      return perEdgeMs(state.startsMs);
    }),
  async chains({ runs, length }) {
    const { promise, one } = countdown(runs * length);
    state.completed = one;
    const all = Array.from({ length: runs }, (_, place) => chainOf(length, place));
    const tookMs = await timed(async () => {
      for (const slice of slices(all, flowBulk)) await boss.flow(slice.flat());
      await promise;
    });
    return atRate(runs * length, tookMs);
  },
  fan: ({ runs, width }) =>
    timesOf(runs, async () => {
      const { promise, one } = countdown(width + 2);
      state.completed = one;
      return timed(async () => {
        await boss.flow(fanOf(width));
        await promise;
      });
    }),
});

const job = (ref, dependsOn = []) => ({ ref, name: queue, data: {}, dependsOn });

const chainOf = (length, chain) =>
  Array.from({ length }, (_, place) =>
    job(`c${chain}.${place}`, place === 0 ? [] : [`c${chain}.${place - 1}`]),
  );

function fanOf(width) {
  const middle = Array.from({ length: width }, (_, place) => job(`m${place}`, ['first']));
  const refs = middle.map(({ ref }) => ref);
  return [job('first'), ...middle, job('last', refs)];
}

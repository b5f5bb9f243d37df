/**
 * graphile-worker, with its batching on (`localQueue`, completions in batches), which does more a
 * second, or off as by default. It has no dependencies between jobs: a chain is jobs that add the
 * next one, and there is no join.
 */
import { atRate, countdown, perEdgeMs, serve, slices, timed, timesOf } from './serve.mjs';

const bulk = 500;
const inBatches = {
  ...{ localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
};

serve(async ({ settings, load }) => {
  const { run, makeWorkerUtils, Logger } = await load('graphile-worker');
  const connectionString = settings.url;
  const logger = new Logger(() => () => {});
  const state = { startsMs: [], completed: () => {} };
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  const runner = await run({
    preset: {
      worker: {
        ...{ connectionString, logger, maxPoolSize: 26, concurrentJobs: 24, pollInterval: 1_000 },
        ...(settings.batches ? inBatches : {}),
      },
    },
    noHandleSignals: true,
    taskList: {
      noop: async () => {},
      link: async ({ left }, { addJob }) => {
        state.startsMs.push(performance.now());
        if (left > 1) await addJob('link', { left: left - 1 });
      },
    },
  });
  runner.events.on('job:complete', () => state.completed());
  return adapter(utils, state);
});

const adapter = (utils, state) => ({
  async independent({ runs, width }) {
    const { promise, one } = countdown(runs * width);
    state.completed = one;
    const jobs = Array.from({ length: runs * width }, () => ({ identifier: 'noop', payload: {} }));
    const tookMs = await timed(async () => {
      for (const slice of slices(jobs, bulk)) await utils.addJobs(slice);
      await promise;
    });
    return atRate(jobs.length, tookMs);
  },
  chain: ({ runs, length }) =>
    timesOf(runs, async () => {
      const { promise, one } = countdown(length);
      state.completed = one;
      state.startsMs = [];
      await utils.addJob('link', { left: length });
      await promise;
      return perEdgeMs(state.startsMs);
    }),
  async chains({ runs, length }) {
    const { promise, one } = countdown(runs * length);
    state.completed = one;
    const first = Array.from({ length: runs }, () => ({
      identifier: 'link',
      payload: { left: length },
    }));
    const tookMs = await timed(async () => {
      for (const slice of slices(first, bulk)) await utils.addJobs(slice);
      await promise;
    });
    return atRate(runs * length, tookMs);
  },
});

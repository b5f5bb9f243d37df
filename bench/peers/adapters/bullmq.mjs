/**
 * BullMQ: jobs in bulk; flows for chains, whose parents wait for their children. In a flow a child
 * has one parent, so 1 -> n -> 1 is a job that adds a flow of n children and the job behind them.
 */
import { atRate, countdown, perEdgeMs, serve, slices, timed, timesOf } from './serve.mjs';

const name = 'bench';
const concurrency = 100;
const bulk = 500;
const flowBulk = 50;
const kept = { removeOnComplete: true, removeOnFail: false };

serve(async ({ settings, load }) => {
  const { Queue, Worker, FlowProducer } = await load('bullmq');
  const connection = { host: '127.0.0.1', port: settings.port };
  const queue = new Queue(name, { connection });
  const flows = new FlowProducer({ connection });
  const state = { startsMs: [], completed: () => {}, started: async () => {} };
  const worker = new Worker(
    name,
    async (job) => {
      state.startsMs.push(performance.now());
      await state.started(job);
    },
    { connection: { ...connection, maxRetriesPerRequest: null }, concurrency },
  );
  worker.on('completed', (job) => state.completed(job));
  await worker.waitUntilReady();
  return adapter({ queue, flows, state });
});

const adapter = ({ queue, flows, state }) => ({
  async independent({ runs, width }) {
    const { promise, one } = countdown(runs * width);
    state.completed = one;
    const jobs = Array.from({ length: runs * width }, () => ({
      name: 'noop',
      data: {},
      opts: kept,
    }));
    const tookMs = await timed(async () => {
      for (const slice of slices(jobs, bulk)) await queue.addBulk(slice);
      await promise;
    });
    return atRate(jobs.length, tookMs);
  },
  chain: ({ runs, length }) =>
    timesOf(runs, async () => {
      const { promise, one } = countdown(length);
      state.completed = one;
      state.startsMs = [];
      await flows.add(chainOf(length));
      await promise;
      return perEdgeMs(state.startsMs);
    }),
  async chains({ runs, length }) {
    const { promise, one } = countdown(runs * length);
    state.completed = one;
    const all = Array.from({ length: runs }, () => chainOf(length));
    const tookMs = await timed(async () => {
      for (const slice of slices(all, flowBulk)) await flows.addBulk(slice);
      await promise;
    });
    return atRate(runs * length, tookMs);
  },
  async fan({ runs, width }) {
    const children = Array.from({ length: width }, () => job('middle'));
    state.started = async ({ name }) => {
      if (name === 'first') await flows.add({ ...job('last'), children });
    };
    return timesOf(runs, async () => {
      const { promise, one } = countdown(width + 2);
      state.completed = one;
      return timed(async () => {
        await queue.add('first', {}, kept);
        await promise;
      });
    });
  },
});

const job = (jobName) => ({ name: jobName, queueName: name, data: {}, opts: kept });

/** The last job is the outermost parent. */
const chainOf = (length) =>
  length === 1 ? job('link') : { ...job('link'), children: [chainOf(length - 1)] };

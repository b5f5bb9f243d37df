/**
 * DBOS: an independent task is a workflow that does nothing; the tasks of a chain are the steps of
 * one workflow, in one process; those of a fan-out are steps that run at the same time.
 */
import { atRate, inLines, perEdgeMs, serve, timed, timesOf } from './serve.mjs';

/** Workflows that the client keeps under way. */
const independentAtOnce = 256;

serve(async ({ settings, load }) => {
  const { DBOS } = await load('@dbos-inc/dbos-sdk');
  const step = (name, act = async () => {}) => DBOS.runStep(act, { name });
  const nothing = DBOS.registerWorkflow(async () => {}, { name: 'nothing' });
  const chain = DBOS.registerWorkflow(
    async (length) => {
      const startsMs = [];
      for (let place = 0; place < length; place++) {
        await step(`t${place}`, async () => void startsMs.push(performance.now()));
      }
      return startsMs;
    },
    { name: 'chain' },
  );
  const fan = DBOS.registerWorkflow(
    async (width) => {
      await step('first');
      await Promise.all(Array.from({ length: width }, (_, place) => step(`m${place}`)));
      await step('last');
    },
    { name: 'fan' },
  );
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: settings.url, runAdminServer: false });
  await DBOS.launch();
  return {
    async independent({ runs, width }) {
      const tookMs = await timed(() => inLines(independentAtOnce, runs * width, () => nothing()));
      return atRate(runs * width, tookMs);
    },
    chain: ({ runs, length }) => timesOf(runs, async () => perEdgeMs(await chain(length))),
    async chains({ runs, length, atOnce }) {
      return atRate(runs * length, await timed(() => inLines(atOnce, runs, () => chain(length))));
    },
    fan: ({ runs, width }) => timesOf(runs, () => timed(() => fan(width))),
  };
});

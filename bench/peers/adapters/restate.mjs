/**
 * Restate: an independent task is an invocation that does nothing; the tasks of a chain are the
 * durable steps of one invocation; those of a fan-out are invocations of their own, which may run
 * on any worker. The services run here; clients call by HTTP, in turn at each node.
 */
import { Agent, request } from 'node:http';
import { createServer } from 'node:http2';
import { atRate, inLines, perEdgeMs, serve, timed, timesOf, withResolvers } from './serve.mjs';

/** Invocations that the client keeps under way. */
const independentAtOnce = 256;

// Its library takes this from Node 22 and would leave each invocation open without it.
Promise.withResolvers ??= withResolvers;

serve(async ({ settings, load }) => {
  const restate = await load('@restatedev/restate-sdk');
  await register(settings.admin, await listen(restate));
  const call = caller(settings.ingresses);
  return {
    async independent({ runs, width }) {
      const act = () => call('bench/nothing', null);
      return atRate(runs * width, await timed(() => inLines(independentAtOnce, runs * width, act)));
    },
    chain: ({ runs, length }) =>
      timesOf(runs, async () => perEdgeMs(await call('bench/chain', length))),
    async chains({ runs, length, atOnce }) {
      const act = () => call('bench/chain', length);
      return atRate(runs * length, await timed(() => inLines(atOnce, runs, act)));
    },
    fan: ({ runs, width }) => timesOf(runs, () => timed(() => call('bench/fan', width))),
  };
});

/** The services, on a port of their own; resolves with their address. */
function listen(restate) {
  const bench = restate.service({ name: 'bench', handlers: handlersWith(restate) });
  // A line for each invocation would be work of its own; errors are wanted.
  const logger = ({ level }, ...words) => {
    if (level === 'error') process.stderr.write(`${words.join(' ')}\n`);
  };
  const server = createServer(restate.createEndpointHandler({ services: [bench], logger }));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
}

const handlersWith = (restate) => ({
  nothing: async () => null,
  chain: async (context, length) => {
    const startsMs = [];
    for (let place = 0; place < length; place++) {
      startsMs.push(await context.run(`t${place}`, () => performance.now()));
    }
    return startsMs;
  },
  fan: async (context, width) => {
    const one = () =>
      context.genericCall({
        ...{ service: 'bench', method: 'nothing', parameter: null },
        ...{ inputSerde: restate.serde.json, outputSerde: restate.serde.json },
      });
    await one();
    await restate.RestatePromise.all(Array.from({ length: width }, one));
    await one();
    return null;
  },
});

async function register(admin, uri) {
  const answer = await fetch(`${admin}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri, force: true }),
  });
  if (!answer.ok) throw new Error(`Restate refused the services: ${await answer.text()}`);
}

/** Over connections that stay open: `fetch` would cost this process more than its handlers. */
function caller(ingresses) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let turn = 0;
  return (path, parameter) => {
    const body = JSON.stringify(parameter);
    const url = `${ingresses[turn++ % ingresses.length]}/${path}`;
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', headers, agent }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part) => {
          text += part;
        });
        answer.once('end', () => {
          if (answer.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${url} was answered ${answer.statusCode}: ${text}`));
        });
      });
      sent.once('error', reject);
      sent.end(body);
    });
  };
}

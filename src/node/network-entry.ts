/** How a node comes to the network: connected, and the only process of its name there. */
import type { NodeConfig } from '../api/config.ts';
import { nodeId } from '../base/brand.ts';
import type { ProbeAnswer } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { connectNats, type NatsNetwork } from '../transport/nats.ts';
import { aliveSubject } from '../transport/subjects.ts';
import { type Ending, exitCodes } from './ending.ts';

/** A process of the same name may be about to end: it is asked so many times. */
const twinProbes = 10;
const twinProbeMs = 300;

interface NetworkEntryOptions {
  readonly config: Pick<NodeConfig, 'name' | 'cluster' | 'nats'>;
  readonly trace: Trace;
  /** The node is to end: nobody is waited for any more. What comes of it then is no matter. */
  readonly givesUp: () => boolean;
  /** Of the first connect; the client's own unless said. */
  readonly connectTimeoutMs?: number;
}

/** The caller closes the network. */
export async function enterNetwork(
  options: NetworkEntryOptions,
): Promise<Result<NatsNetwork, Ending>> {
  const { config, ...rest } = options;
  const { nats: servers, name, cluster } = config;
  const { givesUp } = options;
  const connected = await connectNats({ servers, name: `skein.${name}`, ...rest });
  if (!connected.ok) {
    const { code, message } = connected.error;
    // After a power cut NATS may come up later than the nodes: a supervisor is to try again.
    const mayPass = code === 'NATS_UNREACHABLE';
    const exitCode = mayPass ? exitCodes.passing : exitCodes.configuration;
    return fail({ code: exitCode, why: `${code}: ${message}` });
  }
  const network = connected.value;
  if (!(await hasTwin(network, aliveSubject(cluster, nodeId(name)), givesUp))) return ok(network);
  await network.close();
  const why =
    `NODE_ALREADY_RUNS: a node named ${name} runs in cluster ${cluster} already; stop it, or ` +
    'give this one a name and a data directory of its own';
  return fail({ code: exitCodes.identity, why });
}

/** Two processes of one name would answer for each other (P48). */
async function hasTwin(
  network: NatsNetwork,
  subject: string,
  givesUp: () => boolean,
): Promise<boolean> {
  for (let patience = twinProbes; patience > 0 && !givesUp(); patience--) {
    const answer = await new Promise<ProbeAnswer>((resolve) =>
      network.probe(subject, twinProbeMs, resolve),
    );
    if (answer !== 'answered') return false;
    await new Promise((resolve) => setTimeout(resolve, twinProbeMs));
  }
  return true;
}

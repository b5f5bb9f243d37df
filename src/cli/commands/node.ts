/** `skein node start` and `skein broker`: commands that become the process they start. */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type ConfigProblem, pairsOf, readConfig } from '../../api/config.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { machineCapacity } from '../../node/machine-capacity.ts';
import { reasonOf } from '../client.ts';
import { action, collect, type Outcome, type Session, type Stage, usage } from '../command.ts';
import type { Failure } from '../exit-codes.ts';

export function nodeCommands(program: Command, stage: Stage): void {
  const node = program.command('node').description('run a node');
  node
    .command('start')
    .description('run a node in the foreground')
    .option('--name <name>', 'the name of this node, unique in the cluster')
    .option('--nats <urls>', 'NATS servers, as in nats://10.0.0.1:4222,nats://10.0.0.2:4222')
    .option('--cluster <name>', 'the name of the cluster (main)')
    .option('--expect <count>', 'how many voters the cluster wants: 1, 3, 5 or 7')
    .option('--data <dir>', 'where this node keeps its data')
    .option('--dags-dir <dir>', 'a folder of DAG files to watch and to apply')
    .option('--host <address>', 'where HTTP listens (127.0.0.1)')
    .option('--port <port>', 'on which port (8080)')
    .option('--advertise <address>', 'where the other nodes reach it (the host and the port)')
    .option('--allowed-host <name>', 'a name by which it may be asked; may be repeated', collect)
    .option('--cpu <cores>', 'cores for tasks (all that this process may use)')
    .option('--memory <size>', 'memory for tasks, as in 8Gi (all that this process may use)')
    .option('--gpu <count>', 'GPUs for tasks (0)')
    .option('--disk <size>', 'disk for tasks, or auto: what is free (none)')
    .option('--resource <name=amount>', 'anything else that is counted; may be repeated', collect)
    .option('--reserve-cpu <cores>', 'cores that tasks do not get (0)')
    .option('--reserve-memory <size>', 'memory that tasks do not get (0)')
    .option('--slots <count>', 'attempts at a time (256)')
    .option('--pool <name>', 'the node pool that it belongs to (default)')
    .option('--queue <name>', 'a queue that it serves, and nothing else; may be repeated', collect)
    .option('--taint <key=value:effect>', 'keeps tasks away: refuse or avoid; repeated', collect)
    .option('--label <key=value>', 'a label of this node; may be repeated', collect)
    .option('--autopilot', 'replace a voter that is gone by a learner, without being asked')
    .option('--rejoin <choice>', 'a damaged directory is set aside, and the node joins anew (true)')
    .option('--log-level <level>', 'debug, info, warn or error (info)')
    .option('--config <file>', 'a configuration file (skein.yaml, if it is there)')
    .addHelpText('after', nodeHelp)
    .action(action<NodeOptions>(stage, startNode));
  program
    .command('broker')
    .description('run the embedded NATS broker, for one machine and for tests')
    .option('--host <address>', 'where it listens', '127.0.0.1')
    .option('--port <port>', 'on which port', '4222')
    .action(action<BrokerFlags>(stage, startBroker));
}

const nodeHelp = `
Every option may also stand in the environment (SKEIN_NAME, SKEIN_LOG_LEVEL, …) or in skein.yaml.
The secret of the cluster comes from SKEIN_SECRET or SKEIN_SECRET_FILE only.
Exit codes of a node: 0 ended as asked, 70 storage, 71 identity, 72 invariant, 73 configuration,
1 what may pass (no NATS, no executor): start it again.`;

interface NodeOptions {
  readonly [flag: string]: unknown;
  readonly label?: readonly string[];
  readonly resource?: readonly string[];
  readonly queue?: readonly string[];
  readonly taint?: readonly string[];
  readonly allowedHost?: readonly string[];
  readonly config?: string;
}

const flagKeys = [
  'name',
  'nats',
  'cluster',
  'expect',
  'data',
  'dagsDir',
  'host',
  'port',
  'advertise',
  'cpu',
  'memory',
  'gpu',
  'disk',
  'reserveCpu',
  'reserveMemory',
  'slots',
  'pool',
  'autopilot',
  'rejoin',
  'logLevel',
] as const;

/** Exit code of a node whose configuration is wrong. */
const configurationExitCode = 73;

async function startNode(session: Session, options: NodeOptions): Promise<Outcome> {
  const { terminal, launchers } = session;
  const file = configFile(options.config, terminal.env.SKEIN_CONFIG);
  if (!file.ok) return file;
  const flags = Object.fromEntries(flagKeys.map((key) => [key, options[key]]));
  const config = readConfig({
    flags: {
      ...flags,
      labels: options.label && pairsOf(options.label),
      resources: options.resource && pairsOf(options.resource),
      queues: options.queue,
      taints: options.taint,
      allowedHosts: options.allowedHost,
    },
    env: terminal.env,
    file: file.value,
    machine: machineCapacity(),
    readFile: readText,
  });
  if (!config.ok) {
    for (const problem of config.error) terminal.err(`${problemText(problem)}\n`);
    return { ok: true, value: configurationExitCode };
  }
  return { ok: true, value: await launchers.startNode(config.value) };
}

const problemText = ({ key, source, message }: ConfigProblem): string =>
  `skein: CONFIG_INVALID: ${key} (${source}): ${message}`;

/** A named file must be there; `skein.yaml` is read when it is. */
function configFile(
  flag: string | undefined,
  variable: string | undefined,
): Result<{ readonly path: string; readonly text: string } | null, Failure> {
  const named = flag ?? variable;
  const path = named ?? 'skein.yaml';
  if (named === undefined && !existsSync(path)) return ok(null);
  const text = readText(path);
  return text.ok ? ok({ path, text: text.value }) : usage(text.error, 'Check --config.');
}

function readText(path: string): Result<string, string> {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(`cannot read ${path}: ${reasonOf(error)}`);
  }
}

interface BrokerFlags {
  readonly host: string;
  readonly port: string;
}

async function startBroker(session: Session, options: BrokerFlags): Promise<Outcome> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    return usage(`"${options.port}" is not a port`, 'Write --port 4222.');
  }
  return { ok: true, value: await session.launchers.runBroker({ host: options.host, port }) };
}

/** The options of `npm run up`, and what is wrong with them in one line. */
import { parseArgs } from 'node:util';
import { fail, ok, type Result } from '../src/base/result.ts';

export interface UpOptions {
  /** How many nodes; all of them vote. */
  readonly nodes: number;
  /** Stop when the samples have ended. */
  readonly once: boolean;
  /** Kill the leader in the middle of the sample run. */
  readonly killLeader: boolean;
  /** Null: a server of our own on this machine. */
  readonly nats: string | null;
  /** HTTP port of the first node; the others take the ones behind it. */
  readonly port: number;
  readonly dataDir: string;
  readonly demo: boolean;
  readonly help: boolean;
}

export const upHelp = `npm run up -- [options]

Starts NATS and some nodes on this machine, runs the sample workflows and shows them.

  --nodes 3        how many nodes: 1, 3, 5 or 7
  --once           stop when the samples have ended; the exit code says how they ended
  --kill-leader    kill the leader in the middle of the sample run and show the fail-over
  --nats URL       use this NATS server instead of starting one
  --port 8080      the first node's HTTP port; the others follow
  --data DIR       where the cluster keeps its data (.skein)
  --no-demo        only the cluster, no samples

Exit codes: 0 done, 1 a sample failed or a process ended, 2 something must be changed first,
130 interrupted before the samples had ended.
`;

const nodesAllowed: readonly number[] = [1, 3, 5, 7];

export function readUpOptions(args: readonly string[]): Result<UpOptions, string> {
  const values = parse(args);
  if (!values.ok) return values;
  const { nodes, once, port, nats, data, help } = values.value;
  const count = Number(nodes);
  const first = Number(port);
  const killLeader = values.value['kill-leader'];
  const demo = !values.value['no-demo'];
  if (!nodesAllowed.includes(count)) {
    return fail(`--nodes ${nodes} is not possible: a cluster forms with 1, 3, 5 or 7 nodes`);
  }
  if (!Number.isInteger(first) || first < 1 || first + count > 65_536) {
    return fail(`--port ${port} is not a port: write a number from 1 to ${65_536 - count}`);
  }
  if (killLeader && count === 1) {
    return fail('--kill-leader needs somebody to take over: use it with --nodes 3');
  }
  if (!demo && (once || killLeader)) {
    return fail('--once and --kill-leader are about the samples, which --no-demo leaves out');
  }
  return ok({
    nodes: count,
    once,
    killLeader,
    nats: nats ?? null,
    port: first,
    dataDir: data,
    demo,
    help,
  });
}

const flags = {
  nodes: { type: 'string', default: '3' },
  once: { type: 'boolean', default: false },
  'kill-leader': { type: 'boolean', default: false },
  nats: { type: 'string' },
  port: { type: 'string', default: '8080' },
  data: { type: 'string', default: '.skein' },
  'no-demo': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function parse(args: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...args], options: flags, strict: true }).values);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail(`${message.split('. ')[0]}; \`npm run up -- --help\` lists the options`);
  }
}

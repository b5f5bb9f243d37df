/** `skein node-pool`: pools of nodes that grow and shrink by themselves. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { formatDuration } from '../../base/duration.ts';
import { ok, type Result } from '../../base/result.ts';
import type { NodeProvider } from '../../model/node-pool.ts';
import type { NodePoolView, ScalingView } from '../../model/views/scaling.ts';
import type { Place } from '../client.ts';
import {
  action,
  ask,
  askAll,
  collect,
  done,
  type Outcome,
  printJson,
  type Session,
  type Stage,
  usage,
} from '../command.ts';
import type { Failure } from '../exit-codes.ts';
import { agoText, factLines, table, tame } from '../format.ts';
import type { Terminal } from '../terminal.ts';

interface SetOptions {
  readonly min?: string;
  readonly max: string;
  readonly up?: string;
  readonly down?: string;
  readonly wait?: string;
  readonly cooldown?: string;
  readonly provider: string;
  readonly program?: string;
  readonly arg?: readonly string[];
  readonly statefulSet?: string;
  readonly kubeNamespace?: string;
}

export function scalingCommands(program: Command, stage: Stage): void {
  const pool = program
    .command('node-pool')
    .description('pools of nodes that grow and shrink by themselves');
  pool
    .command('set')
    .description('say how a node pool scales; what is left out is as it is from the first day')
    .argument('<name>', 'the name of the pool, as in `skein node start --pool NAME`')
    .option('--min <nodes>', 'never fewer (0)')
    .requiredOption('--max <nodes>', 'never more')
    .option('--up <percent>', 'grow above this share of CPU, memory or another dimension (80)')
    .option('--down <percent>', 'shrink below this share of all of them (30)')
    .option('--wait <duration>', 'grow when a task has waited so long, or never (1m)')
    .option('--cooldown <duration>', 'between two decisions (2m)')
    .requiredOption('--provider <kind>', 'local-process, command or kubernetes')
    .option('--program <path>', 'command: the program, by its absolute path')
    .option('--arg <word>', 'command: an argument; may be repeated', collect)
    .option('--stateful-set <name>', 'kubernetes: the StatefulSet')
    .option('--kube-namespace <name>', 'kubernetes: its namespace (default)')
    .action(action<SetOptions>(stage, setPool));
  pool.command('list').description('list the pools that scale').action(action(stage, listPools));
  pool
    .command('show')
    .description('show the rules of a pool, its nodes, and what was decided lately')
    .argument('<name>', 'the name of the pool')
    .action(action(stage, showPool));
  pool
    .command('delete')
    .description('let a pool be: it does not scale any more, and its nodes stay')
    .argument('<name>', 'the name of the pool')
    .action(
      action(stage, (session, _, [name = '']) =>
        ask(session, contract.deleteNodePool, { params: { name }, query: {} }, () =>
          session.terminal.out(`${name}  deleted\n`),
        ),
      ),
    );
}

async function setPool(
  session: Session,
  options: SetOptions,
  [name = '']: readonly string[],
): Promise<Outcome> {
  const provider = providerOf(options);
  if (!provider.ok) return provider;
  const { wait, cooldown } = options;
  const numbers: Record<string, number> = {};
  for (const key of ['min', 'max', 'up', 'down'] as const) {
    const text = options[key];
    if (text === undefined) continue;
    if (!/^\d+(\.\d+)?$/.test(text)) return usage(`"${text}" is not a number`, `Write --${key} 3.`);
    numbers[key] = Number(text);
  }
  const body = {
    ...{ max: 0, ...numbers, provider: provider.value },
    ...(wait !== undefined && { wait: wait === 'never' ? null : wait }),
    ...(cooldown !== undefined && { cooldown }),
  };
  const { terminal } = session;
  const given = { params: { name }, query: {}, body };
  return ask(session, contract.putNodePool, given, ({ outcome }) => {
    const style = outcome === 'unchanged' ? 'gray' : 'green';
    terminal.out(`${name}  ${terminal.paint(style, outcome)}\n`);
  });
}

function providerOf(options: SetOptions): Result<NodeProvider, Failure> {
  const { provider: kind, program, arg = [], statefulSet, kubeNamespace } = options;
  switch (kind) {
    case 'local-process':
      return ok({ kind });
    case 'command':
      if (program === undefined)
        return usage('no program is named', 'Write --program /path/to/it.');
      return ok({ kind, program, args: arg });
    case 'kubernetes':
      if (statefulSet === undefined) {
        return usage('no StatefulSet is named', 'Write --stateful-set NAME.');
      }
      return ok({ kind, namespace: kubeNamespace ?? 'default', statefulSet });
    default:
      return usage(
        `"${kind}" is no provider`,
        'Write --provider local-process, command or kubernetes.',
      );
  }
}

function listPools(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listNodePools, { params: {}, query: at });
  return askAll(session, call, (items) => {
    const rows = items.map((pool) => [
      pool.name,
      String(pool.alive.length),
      pool.wanted === null ? '-' : String(pool.wanted),
      `${pool.min}-${pool.max}`,
      `${pool.down}-${pool.up} %`,
      pool.provider.kind,
      pool.last === null ? '-' : agoText(pool.last.at),
      tame(pool.last?.reason ?? '', 80),
    ]);
    const headings = ['pool', 'nodes', 'wanted', 'limits', 'share', 'provider', 'last', 'why'];
    const empty = 'No node pool scales: say how with `skein node-pool set`.';
    terminal.out(table(terminal, headings, rows, empty));
  });
}

async function showPool(
  session: Session,
  _: object,
  [name = '']: readonly string[],
): Promise<Outcome> {
  const { client, terminal } = session;
  const asked = { params: { name }, query: {} };
  const pool = await client.call(contract.getNodePool, asked);
  if (!pool.ok) return pool;
  const scalings = await client.call(contract.listScalings, asked);
  if (!scalings.ok) return scalings;
  const { items } = scalings.value.value;
  if (session.json) return printJson(session, { ...pool.value.value, scalings: items });
  terminal.out(`${poolText(terminal, pool.value.value)}\n${scalingsText(terminal, items)}`);
  return done;
}

function poolText(terminal: Terminal, pool: NodePoolView): string {
  const { min, max, up, down, waitMsMax, cooldownMs, alive, draining, wanted } = pool;
  const wait = waitMsMax === null ? '' : `, or when a task waits for ${formatDuration(waitMsMax)}`;
  const facts = [
    ['pool', terminal.paint('bold', pool.name)],
    ['wanted', wanted === null ? 'nothing was decided yet' : String(wanted)],
    ['alive', alive.join(', ')],
    ['draining', draining.join(', ')],
    ['limits', `${min} to ${max} nodes`],
    ['grows', `above ${up} %${wait}`],
    ['shrinks', `below ${down} %`],
    ['cooldown', formatDuration(cooldownMs)],
    ['provider', providerText(pool.provider)],
  ] as const;
  return factLines(terminal, facts, 9);
}

function providerText(provider: NodeProvider): string {
  switch (provider.kind) {
    case 'local-process':
      return provider.kind;
    case 'command':
      return tame(`command ${[provider.program, ...provider.args].join(' ')}`);
    case 'kubernetes':
      return `kubernetes ${provider.namespace}/${provider.statefulSet}`;
  }
}

function scalingsText(terminal: Terminal, scalings: readonly ScalingView[]): string {
  const rows = scalings.map(({ at, from, to, reason, outcome }) => [
    agoText(at),
    from === to ? String(to) : `${from} -> ${to}`,
    tame(reason),
    tame(outcome ?? ''),
  ]);
  return table(
    terminal,
    ['when', 'nodes', 'why', 'what came of it'],
    rows,
    'Nothing was decided yet.',
  );
}

/** `skein plan` and `skein whatif`: how it would go. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { ok, type Result } from '../../base/result.ts';
import { orderNames } from '../../model/placing.ts';
import type { Input } from '../client.ts';
import {
  action,
  answer,
  collect,
  type Outcome,
  type Session,
  type Stage,
  usage,
} from '../command.ts';
import type { Failure } from '../exit-codes.ts';
import { callSlow } from '../slow-call.ts';
import { planText, whatIfText } from './forecast-text.ts';
import { paramsOf } from './params.ts';

export function forecastCommands(program: Command, stage: Stage): void {
  program
    .command('plan')
    .description('how a run that is started now would go, on the cluster as it is')
    .argument('<dag>', 'the id of the DAG')
    .option('-p, --param <key=value>', 'a param; may be repeated', collect, [])
    .option('--horizon <duration>', 'how far to look ahead (24h)')
    .action(action<PlanOptions>(stage, plan));
  program
    .command('whatif')
    .description('the cluster run forward twice, as it is and with a change')
    .option('--add-nodes <number>', 'so many nodes more')
    .option('--like <node>', 'what they are like (the largest node)')
    .option('--remove-node <node>', 'it takes nothing new; may be repeated', collect, [])
    .option('--pool <name=slots>', 'another size of a pool; may be repeated', collect, [])
    .option('--cron <dag=cron>', 'in place of its schedules; may be repeated', collect, [])
    .option('--namespace-weight <name=weight>', 'its part; may be repeated', collect, [])
    .option('--order <order>', `who goes first: ${orderNames.join(', ')}`)
    .option('--horizon <duration>', 'how far to look ahead (6h)')
    .action(action<WhatIfOptions>(stage, whatIf));
}

interface PlanOptions {
  readonly param: readonly string[];
  readonly horizon?: string;
}

async function plan(
  session: Session,
  { param, horizon }: PlanOptions,
  [dagId = '']: readonly string[],
): Promise<Outcome> {
  const { client, terminal } = session;
  // The definition says of which type each param is: `-p n=5` may be a text or a number.
  const dag =
    param.length === 0
      ? null
      : await client.call(contract.getDag, { params: { dagId }, query: {} });
  if (dag !== null && !dag.ok) return dag;
  const params = paramsOf(param, dag?.value.value.spec.params ?? {});
  if (!params.ok) return params;
  const body = { params: params.value, ...(horizon !== undefined && { horizon }) };
  const input = { params: { dagId }, query: {}, body };
  const reply = await callSlow(client, contract.planDag, input);
  if (!reply.ok) return reply;
  return answer(session, reply.value, (value) => terminal.out(planText(terminal, value)));
}

interface WhatIfOptions {
  readonly addNodes?: string;
  readonly like?: string;
  readonly removeNode: readonly string[];
  readonly pool: readonly string[];
  readonly cron: readonly string[];
  readonly namespaceWeight: readonly string[];
  readonly order?: string;
  readonly horizon?: string;
}

async function whatIf(session: Session, options: WhatIfOptions): Promise<Outcome> {
  const body = whatIfBody(options);
  if (!body.ok) return body;
  const { client, terminal } = session;
  const input = { params: {}, query: {}, body: body.value };
  const reply = await callSlow(client, contract.whatIf, input);
  if (!reply.ok) return reply;
  return answer(session, reply.value, (value) => terminal.out(whatIfText(terminal, value)));
}

type Body = NonNullable<Input<typeof contract.whatIf>['body']>;

function whatIfBody(options: WhatIfOptions): Result<Body, Failure> {
  const { addNodes, like, removeNode, horizon } = options;
  const order = orderNames.find((name) => name === options.order);
  if (options.order !== undefined && order === undefined) {
    return usage(`"${options.order}" is no order`, `Write one of ${orderNames.join(', ')}.`);
  }
  const count = Number(addNodes ?? 0);
  if (!Number.isInteger(count) || count < 0) {
    return usage(`"${addNodes}" is not a number of nodes`, 'Write --add-nodes 2.');
  }
  const pools = numbersOf(options.pool, '--pool mysql=4');
  if (!pools.ok) return pools;
  const weights = numbersOf(options.namespaceWeight, '--namespace-weight etl=3');
  if (!weights.ok) return weights;
  const crons = pairsOf(options.cron, '--cron nightly="0 3 * * *"');
  if (!crons.ok) return crons;
  const body: Body = {
    ...(count > 0 && { addNodes: count }),
    ...(like !== undefined && { like }),
    ...(removeNode.length > 0 && { removeNodes: [...removeNode] }),
    ...(options.pool.length > 0 && { pools: pools.value }),
    ...(options.cron.length > 0 && { crons: crons.value }),
    ...(options.namespaceWeight.length > 0 && { namespaceWeights: weights.value }),
    ...(order !== undefined && { order }),
  };
  if (Object.keys(body).length === 0 || (like !== undefined && count === 0)) {
    return usage('nothing would be different', 'Say what changes: `skein whatif --help`.');
  }
  return ok({ ...body, ...(horizon !== undefined && { horizon }) });
}

/** `name=text`, many times. */
function pairsOf(
  pairs: readonly string[],
  example: string,
): Result<Record<string, string>, Failure> {
  const found: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) return usage(`"${pair}" is not name=value`, `Write ${example}.`);
    found[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return ok(found);
}

function numbersOf(
  pairs: readonly string[],
  example: string,
): Result<Record<string, number>, Failure> {
  const texts = pairsOf(pairs, example);
  if (!texts.ok) return texts;
  const numbers: Record<string, number> = {};
  for (const [name, text] of Object.entries(texts.value)) {
    const number = Number(text);
    if (text.trim() === '' || !Number.isFinite(number)) {
      return usage(`"${name}=${text}" has no number`, `Write ${example}.`);
    }
    numbers[name] = number;
  }
  return ok(numbers);
}

/** `skein namespace`, `skein scheduling`: how the cluster shares itself out. */
import { type Command, Option } from 'commander';
import { contract } from '../../api/contract.ts';
import { fairShares } from '../../api/contract-sharing.ts';
import { formatDuration, formatSize } from '../../base/duration.ts';
import { ok, type Result } from '../../base/result.ts';
import { orderNames } from '../../model/placing.ts';
import type { SchedulingRow } from '../../model/scheduling.ts';
import {
  type NamespaceView,
  type QuotaName,
  quotaNames,
  type SchedulingView,
} from '../../model/views/sharing.ts';
import type { Place } from '../client.ts';
import { action, ask, askAll, type Outcome, type Session, type Stage, usage } from '../command.ts';
import type { Failure } from '../exit-codes.ts';
import { agoText, factLines, table, tame } from '../format.ts';

export function sharingCommands(program: Command, stage: Stage): void {
  namespaceCommands(program, stage);
  schedulingCommands(program, stage);
}

/** What each limit is called: among the options, and for people. */
const quotaFlags: Readonly<Record<QuotaName, readonly [flag: string, what: string]>> = {
  cpu: ['--cpu <cores>', 'cores of all attempts together'],
  memory: ['--memory <size>', 'memory of all attempts together, as in 8Gi'],
  gpu: ['--gpu <count>', 'GPUs of all attempts together'],
  runningTasks: ['--running-tasks <count>', 'attempts that are alive'],
  activeRuns: ['--active-runs <count>', 'runs that have begun and not ended'],
  queuedRuns: ['--queued-runs <count>', 'runs that wait to begin; one more is refused'],
  runsPerMinute: ['--runs-per-minute <count>', 'runs that begin within any minute'],
  dags: ['--dags <count>', 'DAGs'],
};

function namespaceCommands(program: Command, stage: Stage): void {
  const space = program.command('namespace').description('what each namespace may use');
  const set = space
    .command('set')
    .description('say what a namespace may use; what is not named stays as it is')
    .argument('<name>', 'the name of the namespace')
    .option('--weight <number>', 'its part of a cluster that is full, against the others (1)')
    .option('--description <text>', 'whose it is');
  for (const name of quotaNames) set.option(...quotaFlags[name]);
  set
    .addHelpText('after', '\n"none" takes a limit away; 0 lets nothing begin.')
    .action(action<SetOptions>(stage, setNamespace));
  space
    .command('list')
    .description('list the namespaces: what each uses, and its limits')
    .action(action(stage, listNamespaces));
  space
    .command('show')
    .description('show what a namespace may use, and what it uses now')
    .argument('<name>', 'the name of the namespace')
    .action(action(stage, showNamespace));
  space
    .command('delete')
    .description('take back what was said: a weight of 1, no limits; what is in it stays')
    .argument('<name>', 'the name of the namespace')
    .action(action(stage, deleteNamespace));
}

type SetOptions = { readonly [N in QuotaName | 'weight' | 'description']?: string };

async function setNamespace(
  session: Session,
  options: SetOptions,
  [name = '']: readonly string[],
): Promise<Outcome> {
  const quota = quotaIn(options);
  if (!quota.ok) return quota;
  const weight = numberOf('--weight', options.weight);
  if (!weight.ok) return weight;
  const before = await known(session, name);
  if (!before.ok) return before;
  const { memory = null, ...limits } = before.value?.quota ?? {};
  const body = {
    weight: weight.value ?? before.value?.weight,
    description: options.description ?? before.value?.description,
    quota: { ...limits, memory: memory === null ? null : String(memory), ...quota.value },
  };
  const { terminal } = session;
  const given = { params: { name }, query: {}, body };
  return ask(session, contract.putNamespace, given, ({ namespace, outcome }) => {
    const style = outcome === 'unchanged' ? 'gray' : 'green';
    terminal.out(`${namespace}  ${terminal.paint(style, outcome)}\n`);
  });
}

/**
 * The namespace as it is now, whichever node is asked: what is not changed must not be lost. Null:
 * nobody has spoken of it.
 */
async function known(
  { client }: Session,
  name: string,
): Promise<Result<NamespaceView | null, Failure>> {
  const asked = { params: { name }, query: { consistency: 'linearizable' as const } };
  const reply = await client.call(contract.getNamespace, asked);
  if (reply.ok) return ok(reply.value.value);
  return reply.error.code === 'OBJECT_NOT_FOUND' ? ok(null) : reply;
}

type QuotaSaid = { [N in Exclude<QuotaName, 'memory'>]?: number | null } & {
  memory?: string | null;
};

/** The limits that are named; null: none any more. */
function quotaIn(options: SetOptions): Result<QuotaSaid, Failure> {
  const quota: QuotaSaid = {};
  for (const name of quotaNames) {
    const text = options[name];
    if (text === undefined) continue;
    if (text === 'none') quota[name] = null;
    else if (name === 'memory') quota.memory = text;
    else {
      const amount = numberOf(quotaFlags[name][0], text);
      if (!amount.ok) return amount;
      quota[name] = amount.value;
    }
  }
  return ok(quota);
}

function numberOf(flag: string, text: string | undefined): Result<number | null, Failure> {
  if (text === undefined) return ok(null);
  const amount = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(amount) && amount >= 0) return ok(amount);
  const option = flag.replace(/ .*/, '');
  return usage(`"${text}" is not a number`, `Write ${option} 4.`);
}

function listNamespaces(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listNamespaces, { params: {}, query: at });
  return askAll(session, call, (items) => {
    const headings = ['namespace', 'weight', 'cpu', 'memory', 'tasks', 'runs', 'queued', 'dags'];
    const rows = items.map((space) => [
      space.namespace,
      String(space.weight),
      ...(['cpu', 'memory', 'runningTasks', 'activeRuns', 'queuedRuns', 'dags'] as const).map(
        (name) => useText(space, name),
      ),
      tame(space.description, 80),
    ]);
    const empty = 'No namespaces yet: one is there as soon as a DAG is in it.';
    terminal.out(table(terminal, [...headings, 'description'], rows, empty));
  });
}

/** `3/20`: used, and what may be; `3` where there is no limit. */
function useText({ used, quota }: NamespaceView, name: QuotaName): string {
  const show = (amount: number): string => (name === 'memory' ? formatSize(amount) : `${amount}`);
  const most = quota[name];
  const now = name === 'runsPerMinute' ? '' : show(used[name]);
  if (most === null) return now;
  return now === '' ? `at most ${show(most)}` : `${now}/${show(most)}`;
}

function showNamespace(
  session: Session,
  _: object,
  [name = '']: readonly string[],
): Promise<Outcome> {
  const { terminal } = session;
  return ask(session, contract.getNamespace, { params: { name }, query: {} }, (space) => {
    const facts = [
      ['namespace', terminal.paint('bold', space.namespace)],
      ['description', tame(space.description, 1_000)],
      ['weight', String(space.weight)],
      ...quotaNames.map((limit) => [quotaWords[limit], useText(space, limit)] as const),
      ['changed', changedText(space)],
    ] as const;
    terminal.out(factLines(terminal, facts, 15));
  });
}

const quotaWords: Readonly<Record<QuotaName, string>> = {
  cpu: 'cpu',
  memory: 'memory',
  gpu: 'gpu',
  runningTasks: 'running tasks',
  activeRuns: 'active runs',
  queuedRuns: 'queued runs',
  runsPerMinute: 'runs per minute',
  dags: 'dags',
};

const deleteNamespace = (
  session: Session,
  _: object,
  [name = '']: readonly string[],
): Promise<Outcome> =>
  ask(session, contract.deleteNamespace, { params: { name }, query: {} }, ({ namespace }) =>
    session.terminal.out(`${namespace}  has no limits any more\n`),
  );

function schedulingCommands(program: Command, stage: Stage): void {
  const scheduling = program
    .command('scheduling')
    .description('show the order of waiting tasks, and who shares the cluster with whom')
    .action(action(stage, showScheduling));
  scheduling
    .command('set')
    .description('change it, for everything that waits; what is not named stays as it is')
    .addOption(new Option('--order <order>', 'who goes first').choices(orderNames))
    .addOption(new Option('--fair-share <among>', 'who shares the cluster').choices(fairShares))
    .option('--class-ageing <duration>', 'after so long a task counts as one class higher')
    .action(action<SchedulingOptions>(stage, setScheduling));
}

function showScheduling(session: Session): Promise<Outcome> {
  const { terminal } = session;
  return ask(session, contract.getScheduling, { params: {}, query: {} }, (view) =>
    terminal.out(factLines(terminal, schedulingFacts(view), 12)),
  );
}

const schedulingFacts = (view: SchedulingView): readonly (readonly [string, string])[] => [
  ['order', view.order],
  ['fair share', view.fairShare],
  ['class ageing', formatDuration(view.classAgeingMs)],
  ['changed', changedText(view) || 'never'],
];

/** `3m05s ago, by ada`; empty: nobody has said anything. */
const changedText = ({ updatedAt, updatedBy }: Changed): string =>
  updatedAt === null ? '' : `${agoText(updatedAt)}, by ${tame(updatedBy ?? '')}`;

type Changed = Pick<SchedulingView, 'updatedAt' | 'updatedBy'>;

interface SchedulingOptions {
  readonly order?: SchedulingRow['order'];
  readonly fairShare?: SchedulingRow['fairShare'];
  readonly classAgeing?: string;
}

async function setScheduling(session: Session, options: SchedulingOptions): Promise<Outcome> {
  const { order, fairShare, classAgeing } = options;
  if ((order ?? fairShare ?? classAgeing) === undefined) {
    return usage('nothing to change is named', 'Write --order, --fair-share or --class-ageing.');
  }
  const given = { params: {}, query: {}, body: { order, fairShare, classAgeing } };
  return ask(session, contract.putScheduling, given, ({ outcome }) =>
    session.terminal.out(`scheduling  ${outcome}\n`),
  );
}

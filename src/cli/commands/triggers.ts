/** `skein triggers`, `skein trigger enable|disable|fire`, `skein event send`, `skein assets`. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { contract } from '../../api/contract.ts';
import { ok, type Result } from '../../base/result.ts';
import type { TriggerView } from '../../model/views/trigger.ts';
import type { Place } from '../client.ts';
import { action, ask, askAll, type Outcome, type Session, type Stage, usage } from '../command.ts';
import type { Failure } from '../exit-codes.ts';
import { agoText, table, tame } from '../format.ts';
import type { Terminal } from '../terminal.ts';

/** Characters of what a trigger waits for: subjects, paths and assets may be long. */
const sourcesMax = 2_000;

export function triggerCommands(program: Command, stage: Stage): void {
  program
    .command('triggers')
    .description('list the event triggers, and the events that wait')
    .option('--dag <dag>', 'only those of this DAG')
    .action(action(stage, list));
  const trigger = program.command('trigger').description('switch an event trigger, or fire it');
  for (const [name, enabled, what] of [
    ['enable', true, 'switch it on again'],
    ['disable', false, 'switch it off: it hears nothing, and what it had kept is dropped'],
  ] as const) {
    trigger
      .command(name)
      .description(what)
      .argument('<dag>', 'the id of the DAG')
      .argument('<trigger>', 'its name in the DAG')
      .action(action(stage, (session, _, args) => switchTo(session, enabled, args)));
  }
  withEvent(trigger.command('fire'))
    .description('start the run that it would start, whatever it waits for')
    .argument('<dag>', 'the id of the DAG')
    .argument('<trigger>', 'its name in the DAG')
    .action(action(stage, fire));
  const event = program.command('event').description('tell of an event by hand');
  withEvent(event.command('send'))
    .description('tell all triggers and tasks that wait for it')
    .option('--subject <subject>', 'as a message on this NATS subject')
    .option('--asset <uri>', 'this asset is up to date')
    .action(action(stage, send));
  program
    .command('assets')
    .description('list the assets: how fresh each is, who produces and who needs it')
    .action(action(stage, assets));
}

interface EventOptions {
  readonly payload?: string;
  readonly key?: string;
}

interface SendOptions extends EventOptions {
  readonly subject?: string;
  readonly asset?: string;
}

const withEvent = (command: Command): Command =>
  command
    .option('--payload <json>', 'what the event says, as JSON (null)')
    .option('--key <key>', 'the same key is the same event');

function list(session: Session, { dag }: { readonly dag?: string }): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) =>
    client.call(contract.listTriggers, { params: {}, query: { ...at, dag } });
  return askAll(session, call, (items) => {
    const rows = items.map((view) => [
      view.dagId,
      view.trigger,
      stateText(terminal, view),
      tame(sourcesText(view), sourcesMax),
      view.kept.length === 0 ? '-' : String(view.kept.length),
      agoText(view.nextTimeAt) || '-',
    ]);
    const headings = ['dag', 'trigger', 'state', 'sources', 'waiting', 'next'];
    terminal.out(table(terminal, headings, rows, 'No DAG has event triggers.'));
  });
}

function stateText(terminal: Terminal, { enabled, paused }: TriggerView): string {
  if (!enabled) return terminal.paint('yellow', 'disabled');
  return paused ? terminal.paint('yellow', 'paused') : 'enabled';
}

function sourcesText({ needs, sources, window }: TriggerView): string {
  const within = window === null ? '' : ` within ${window}`;
  return sources.join(needs === 'all' ? ' and ' : ' or ') + within;
}

function switchTo(
  session: Session,
  enabled: boolean,
  [dagId = '', trigger = '']: readonly string[],
): Promise<Outcome> {
  const endpoint = enabled ? contract.enableTrigger : contract.disableTrigger;
  return ask(session, endpoint, { params: { dagId, trigger }, query: {} }, () =>
    session.terminal.out(`${dagId} ${trigger}  ${enabled ? 'enabled' : 'disabled'}\n`),
  );
}

async function fire(
  session: Session,
  options: EventOptions,
  [dagId = '', trigger = '']: readonly string[],
): Promise<Outcome> {
  const said = saidBy(options);
  return said.ok ? tell(session, { kind: 'trigger', dagId, trigger, ...said.value }) : said;
}

async function send(session: Session, options: SendOptions): Promise<Outcome> {
  const said = saidBy(options);
  if (!said.ok) return said;
  const { subject, asset } = options;
  if ((subject === undefined) === (asset === undefined)) {
    return usage('an event has one source', 'Write either --subject SUBJECT or --asset URI.');
  }
  if (subject !== undefined) return tell(session, { kind: 'subject', subject, ...said.value });
  return tell(session, { kind: 'asset', uri: asset ?? '', ...said.value });
}

type SendBody = z.input<typeof contract.sendEvent.body>;

function tell(session: Session, body: SendBody): Promise<Outcome> {
  const { terminal } = session;
  const input = { params: {}, query: {}, body };
  return ask(session, contract.sendEvent, input, ({ runs, known, filtered }) => {
    for (const run of runs) terminal.out(`${run}\n`);
    const passed = filtered > 0 ? 'no filter let it through' : 'no run was started';
    const none = known > 0 ? 'the event was known already' : passed;
    if (runs.length === 0) terminal.out(`${none}\n`);
  });
}

type Said = Pick<SendBody, 'payload' | 'key'>;

function saidBy({ payload, key }: EventOptions): Result<Said, Failure> {
  const keyed = key === undefined ? {} : { key };
  if (payload === undefined) return ok(keyed);
  try {
    return ok({ ...keyed, payload: JSON.parse(payload) });
  } catch {
    return usage('--payload is not JSON', `Write --payload '{"order": 1}', quoted.`);
  }
}

function assets(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) =>
    client.call(contract.listAssets, { params: {}, query: { ...at, freshness: 'true' } });
  return askAll(session, call, (items) => {
    const rows = items.map(({ uri, producers, consumers, freshness }) => [
      tame(uri, sourcesMax),
      freshness?.state === 'overdue' ? terminal.paint('red', 'overdue') : (freshness?.state ?? '-'),
      freshness?.last == null ? '-' : `${agoText(freshness.last.at)} by ${freshness.last.runId}`,
      producers.map(({ dagId, taskId }) => `${dagId}/${taskId}`).join(', ') || '-',
      consumers.map(({ dagId, trigger }) => `${dagId}/${trigger}`).join(', ') || '-',
    ]);
    const headings = ['asset', 'state', 'made', 'produced by', 'needed by'];
    terminal.out(table(terminal, headings, rows, 'No DAG names an asset.'));
  });
}

/** Answers of `skein why` and `skein queues` as pages of text. */
import { isJsonList, isJsonObject, type JsonObject } from '../../model/json.ts';
import type {
  GateView,
  PlacementView,
  QueuesView,
  QueueView,
  WhyRunView,
  WhyView,
} from '../../model/views/why.ts';
import { agoText, clockText, stateText, table, tame, whenText } from '../format.ts';
import { instanceName } from '../instance-name.ts';
import type { Terminal } from '../terminal.ts';

/** Characters of one sentence. */
const sentenceMax = 600;

/** Instances of one group that are named on its line. */
const namesShown = 6;

export function whyText(terminal: Terminal, why: WhyView): string {
  const name = terminal.paint('bold', instanceName(why));
  const head = `${name} of run ${why.runId}, DAG ${why.dagId}: ${stateText(terminal, why.state)}`;
  const gates = why.gates.map((gate) => gateText(terminal, gate)).join('');
  const summary = why.gates.length === 1 ? '' : `${tame(why.summary, sentenceMax)}\n`;
  const lines = [...placementLines(why.placement), ...etaLines(why)];
  const foot = lines.map((line) => `${terminal.paint('gray', line)}\n`).join('');
  return `${head}\n${summary}${gates}${foot}`;
}

export function whyRunText(terminal: Terminal, why: WhyRunView): string {
  const name = terminal.paint('bold', why.runId);
  const head = `${name}, DAG ${why.dagId}: ${stateText(terminal, why.state)}\n`;
  const groups = why.groups.map(({ gates, count, instances }) => {
    const names = instances.slice(0, namesShown).map(instanceName);
    const left = count - names.length;
    const more = left > 0 ? ` and ${left} more` : '';
    const closed = gates.map((gate) => gateText(terminal, gate)).join('');
    const said = closed === '' ? `  ${mark(terminal)} starts with the next turn\n` : closed;
    return `\n${terminal.paint('bold', `${names.join(', ')}${more}`)}\n${said}`;
  });
  const left = why.leftOut === 0 ? '' : `\n${why.leftOut} more wait; ask for one of them by name\n`;
  return `${head}${tame(why.summary, sentenceMax)}\n${groups.join('')}${left}`;
}

export function queuesText(terminal: Terminal, { queues, leftOut }: QueuesView): string {
  const headings = ['class', 'waiting', 'asks for', 'first', 'since', 'closed by'];
  const rows = queues.map((queue) => [
    queue.priorityClass,
    String(queue.waiting),
    asksText(queue),
    `${instanceName(queue.first)} of ${queue.first.runId}`,
    agoText(queue.since),
    queue.gates.map(({ code }) => code).join(', ') || '-',
  ]);
  const more = leftOut === 0 ? '' : `… ${leftOut} more\n`;
  return `${table(terminal, headings, rows, 'nothing waits for room')}${more}`;
}

const asksText = ({ resources, asks }: QueueView): string =>
  [...Object.entries(resources).map(([name, amount]) => `${name} ${amount}`), ...asks].join(', ');

/** What is closed, what opens it, and for nodes what each one lacks. */
function gateText(terminal: Terminal, { text, code, opens, values }: GateView): string {
  const said = tame(text, sentenceMax);
  const line = `  ${mark(terminal)} ${said}  ${terminal.paint('gray', `(${code})`)}\n`;
  const nodes = nodeLines(values).map((each) => `      ${terminal.paint('gray', each)}\n`);
  const at = opens.at === null ? '' : ` (${whenText(opens.at)})`;
  const command = opens.command === null ? '' : `, or: ${terminal.paint('cyan', opens.command)}`;
  const arrow = terminal.isInteractive ? '→' : 'opens:';
  return `${line}${nodes.join('')}    ${arrow} ${tame(opens.text, sentenceMax)}${at}${command}\n`;
}

/** A cross for people, a dash for files. */
const mark = (terminal: Terminal): string =>
  terminal.isInteractive ? terminal.paint('red', '✗') : '-';

/** The sentence names the best node; here are the others. */
function nodeLines({ nodes }: JsonObject): readonly string[] {
  if (nodes === undefined || !isJsonList(nodes)) return [];
  return nodes.slice(1).flatMap((node) => {
    if (!isJsonObject(node)) return [];
    return [`${String(node.node)}: ${tame(String(node.text), sentenceMax)}`];
  });
}

function placementLines(placement: PlacementView | null): readonly string[] {
  if (placement === null) return [];
  const { attempt, node, at, chosen } = placement;
  const head = `attempt ${attempt} was placed on ${node} at ${clockText(at)}`;
  if (chosen === null) return [head];
  const { nodes, fitting, score, terms, next, backfilled } = chosen;
  const said = Object.entries(terms).filter(([, value]) => value !== 0);
  const termsText = said.map(([name, value]) => `${name} ${value}`).join(', ');
  const nextText = next === null ? 'no other' : `next ${next.node} with ${next.score}`;
  return [
    `${head}: one of ${fitting} that had room, of ${nodes}`,
    `score ${score} (${termsText}), ${nextText}`,
    ...(backfilled ? ['the node was kept for another task, which it does not hold up'] : []),
  ];
}

function etaLines({ eta, noEta }: WhyView): readonly string[] {
  if (eta === null) return noEta === null ? [] : [`no ETA: ${tame(noEta, sentenceMax)}`];
  const { startsAt, startsLateAt, until, assumptions } = eta;
  const late = startsLateAt === null ? `not before ${whenText(until)}` : agoText(startsLateAt);
  const off = `if all takes long: ${late}`;
  const said =
    startsAt === null
      ? `no start is expected before ${whenText(until)}`
      : `expected to start at ${whenText(startsAt)} (${agoText(startsAt)}; ${off})`;
  return [said, ...assumptions.map((each) => `assumed: ${tame(each, sentenceMax)}`)];
}

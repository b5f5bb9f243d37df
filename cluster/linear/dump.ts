/**
 * A partition that is not linearizable, written down: as JSON for programs, and as one page without
 * any assets for people. The page has a row for each client and a bar for each operation, from its
 * call to its return; the order that the search found is numbered, and the operation that fits
 * nowhere is red.
 */
import type { History, Operation } from './history.ts';
import type { Judged } from './judge.ts';
import type { Model } from './model.ts';
import type { Deepest } from './search.ts';

type Describe<Input, Output extends object> = Model<unknown, Input, Output>['describe'];

/** Everything that is known, with stable keys: it can be read back and judged again. */
export const dumpJson = (judged: Judged<unknown, object>): string =>
  `${JSON.stringify(judged, null, 2)}\n`;

/** Lines that say enough to see what is wrong, the operation that fits nowhere first. */
export function dumpText<Input, Output extends object>(
  { key, history, verdict }: Judged<Input, Output>,
  describe: Describe<Input, Output>,
): string {
  if (verdict.status !== 'broken') {
    return `${key}: ${verdict.status} after ${verdict.steps} steps`;
  }
  const { deepest } = verdict;
  const stuck = history[deepest.stuck];
  const before = deepest.order.slice(-linesMax);
  const near = [...history.keys()].filter(
    (at) => at !== deepest.stuck && !deepest.order.includes(at) && overlap(history[at], stuck),
  );
  const line = (mark: string, at: number): string => {
    const operation = history[at];
    if (operation === undefined) return '';
    const { client, input, output, call, return: back } = operation;
    return `  ${mark} ${describe(input, output)} (${client}, ${call} to ${back ?? 'never'})`;
  };
  return [
    `${key}: ${conclusion(history, deepest, describe)}`,
    line('fits nowhere:', deepest.stuck),
    ...before.map((at) => line('placed before:', at)),
    ...near.slice(0, linesMax).map((at) => line('at the same time:', at)),
  ].join('\n');
}

const linesMax = 8;

const endOf = (operation: Operation<unknown, object>): number =>
  operation.return ?? Number.POSITIVE_INFINITY;

const overlap = (
  one: Operation<unknown, object> | undefined,
  other: Operation<unknown, object> | undefined,
): boolean =>
  one !== undefined && other !== undefined && one.call <= endOf(other) && other.call <= endOf(one);

/** Pixels. */
const barHeight = 22;
const rowGap = 8;
const labelWidth = 120;
const barWidthMin = 6;
const chartWidth = 1600;

/** One HTML page; texts of the history are escaped. */
export function dumpHtml<Input, Output extends object>(
  { key, history, verdict }: Judged<Input, Output>,
  describe: Describe<Input, Output>,
): string {
  const deepest = verdict.status === 'broken' ? verdict.deepest : undefined;
  const bars = barsOf(history, deepest, describe);
  const height = 40 + Math.max(0, ...bars.map(({ lane }) => lane + 1)) * (barHeight + rowGap);
  const labels = bars.filter(({ isFirst }) => isFirst).map(drawLabel);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(key)}: ${verdict.status}</title>
<style>${style}</style>
<h1>${escaped(key)}: ${verdict.status}</h1>
<p>${escaped(conclusion(history, deepest, describe))}</p>
<div class="chart"><svg width="${labelWidth + chartWidth + 20}" height="${height}">
${[...labels, ...bars.map(drawBar)].join('\n')}
</svg></div>
<table><tr><th>order</th><th>client</th><th>operation</th><th>call</th><th>return</th></tr>
${rowsOf(history, deepest, describe).join('\n')}
</table></html>
`;
}

const style = `body{font:14px system-ui,sans-serif;margin:24px;color:#1b1f24}
.chart{overflow-x:auto;border:1px solid #d0d7de}svg text{font-size:11px}
rect{fill:#b6d4fe;stroke:#3b6fb6}rect.open{fill:#eceff2;stroke:#8b949e;stroke-dasharray:4}
rect.left{fill:#fff3cd;stroke:#b8860b}rect.stuck{fill:#ffb3b3;stroke:#c00}
table{border-collapse:collapse;margin-top:16px}td,th{padding:2px 12px;text-align:left}
tr.stuck{background:#ffdede}`;

interface Bar {
  readonly lane: number;
  readonly client: string;
  readonly isFirst: boolean;
  readonly x: number;
  readonly width: number;
  readonly kind: 'placed' | 'open' | 'left' | 'stuck';
  readonly text: string;
  readonly title: string;
}

function barsOf<Input, Output extends object>(
  history: History<Input, Output>,
  deepest: Deepest | undefined,
  describe: Describe<Input, Output>,
): readonly Bar[] {
  const times = history.flatMap((operation) => [
    operation.call,
    operation.return ?? operation.call,
  ]);
  const from = least(times);
  const span = Math.max(1e-9, most(times) - from);
  const xOf = (time: number): number => labelWidth + ((time - from) / span) * chartWidth;
  const clients = [...new Set(history.map(({ client }) => client))].sort();
  const rank = rankOf(deepest);
  const started = new Set<string>();
  return history.map((operation, at) => {
    const { client, call, input, output } = operation;
    const isFirst = !started.has(client);
    started.add(client);
    const x = xOf(call);
    const end = operation.return === null ? labelWidth + chartWidth : xOf(operation.return);
    const what = describe(input, output);
    const text = rank.has(at) ? `${rank.get(at)} ${what}` : what;
    const title = `${client}: ${what} [${call}, ${operation.return ?? 'never'}]`;
    const width = Math.max(barWidthMin, end - x);
    const kind = kindOf(operation, at, deepest);
    return { lane: clients.indexOf(client), client, isFirst, x, width, kind, text, title };
  });
}

function kindOf(
  { output }: Operation<unknown, object>,
  at: number,
  deepest: Deepest | undefined,
): Bar['kind'] {
  if (deepest?.stuck === at) return 'stuck';
  if (deepest === undefined || deepest.order.includes(at)) return 'placed';
  return output === null ? 'open' : 'left';
}

/** From 1: the place of each operation in the order that was found. */
const rankOf = (deepest: Deepest | undefined): ReadonlyMap<number, number> =>
  new Map(deepest?.order.map((operation, place) => [operation, place + 1]));

const topOf = (lane: number): number => 20 + lane * (barHeight + rowGap);

const drawLabel = ({ lane, client }: Bar): string =>
  `<text x="4" y="${topOf(lane) + 15}">${escaped(client)}</text>`;

function drawBar({ lane, x, width, kind, text, title }: Bar): string {
  const top = topOf(lane);
  const place = `x="${x.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${barHeight}"`;
  const lettersMax = Math.floor(width / 6);
  const label = text.length > lettersMax ? text.slice(0, lettersMax) : text;
  const words = `<text x="${(x + 3).toFixed(1)}" y="${top + 15}">${escaped(label)}</text>`;
  const tip = `<title>${escaped(title)}</title>`;
  return `<g><rect class="${kind}" ${place}>${tip}</rect>${words}</g>`;
}

function conclusion<Input, Output extends object>(
  history: History<Input, Output>,
  deepest: Deepest | undefined,
  describe: Describe<Input, Output>,
): string {
  const stuck = deepest && history[deepest.stuck];
  if (deepest === undefined || stuck === undefined) return `${history.length} operations`;
  const count = `${deepest.order.length} of ${history.length} operations have an order`;
  const what = `"${describe(stuck.input, stuck.output)}" of ${stuck.client}`;
  return `${count}; behind them the state is "${deepest.state}", and ${what} fits nowhere.`;
}

/** In the order that was found, then what is left, by call. */
function rowsOf<Input, Output extends object>(
  history: History<Input, Output>,
  deepest: Deepest | undefined,
  describe: Describe<Input, Output>,
): readonly string[] {
  const rank = rankOf(deepest);
  const numbers = [...history.keys()].filter((at) => !rank.has(at));
  return [...(deepest?.order ?? []), ...numbers].flatMap((at) => {
    const operation = history[at];
    if (operation === undefined) return [];
    const { client, input, output, call } = operation;
    const what = describe(input, output);
    const cells = [rank.get(at) ?? '', client, what, call, operation.return ?? 'never'];
    const attribute = deepest?.stuck === at ? ' class="stuck"' : '';
    return [
      `<tr${attribute}>${cells.map((cell) => `<td>${escaped(`${cell}`)}</td>`).join('')}</tr>`,
    ];
  });
}

// Histories are longer than what a call takes as arguments.
const least = (times: readonly number[]): number =>
  times.reduce((all, time) => Math.min(all, time), Number.POSITIVE_INFINITY);
const most = (times: readonly number[]): number =>
  times.reduce((all, time) => Math.max(all, time), Number.NEGATIVE_INFINITY);

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);

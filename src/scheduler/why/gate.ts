/** Gates as they are shown, and the words that all of them use. */
import { type WallMs, wallMs } from '../../base/brand.ts';
import { formatDuration, formatSize } from '../../base/duration.ts';
import type { JsonObject } from '../../model/json.ts';
import { milliPerUnit, type Resources } from '../../model/resources.ts';
import { wholeDimensions } from '../../model/views/resources.ts';
import { timeText } from '../../model/views/time.ts';
import {
  type GateCode,
  type GateView,
  gateCodes,
  type OpensView,
  whyLimits,
} from '../../model/views/why.ts';

export const gate = (
  code: GateCode,
  text: string,
  values: JsonObject,
  opens: OpensView,
): GateView => ({ kind: gateCodes[code], code, text, values, opens });

/** It opens when something happens; a person may help it along. */
export const byEvent = (text: string, command: string | null = null): OpensView => ({
  by: 'event',
  text,
  at: null,
  command,
});

export const byPerson = (text: string, command: string | null = null): OpensView => ({
  by: 'person',
  text,
  at: null,
  command,
});

export const byTime = (at: WallMs, now: WallMs): OpensView => ({
  by: 'time',
  text: at > now ? `in ${formatDuration(at - now)}` : 'now',
  at: timeText(at),
  command: null,
});

/** An instant that may be never. */
export const instant = (ms: number): WallMs | null => (Number.isFinite(ms) ? wallMs(ms) : null);

/** `1.5Gi`, `2`, `0.25`: an amount of a dimension as people write it. */
export function amountText(dimension: string, amount: number): string {
  if (dimension === 'memory' || dimension === 'disk') return formatSize(amount);
  return String(wholeDimensions.has(dimension) ? amount : amount / milliPerUnit);
}

/** `cpu 2, memory 8Gi`; `nothing` of an empty one. */
export function resourcesText(amounts: Resources): string {
  const said = Object.entries(amounts).map(
    ([name, amount]) => `${name} ${amountText(name, amount)}`,
  );
  return said.length === 0 ? 'nothing' : said.join(', ');
}

export const countText = (count: number, one: string, many = `${one}s`): string =>
  count === 1 ? `1 ${one}` : `${count} ${many}`;

/** `a, b and 3 more`. */
export function namesText(names: readonly string[], total = names.length): string {
  const shown = names.slice(0, whyLimits.namesShown);
  const left = total - shown.length;
  if (left > 0) return `${shown.join(', ')} and ${left} more`;
  const [last = ''] = shown.slice(-1);
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}

/** `load` of run r-17; `load[3]` where there are several. */
export const instanceText = (at: { readonly taskId: string; readonly mapIndex: number }): string =>
  at.mapIndex > 0 ? `${at.taskId}[${at.mapIndex}]` : at.taskId;

export const ofRunText = (at: {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly runId: string;
}): string => `${instanceText(at)} of run ${at.runId}`;

/** The option that names a namespace, where it is not the usual one. */
export const inNamespace = (namespace: string): string =>
  namespace === 'default' ? '' : ` --namespace ${namespace}`;

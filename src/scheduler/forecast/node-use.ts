/** How busy the nodes are in a forecast: of each, the share of its scarcest resource over time. */
import { forecastLimits, type NodeForecast } from '../../model/forecast.ts';
import type { Forecast } from './forecast.ts';
import { Rest } from './rest.ts';
import type { RunLine, TaskLine } from './timeline.ts';

interface Use {
  attempts: number;
  /** Milliseconds times share, for each slice. */
  readonly busyMs: number[];
}

/**
 * By name; nodes that are alive at the end, and others that had work. `until` cuts the time short;
 * `onlyOf`: attempts of this run alone.
 */
export function* nodeUse(
  { timeline, state, span }: Forecast,
  until: number = span.until,
  onlyOf?: RunLine,
): Generator<undefined, readonly NodeForecast[]> {
  const { from } = span;
  const lengthMs = Math.max(1, until - from);
  const uses = new Map<string, Use>();
  const useOf = (node: NodeForecast['node']): Use => {
    const known = uses.get(node);
    if (known !== undefined) return known;
    const fresh = { attempts: 0, busyMs: new Array<number>(forecastLimits.slices).fill(0) };
    uses.set(node, fresh);
    return fresh;
  };
  const names = new Set([...state.nodes()].filter(isAlive).map(({ nodeId }) => nodeId));
  const add = (line: TaskLine): void => {
    if (line.node === null || line.startsAt === null) return;
    const begin = Math.max(0, line.startsAt - from);
    const end = Math.min(lengthMs, (line.endsAt ?? until) - from);
    if (end <= begin) return;
    names.add(line.node);
    const use = useOf(line.node);
    use.attempts += 1;
    spread(use.busyMs, lengthMs, { begin, end, share: line.share });
  };
  const rest = new Rest();
  for (const run of onlyOf === undefined ? timeline.runs.values() : [onlyOf]) {
    for (const line of run.tasks.values()) {
      add(line);
      if (rest.isDue()) yield;
    }
  }
  const sliceMs = lengthMs / forecastLimits.slices;
  return [...names].sort().map((node) => {
    const { attempts, busyMs } = useOf(node);
    const slices = busyMs.map((ms) => Math.min(1, ms / sliceMs));
    return { node, attempts, use: sum(slices) / slices.length, slices };
  });
}

const isAlive = ({ status }: { readonly status: string }): boolean => status === 'alive';

const sum = (values: readonly number[]): number => values.reduce((left, right) => left + right, 0);

/** Adds a span of time to the slices that it touches. */
function spread(
  busyMs: number[],
  lengthMs: number,
  { begin, end, share }: { readonly begin: number; readonly end: number; readonly share: number },
): void {
  const sliceMs = lengthMs / busyMs.length;
  const last = Math.min(busyMs.length - 1, Math.floor(end / sliceMs));
  for (let slice = Math.floor(begin / sliceMs); slice <= last; slice++) {
    const overlap = Math.min(end, (slice + 1) * sliceMs) - Math.max(begin, slice * sliceMs);
    if (overlap > 0) busyMs[slice] = (busyMs[slice] ?? 0) + overlap * share;
  }
}

/** How long no write was acknowledged around each fault. */
import type { HistoryRecord } from '../history.ts';
import type { Injected } from '../nemesis.ts';

/** What a fault did is looked for until so long after its end. */
const afterNs = 5_000_000_000;

export interface Unavailability {
  readonly n: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export function unavailability(
  records: readonly HistoryRecord[],
  faults: readonly Pick<Injected, 'startNs' | 'endNs'>[],
): Unavailability {
  const acks = records
    .filter(({ op, outcome }) => outcome === 'ok' && (op === 'create' || op === 'write'))
    .flatMap(({ endNs }) => (endNs === null ? [] : [endNs]))
    .sort((a, b) => a - b);
  const gaps = acks.slice(1).map((at, place) => ({ from: acks[place] ?? at, to: at }));
  const worst = faults
    .map(({ startNs, endNs }) => {
      const near = gaps.filter(({ from, to }) => to > startNs && from < endNs + afterNs);
      return Math.max(0, ...near.map(({ from, to }) => (to - from) / 1e6));
    })
    .sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(worst[Math.min(worst.length - 1, Math.floor(worst.length * share))] ?? 0);
  return { n: worst.length, medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

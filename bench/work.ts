/** Work that Skein and its peers are given alike, and what is measured of it. Tasks do nothing. */
import { percentile } from './figures.ts';

export type Work =
  /** `runs` of `width` tasks that wait for nothing; a peer without runs gets all tasks at once. */
  | {
      readonly kind: 'independent';
      readonly runs: number;
      readonly width: number;
      readonly atOnce: number;
    }
  /** Chains, one after the other, with nothing beside them. */
  | { readonly kind: 'chain'; readonly runs: number; readonly length: number }
  /** Chains, `atOnce` of them at a time. */
  | {
      readonly kind: 'chains';
      readonly runs: number;
      readonly length: number;
      readonly atOnce: number;
    }
  /** One task, `width` behind it, one behind all of these; one such run after the other. */
  | { readonly kind: 'fan'; readonly runs: number; readonly width: number }
  /** Replicated writes of `bytes`, `inFlight` of them at a time. */
  | {
      readonly kind: 'puts';
      readonly bytes: number;
      readonly inFlight: number;
      readonly seconds: number;
    };

/** One trial. What the work does not give is null. */
export interface Measured {
  readonly perSecond: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export const atRate = (count: number, tookMs: number): Measured => ({
  ...{ perSecond: (count * 1000) / tookMs, p50Ms: null, p99Ms: null },
});

export const ofTimes = (timesMs: readonly number[]): Measured => ({
  ...{ perSecond: null, p50Ms: percentile(timesMs, 0.5), p99Ms: percentile(timesMs, 0.99) },
});

/** The figure that two who did the same work are compared by. */
export function headline(work: Work, measured: Measured): number {
  const isTime = work.kind === 'chain' || work.kind === 'fan';
  return (isTime ? measured.p50Ms : measured.perSecond) ?? Number.NaN;
}

/** How many times as good the first is. */
export function timesBetter(work: Work, ours: Measured, theirs: Measured): number {
  const [left, right] = [headline(work, ours), headline(work, theirs)];
  return work.kind === 'chain' || work.kind === 'fan' ? right / left : left / right;
}

export const unitOf: Readonly<Record<Work['kind'], string>> = {
  independent: 'tasks/s',
  chain: 'ms per edge',
  chains: 'tasks/s',
  fan: 'ms',
  puts: 'writes/s',
};

export function describeWork(work: Work): string {
  switch (work.kind) {
    case 'independent':
      return `${work.runs * work.width} independent tasks`;
    case 'chain':
      return `chain of ${work.length}, one at a time, ${work.runs} times`;
    case 'chains':
      return `${work.runs} chains of ${work.length}, ${work.atOnce} at once`;
    case 'fan':
      return `1 -> ${work.width} -> 1, one at a time, ${work.runs} times`;
    case 'puts':
      return `writes of ${work.bytes} B, ${work.inFlight} in flight`;
  }
}

/** The same work, smaller: as many of its runs as `share` says, never none. */
export function smaller(work: Work, share: number): Work {
  if (work.kind === 'puts') return work;
  return { ...work, runs: Math.max(1, Math.round(work.runs * share)) };
}

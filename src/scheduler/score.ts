/**
 * The score of a node for a demand that fits on it: the higher, the better. One sum of named terms,
 * so that `why` can say for every placement what spoke for the node. Of what is in use or free only
 * shares of the node's capacity count, dimension by dimension, whatever the units are.
 *
 *   inUse      Whether anything runs there already. Idle nodes stay whole: for tasks that need all
 *              of one, and for being switched off.
 *   dominant   On a node in use, the share of the dimension of which most is taken with the demand
 *              on it: best fit. What is left over elsewhere stays in one piece (dominant shares: A.
 *              Ghodsi et al., "Dominant resource fairness", NSDI 2011).
 *   alignment  How much what is free has the shape of what is asked for: the cosine of the angle
 *              between the two. It keeps tasks without a GPU off nodes with free GPUs, and tasks of
 *              much memory off nodes where cores are left (Tetris: R. Grandl et al.,
 *              "Multi-resource packing for cluster schedulers", SIGCOMM 2014. There it is the dot
 *              product, which prefers empty nodes as well; the cosine leaves size to the other
 *              terms). Of an idle node it is rounded to halves: among idle nodes that will do the
 *              smaller name is begun, and whole nodes of every kind are left for those who need
 *              them.
 *   asked      On an idle node, the part of its dimensions of which anything is asked: an idle
 *              GPU is not begun for a task that has no use for it.
 *   spread     For DAGs that spread their tasks, instead of all but the alignment: 1 less the
 *              dominant share.
 *   near       Whether one of the tasks of `affinity.near` ran last there.
 *   preferred  The share of the labels in `affinity.prefer` that the node has.
 *   avoided    Whether a taint says `avoid`. Counts against the node, and more than all others.
 *
 * Each is between 0 and 1, times its weight. A weight that is larger than the sum of those before
 * it decides before them. Nothing is used but the four operations and square roots, which are the
 * same on every machine.
 */
export const termNames = [
  'inUse',
  'dominant',
  'alignment',
  'asked',
  'spread',
  'near',
  'preferred',
  'avoided',
] as const;

export type TermName = (typeof termNames)[number];

export type Terms = Readonly<Record<TermName, number>>;

/** Measured with `npm run bench -- placement --pods`; see `bench/RESULTS.md`. */
export const weights: Terms = {
  inUse: 4,
  dominant: 1,
  alignment: 2,
  asked: 1,
  spread: 8,
  near: 16,
  preferred: 32,
  avoided: -100,
};

/** The nodes' amounts by dimension, node after node. */
export interface NodeAmounts {
  readonly free: Float64Array;
  /** 1 / capacity; 0 where there is none. */
  readonly unitShare: Float64Array;
}

/** A demand: amounts by dimension, and whether it is to be spread. */
export interface Placing {
  readonly wanted: Float64Array;
  readonly spread: boolean;
}

/** What is not of the room on a node, weighted. */
export type OtherTerms = Pick<Terms, 'near' | 'preferred' | 'avoided'>;

/**
 * Every term in the order of `termNames`, weighted, in whole thousandths, as attempts carry them:
 * of the node whose amounts begin at `at`.
 */
export function termsInThousandths(
  { wanted, spread }: Placing,
  amounts: NodeAmounts,
  node: { readonly at: number; readonly isIdle: boolean },
  { near, preferred, avoided }: OtherTerms,
): readonly number[] {
  measure(wanted, amounts, node.at);
  const [dominant = 0, cosine = 0, asked = 0] = measured;
  const isInUse = !spread && !node.isIdle;
  const begins = !spread && node.isIdle;
  return [
    inThousandths(isInUse ? weights.inUse : 0),
    inThousandths(isInUse ? weights.dominant * dominant : 0),
    inThousandths(weights.alignment * (begins ? inHalves(cosine) : cosine)),
    inThousandths(begins ? weights.asked * asked : 0),
    inThousandths(spread ? weights.spread * (1 - dominant) : 0),
    ...[near, preferred, avoided].map(inThousandths),
  ];
}

/** The sum of the terms of the room on a node, weighted, worked out without making anything. */
export function roomScore(
  { wanted, spread }: Placing,
  amounts: NodeAmounts,
  at: number,
  isIdle: boolean,
): number {
  measure(wanted, amounts, at);
  const dominant = measured[0] ?? 0;
  const cosine = measured[1] ?? 0;
  if (spread) return weights.alignment * cosine + weights.spread * (1 - dominant);
  if (isIdle) return weights.alignment * inHalves(cosine) + weights.asked * (measured[2] ?? 0);
  return weights.inUse + weights.dominant * dominant + weights.alignment * cosine;
}

/** What is known of a node in use before anything is asked of it. */
export interface NodeMeasures {
  /** The share of the dimension of which most is taken. */
  readonly fullest: number;
  /** Of what is free, as a vector of shares. */
  readonly length: number;
}

export function measuresOf(
  { free, unitShare }: NodeAmounts,
  from: number,
  to: number,
): NodeMeasures {
  let fullest = 0;
  let squares = 0;
  for (let at = from; at < to; at++) {
    const share = unitShare[at] ?? 0;
    if (share === 0) continue;
    const left = (free[at] ?? 0) * share;
    if (1 - left > fullest) fullest = 1 - left;
    squares += left * left;
  }
  return { fullest, length: Math.sqrt(squares) };
}

/** The length of what is wanted, as a vector of shares of the node whose amounts begin at `at`. */
export function wantedLength(wanted: Float64Array, unitShare: Float64Array, at: number): number {
  let squares = 0;
  for (let each = 0; each < wanted.length; each++) {
    const want = (wanted[each] ?? 0) * (unitShare[at + each] ?? 0);
    squares += want * want;
  }
  return Math.sqrt(squares);
}

/**
 * `roomScore` of a node in use, of which only those dimensions are looked at of which something is
 * asked: the rest is known. `lengths` is the product of both lengths.
 */
export function scoreInUse(
  { wanted, asks, spread }: Placing & { readonly asks: Int32Array },
  { free, unitShare }: NodeAmounts,
  at: number,
  { fullest, lengths }: { readonly fullest: number; readonly lengths: number },
): number {
  let dominant = fullest;
  let product = 0;
  for (let each = 0; each < asks.length; each++) {
    const dimension = asks[each] ?? 0;
    const share = unitShare[at + dimension] ?? 0;
    const want = (wanted[dimension] ?? 0) * share;
    const left = (free[at + dimension] ?? 0) * share;
    const used = 1 - left + want;
    if (used > dominant) dominant = used;
    product += want * left;
  }
  const cosine = lengths === 0 ? 0 : product / lengths;
  if (spread) return weights.alignment * cosine + weights.spread * (1 - dominant);
  return weights.inUse + weights.dominant * dominant + weights.alignment * cosine;
}

const inHalves = (share: number): number => Math.round(2 * share) / 2;

/** What was measured last: the dominant share, the cosine, the part of dimensions asked for. */
const measured = new Float64Array(3);

function measure(wanted: Float64Array, { free, unitShare }: NodeAmounts, at: number): void {
  let dominant = 0;
  let product = 0;
  let wantedSquares = 0;
  let freeSquares = 0;
  let dimensions = 0;
  let asked = 0;
  for (let each = 0; each < wanted.length; each++) {
    const share = unitShare[at + each] ?? 0;
    if (share === 0) continue;
    const want = (wanted[each] ?? 0) * share;
    const left = (free[at + each] ?? 0) * share;
    const used = 1 - left + want;
    if (used > dominant) dominant = used;
    if (want > 0) asked += 1;
    dimensions += 1;
    product += want * left;
    wantedSquares += want * want;
    freeSquares += left * left;
  }
  const lengths = Math.sqrt(wantedSquares) * Math.sqrt(freeSquares);
  measured[0] = dominant;
  measured[1] = lengths === 0 ? 0 : product / lengths;
  measured[2] = dimensions === 0 ? 0 : asked / dimensions;
}

/** As attempts carry them: whole thousandths. */
export const inThousandths = (value: number): number => Math.round(value * 1000);

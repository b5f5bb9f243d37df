/** What namespaces may use of the cluster, and what they do. */

interface Weighted {
  readonly namespace: string;
  readonly weight: number;
  readonly used: { readonly cpu: number };
}

export interface Share {
  /** Percent of the cluster that the weight gives. */
  readonly fair: number;
  /** Percent of the cluster that is used. */
  readonly uses: number;
}

/** Fair shares by CPU, among the namespaces that there are. */
export function shares(all: readonly Weighted[], capacity: number): ReadonlyMap<string, Share> {
  const weights = all.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(
    all.map(({ namespace, weight, used }) => [
      namespace,
      {
        fair: weights === 0 ? 0 : (weight / weights) * 100,
        uses: capacity === 0 ? 0 : Math.min(100, (used.cpu / capacity) * 100),
      },
    ]),
  );
}

/** What is asked of a what-if, of what somebody has typed. */
import { orderNames } from '../../../../src/model/placing.ts';

export interface Typed {
  readonly addNodes: number;
  readonly removeNodes: readonly string[];
  /** Each `name=value`. */
  readonly pools: readonly string[];
  readonly weights: readonly string[];
  readonly crons: readonly string[];
  readonly order: string | null;
  readonly horizon: string;
}

export const nothingTyped: Typed = {
  ...{ addNodes: 0, removeNodes: [], pools: [], weights: [], crons: [], order: null, horizon: '' },
};

/** The first text that is no pair, or has no number where one belongs; undefined: all are well. */
export const wrongPair = ({ pools, weights, crons }: Typed): string | undefined =>
  crons.find((text) => pairOf(text) === undefined) ?? [...pools, ...weights].find(isNoNumber);

function pairOf(text: string): readonly [string, string] | undefined {
  const at = text.indexOf('=');
  const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at <= 0 || name === '' || value === '' ? undefined : [name, value];
}

const isNoNumber = (text: string): boolean => !Number.isFinite(Number(pairOf(text)?.[1] ?? '?'));

function texts(pairs: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of pairs) {
    const [name, value] = pairOf(text) ?? [];
    if (name !== undefined && value !== undefined) found[name] = value;
  }
  return found;
}

const numbers = (pairs: readonly string[]): Record<string, number> =>
  Object.fromEntries(Object.entries(texts(pairs)).map(([name, text]) => [name, Number(text)]));

/** Undefined: nothing would be different. */
export function whatIfBody({
  addNodes,
  removeNodes,
  pools,
  weights,
  crons,
  order,
  horizon,
}: Typed) {
  const named = orderNames.find((name) => name === order);
  const changes = {
    ...(addNodes > 0 && { addNodes }),
    ...(removeNodes.length > 0 && { removeNodes: [...removeNodes] }),
    ...(pools.length > 0 && { pools: numbers(pools) }),
    ...(weights.length > 0 && { namespaceWeights: numbers(weights) }),
    ...(crons.length > 0 && { crons: texts(crons) }),
    ...(named !== undefined && { order: named }),
  };
  if (Object.keys(changes).length === 0) return undefined;
  return { ...changes, ...(horizon.trim() !== '' && { horizon: horizon.trim() }) };
}

/** A DAG as its users see it: which version is current, and whether it is paused. */
import { unreachable } from '../../src/base/assert.ts';
import type { Model } from './model.ts';

export type DagInput =
  | { readonly kind: 'apply'; readonly versionId: string }
  | { readonly kind: 'pause'; readonly paused: boolean }
  | { readonly kind: 'delete' }
  | { readonly kind: 'get' };

export type DagOutput =
  | { readonly kind: 'applied'; readonly outcome: 'created' | 'changed' | 'unchanged' }
  /** The DAG was paused, unpaused or deleted, or was so already. */
  | { readonly kind: 'done' }
  | { readonly kind: 'dag'; readonly versionId: string; readonly paused: boolean }
  /** There is no such DAG. */
  | { readonly kind: 'missing' };

/** Null: there is none. */
export type DagState = { readonly versionId: string; readonly paused: boolean } | null;

export const dagModel: Model<DagState, DagInput, DagOutput> = {
  initial: null,
  step,
  keyOf: (state) =>
    state === null ? 'missing' : `${state.versionId} ${state.paused ? 'paused' : 'active'}`,
  readsOnly: ({ kind }) => kind === 'get',
  describe,
};

function step(state: DagState, input: DagInput, output: DagOutput | null): DagState | undefined {
  if (output?.kind === 'missing')
    return state === null && input.kind !== 'apply' ? null : undefined;
  switch (input.kind) {
    case 'apply':
      return applied(state, input.versionId, output);
    case 'pause':
      if (state === null || (output !== null && output.kind !== 'done')) return undefined;
      return { ...state, paused: input.paused };
    case 'delete':
      if (state === null || (output !== null && output.kind !== 'done')) return undefined;
      return null;
    case 'get':
      return showsState(state, output) ? state : undefined;
    default:
      return unreachable(input);
  }
}

function applied(
  state: DagState,
  versionId: string,
  output: DagOutput | null,
): DagState | undefined {
  const same = state?.versionId === versionId ? 'unchanged' : 'changed';
  const outcome = state === null ? 'created' : same;
  if (output !== null && (output.kind !== 'applied' || output.outcome !== outcome))
    return undefined;
  return { versionId, paused: state?.paused ?? false };
}

const showsState = (state: DagState, output: DagOutput | null): boolean =>
  output?.kind === 'dag' && output.versionId === state?.versionId && output.paused === state.paused;

function describe(input: DagInput, output: DagOutput | null): string {
  const asked =
    input.kind === 'apply'
      ? `apply ${input.versionId}`
      : input.kind === 'pause'
        ? `pause ${input.paused}`
        : input.kind;
  if (output === null) return `${asked}: ?`;
  if (output.kind === 'applied') return `${asked}: ${output.outcome}`;
  return `${asked}: ${output.kind === 'dag' ? dagModel.keyOf(output) : output.kind}`;
}

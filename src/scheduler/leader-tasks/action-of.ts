import type { LeaderAction } from '../../model/dag.ts';

/** One kind of what the leader does by itself. */
export type ActionOf<K extends LeaderAction['kind']> = Extract<LeaderAction, { readonly kind: K }>;

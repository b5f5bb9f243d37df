/** A pool: slots with a name, shared by the tasks of a namespace that ask for them (L154). */
import type { Namespace, WallMs } from '../base/brand.ts';

export interface PoolRow {
  readonly namespace: Namespace;
  readonly name: string;
  readonly slots: number;
  readonly description: string;
  readonly updatedAt: WallMs;
  readonly updatedBy: string;
}

/** Why a task can never start as its pool is now, as a sentence for people; null: it can. */
export function poolFlaw(
  asked: { readonly pool: string; readonly slots: number },
  slots: number | undefined,
): string | null {
  const { pool } = asked;
  if (slots === undefined) return `there is no pool "${pool}"`;
  if (asked.slots <= slots) return null;
  return `it asks for ${asked.slots} slots of pool "${pool}", which has ${slots}`;
}

/**
 * Maps: how many instances tasks have is known only at run time. A map is a list; its members are
 * one mapped task, or the tasks of a mapped group, in which every item flows on alone.
 */
import type { Namespace, RunId, TaskId } from '../base/brand.ts';
import type { TriggerRule } from './trigger-rule.ts';

export interface MapSpec {
  /**
   * Expressions that give lists. One of the name `item`: its elements are the items. Otherwise the
   * product of the lists: items are objects with these names as keys, the last one changing first.
   */
  readonly over: Readonly<Record<string, string>>;
  /** Instead of lists, and then `over` is empty. Its one member is the spread task. */
  readonly spread?: SpreadSpec;
  readonly members: readonly TaskId[];
  /** What must have ended before the lists are known. */
  readonly dependsOn: readonly TaskId[];
  readonly triggerRule: TriggerRule;
  /** Items that are under way at a time; null: all of them. */
  readonly activeMax: number | null;
}

/** One instance for each node that can take it, pinned to that node; or so many shards. */
export type SpreadSpec =
  | { readonly kind: 'broadcast' }
  | { readonly kind: 'shards'; readonly count: number };

/** Items of one map. */
export const mapItemsMax = 10_000;
/** All items of a map as JSON text, in characters. */
export const mapCharactersMax = 512 * 1024;

/** A map of a run whose lists are known. There is no row before, and none when it was closed. */
export interface ExpansionRow {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly mapId: string;
  /** 0: there was nothing to map over; its members have one instance, which is skipped. */
  readonly size: number;
  /** A JSON array of `size` items. */
  readonly items: string;
}

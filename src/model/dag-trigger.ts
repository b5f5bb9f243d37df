/**
 * Event triggers: what starts a run besides the clock and people. A trigger is one source, or a
 * combination of sources with a window.
 */
import type { DagId, Namespace, WallMs } from '../base/brand.ts';
import type { Json } from './json.ts';

export type EventSource =
  /** `POST /api/v1/hooks/{namespace}/{dag}/{name}`. */
  | {
      readonly kind: 'webhook';
      /** SHA-256 of the secret, as hex; null: none is asked for. */
      readonly secretDigest: string | null;
      readonly filter: string | null;
    }
  /** A NATS subject; `*` and `>` as NATS reads them. */
  | { readonly kind: 'subject'; readonly subject: string; readonly filter: string | null }
  /** A file that appears or changes on a node which has this label set; absolute, may hold `*`. */
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly labels: Readonly<Record<string, string>>;
    }
  /** A run of another DAG ends. */
  | {
      readonly kind: 'dag';
      readonly dagId: DagId;
      readonly states: readonly ('success' | 'failed' | 'cancelled')[];
    }
  | { readonly kind: 'asset'; readonly uri: string }
  /** The clock as a part of a combination: due instants of a cron expression. */
  | { readonly kind: 'time'; readonly cron: string; readonly timezone: string };

export interface EventTrigger {
  /** Unique in its DAG: given, or made from its place: `trigger-1`. */
  readonly name: string;
  /** `all`: every source must have come within the window; `any`: one is enough. */
  readonly needs: 'all' | 'any';
  readonly sources: readonly EventSource[];
  /** Events older than this do not count towards `all`; null: they stay until used. */
  readonly windowMs: number | null;
  /** Values may be templates over `trigger`. */
  readonly params: Readonly<Record<string, Json>>;
  /** What becomes of an event that comes while the DAG is paused. */
  readonly whilePaused: 'keep' | 'drop';
}

/** What a trigger remembers of events that have not started a run yet; one row per DAG. */
export interface TriggerRow {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  /** Names of triggers that a person has switched off. */
  readonly disabled: readonly string[];
  /** Oldest first; at most `eventsKept`. */
  readonly events: readonly KeptEvent[];
  /** Keys of events that were taken up lately: each of them counts once. */
  readonly seen: readonly string[];
  /** Up to where `time` sources have been looked at. */
  readonly doneUntil: WallMs;
}

export interface KeptEvent {
  readonly trigger: string;
  /** Place of the source in its trigger. */
  readonly source: number;
  readonly key: string;
  readonly at: WallMs;
  /** JSON text, at most 16 KiB. */
  readonly payload: string;
}

/** Something happened outside; whoever saw it tells the leader, perhaps several times. */
export interface OutsideEvent {
  readonly source:
    | {
        readonly kind: 'webhook';
        readonly namespace: Namespace;
        readonly dagId: DagId;
        readonly trigger: string;
      }
    | { readonly kind: 'subject'; readonly subject: string }
    | { readonly kind: 'file'; readonly path: string; readonly node: string }
    | { readonly kind: 'asset'; readonly namespace: Namespace; readonly uri: string }
    /** By hand, or again from a dead letter: the trigger starts a run, whatever it waits for. */
    | {
        readonly kind: 'trigger';
        readonly namespace: Namespace;
        readonly dagId: DagId;
        readonly trigger: string;
      };
  /** The same event has the same key, whoever tells it. */
  readonly key: string;
  readonly payload: string;
}

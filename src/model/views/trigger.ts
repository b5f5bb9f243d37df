/** Event triggers and assets as people see them. */
import { formatDuration } from '../../base/duration.ts';
import type { DagRow, VersionRow } from '../dag.ts';
import type { EventSource, EventTrigger, TriggerRow } from '../dag-trigger.ts';
import { nextInstant, timesDoneUntil } from '../trigger-time.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface TriggerView {
  readonly dagId: string;
  readonly namespace: string;
  readonly trigger: string;
  readonly needs: 'all' | 'any';
  /** One text per source: `subject orders.*`, `file /in/*.csv`, `asset s3://raw`. */
  readonly sources: readonly string[];
  /** How long an event counts towards `all`: `1h`; null: until it is used. */
  readonly window: string | null;
  readonly whilePaused: 'keep' | 'drop';
  readonly enabled: boolean;
  /** The DAG is paused. */
  readonly paused: boolean;
  /** Events that wait: for other sources, or for the DAG to go on. Oldest first. */
  readonly kept: readonly KeptEventView[];
  /** When the clock is due as a source; null without a time source. */
  readonly nextTimeAt: string | null;
}

export interface KeptEventView {
  /** The place of its source in `sources`, from 0. */
  readonly source: number;
  readonly key: string;
  readonly at: string;
}

export interface TriggerRows {
  readonly dag: DagRow;
  readonly version: VersionRow;
  /** Absent until an event has come. */
  readonly trigger?: TriggerRow | undefined;
}

export interface OneTrigger {
  readonly rows: TriggerRows;
  readonly trigger: EventTrigger;
}

/** The triggers of a DAG, in the order of its definition. */
export const triggersOf = (rows: TriggerRows): readonly OneTrigger[] =>
  (rows.version.spec.triggers ?? []).map((trigger) => ({ rows, trigger }));

export function triggerView({ rows, trigger }: OneTrigger): TriggerView {
  const { dag, version, trigger: row } = rows;
  const after = timesDoneUntil(dag, version, row);
  return {
    dagId: dag.dagId,
    namespace: dag.namespace,
    trigger: trigger.name,
    needs: trigger.needs,
    sources: trigger.sources.map(sourceText),
    window: trigger.windowMs === null ? null : formatDuration(trigger.windowMs),
    whilePaused: trigger.whilePaused,
    enabled: row?.disabled.includes(trigger.name) !== true,
    paused: dag.paused,
    kept: keptBy(trigger, row),
    nextTimeAt: timeTextOrNull(nextInstant([trigger], dag.dagId, after) ?? null),
  };
}

const keptBy = (trigger: EventTrigger, row: TriggerRow | undefined): readonly KeptEventView[] =>
  (row?.events ?? [])
    .filter((event) => event.trigger === trigger.name)
    .map(({ source, key, at }) => ({ source, key, at: timeText(at) }));

export function sourceText(source: EventSource): string {
  switch (source.kind) {
    case 'webhook':
      return source.secretDigest === null ? 'webhook (no secret)' : 'webhook';
    case 'subject':
      return `subject ${source.subject}`;
    case 'file': {
      const labels = Object.entries(source.labels).map(([name, value]) => `${name}=${value}`);
      return `file ${source.path}${labels.length === 0 ? '' : ` on ${labels.join(', ')}`}`;
    }
    case 'dag':
      return `dag ${source.dagId} ${source.states.join(' or ')}`;
    case 'asset':
      return `asset ${source.uri}`;
    case 'time':
      return `time ${source.cron}${source.timezone === 'UTC' ? '' : ` ${source.timezone}`}`;
  }
}

export interface AssetView {
  /** As the definition says it: a template where a task's name for it is one. */
  readonly uri: string;
  readonly producers: readonly { readonly dagId: string; readonly taskId: string }[];
  readonly consumers: readonly { readonly dagId: string; readonly trigger: string }[];
}

/** Who produces and who needs which asset, by its name. */
export function assetViews(dags: readonly Pick<TriggerRows, 'version'>[]): readonly AssetView[] {
  const assets = new Map<string, { producers: Producer[]; consumers: Consumer[] }>();
  const at = (uri: string) => {
    const known = assets.get(uri) ?? { producers: [], consumers: [] };
    assets.set(uri, known);
    return known;
  };
  for (const { version } of dags) {
    const { dagId, spec } = version;
    for (const [taskId, task] of Object.entries(spec.tasks)) {
      for (const uri of task.produces ?? []) at(uri).producers.push({ dagId, taskId });
    }
    for (const { name, sources } of spec.triggers ?? []) {
      for (const source of sources) {
        if (source.kind === 'asset') at(source.uri).consumers.push({ dagId, trigger: name });
      }
    }
  }
  return [...assets]
    .map(([uri, sides]) => ({ uri, ...sides }))
    .sort((left, right) => (left.uri < right.uri ? -1 : 1));
}

type Producer = AssetView['producers'][number];
type Consumer = AssetView['consumers'][number];

/** DAGs and their versions as people see them. */

import type { WallMs } from '../../base/brand.ts';
import { formatDuration } from '../../base/duration.ts';
import type { DagRow, DagSpec, ScheduleSpec, VersionRow } from '../dag.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface DagView {
  readonly dagId: string;
  readonly namespace: string;
  readonly versionId: string;
  readonly paused: boolean;
  readonly description: string;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  /** One text each: `0 3 * * * Asia/Shanghai`, `every 15m00s`, `5m00s after the end`, `@once`. */
  readonly schedules: readonly string[];
  readonly nextFireAt: string | null;
  readonly activeRuns: number;
  readonly tasks: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface DagDetailView extends DagView {
  /** The content of the version that new runs take, every default written out. */
  readonly spec: DagSpec;
}

export interface VersionView {
  readonly versionId: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly tasks: number;
  /** Whether new runs take it. */
  readonly current: boolean;
}

/** A DAG with what is known about it. */
export interface DagRows {
  readonly dag: DagRow;
  readonly version: VersionRow;
  readonly nextFireAt: WallMs | null;
  readonly activeRuns: number;
}

export function dagView({ dag, version, nextFireAt, activeRuns }: DagRows): DagView {
  const { spec } = version;
  return {
    dagId: dag.dagId,
    namespace: dag.namespace,
    versionId: dag.versionId,
    paused: dag.paused,
    description: spec.description,
    owners: spec.owners,
    tags: spec.tags,
    schedules: spec.schedules.map(scheduleText),
    nextFireAt: timeTextOrNull(nextFireAt),
    activeRuns,
    tasks: Object.keys(spec.tasks).length,
    createdAt: timeText(dag.createdAt),
    updatedAt: timeText(dag.updatedAt),
  };
}

export const dagDetailView = (rows: DagRows): DagDetailView => ({
  ...dagView(rows),
  spec: rows.version.spec,
});

export const versionView = (version: VersionRow, current: boolean): VersionView => ({
  versionId: version.versionId,
  createdAt: timeText(version.createdAt),
  createdBy: version.createdBy,
  tasks: Object.keys(version.spec.tasks).length,
  current,
});

export function scheduleText(schedule: ScheduleSpec): string {
  switch (schedule.kind) {
    case 'once':
      return '@once';
    case 'after':
      return `${formatDuration(schedule.afterMs)} after the end`;
    case 'every':
      return `every ${formatDuration(schedule.everyMs)}`;
    case 'cron': {
      const zone = schedule.timezone === 'UTC' ? '' : ` ${schedule.timezone}`;
      return schedule.expression + zone;
    }
  }
}

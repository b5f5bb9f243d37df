/** Lines of a timeline as the answers of forecasts carry them. */
import type { Behind, InstanceName, RunForecast, TaskForecast } from '../../model/forecast.ts';
import type { BehindLine, RunLine, TaskLine } from './timeline.ts';

export const shownRun = ({ row, startsAt, endsAt }: RunLine): RunForecast => {
  const { namespace, runId, dagId } = row;
  return { namespace, runId, dagId, startsAt, endsAt };
};

export function shownTask(line: TaskLine): TaskForecast {
  const { startsAt, endsAt, node, readyAt } = line;
  const { dagId } = line.run.row;
  return {
    ...nameOf(line),
    dagId,
    startsAt,
    endsAt,
    node,
    readyAt,
    behind: shownBehind(line.behind),
  };
}

export function shownBehind(behind: BehindLine | null): Behind | null {
  if (behind === null || !('of' in behind)) return behind;
  return { ...behind, of: nameOf(behind.of) };
}

const nameOf = ({ run, taskId, mapIndex }: TaskLine): InstanceName => {
  const { namespace, runId } = run.row;
  return { namespace, runId, taskId, mapIndex };
};

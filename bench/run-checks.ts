/** What ended runs must show, whatever happened meanwhile, and what can be measured on them. */
import type { RunDetail, TaskDetail } from '../cluster/api.ts';

type Attempt = TaskDetail['attempts'][number];

const successes = ({ attempts }: TaskDetail): readonly Attempt[] =>
  attempts.filter(({ state }) => state === 'success');

/**
 * Each task is recorded once as success, by an attempt that did start, and no token was started
 * twice. `starts` are lines `run task attempt token`. Returns sentences about what is wrong.
 */
export function checkRuns(runs: readonly RunDetail[], starts: readonly string[]): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const line of starts) {
    const [run, task, , token] = line.split(' ');
    const key = `${run} ${task} ${token}`;
    if (seen.has(key)) faults.push(`token started twice: ${line}`);
    seen.add(key);
  }
  for (const run of runs) {
    if (run.state !== 'success') faults.push(`run ${run.runId} is ${run.state}`);
    for (const task of run.tasks) {
      const name = `${run.runId} ${task.taskId}`;
      const [success, ...more] = successes(task);
      if (task.state !== 'success') faults.push(`${name} is ${task.state}`);
      if (success === undefined || more.length > 0) {
        faults.push(`${name} has ${more.length + Number(success !== undefined)} successes`);
      } else if (!seen.has(`${name} ${success.token}`)) {
        faults.push(`${name}: the attempt that succeeded was never started`);
      }
    }
  }
  return faults;
}

/** For every task with parents: end of the last parent to its start, in milliseconds. */
export function edgeLatenciesMs(runs: readonly RunDetail[]): readonly number[] {
  return runs.flatMap(({ tasks }) => {
    const byId = new Map(tasks.map((task) => [task.taskId, task]));
    return tasks.flatMap((task) => {
      const started = successes(task)[0]?.startedAt ?? null;
      const parents = task.dependsOn.flatMap((id) => {
        const parent = byId.get(id);
        return parent === undefined ? [] : successes(parent);
      });
      if (parents.length === 0 || started === null) return [];
      const ready = Math.max(...parents.map(({ endedAt }) => Date.parse(endedAt ?? '')));
      return [Date.parse(started) - ready];
    });
  });
}

/** For every attempt that succeeded: assigned to started, in milliseconds. */
export const queueDelaysMs = (runs: readonly RunDetail[]): readonly number[] =>
  runs.flatMap(({ tasks }) =>
    tasks.flatMap(successes).flatMap(({ assignedAt, startedAt }) => {
      return startedAt === null ? [] : [Date.parse(startedAt) - Date.parse(assignedAt)];
    }),
  );

/**
 * What a task that waited for a run gets as its output: `{"runId", "state", "outputs": {<task>:
 * <output>}}` with the outputs of the run's last tasks (of a mapped one a list), or without them
 * where they are too many.
 */
import type { TaskId } from '../base/brand.ts';
import type { EndedRun } from '../model/ended-run.ts';
import { type Json, parseJson } from '../model/json.ts';
import { outputBytesMax } from '../model/output.ts';
import type { Plan } from './plan.ts';

export function outputOfRun(plan: Plan, { run, outputs }: EndedRun): Json {
  const { runId, status: state } = run;
  const last = new Set(
    plan.shape.decisive.filter((id) => plan.shape.tasks.get(id)?.teardown === null),
  );
  const texts = outputs.filter(({ taskId }) => last.has(taskId));
  // Quotes and names come on top; the text as a whole is measured below.
  const size = texts.reduce((sum, { json }) => sum + json.length, 0);
  if (size > outputBytesMax) return { runId, state };
  const values = new Map<TaskId, Json[]>();
  for (const { taskId, mapIndex, json } of texts) {
    const parsed = parseJson(json);
    const list = values.get(taskId) ?? [];
    list[mapIndex] = parsed.ok ? parsed.value : null;
    values.set(taskId, list);
  }
  const seen = [...values].map(([id, list]) => {
    const isMapped = plan.shape.tasks.get(id)?.mapId != null;
    return [id, isMapped ? Array.from(list, (value) => value ?? null) : (list[0] ?? null)];
  });
  const output: Json = { runId, state, outputs: Object.fromEntries(seen) };
  const bytes = new TextEncoder().encode(JSON.stringify(output)).length;
  return bytes > outputBytesMax ? { runId, state } : output;
}

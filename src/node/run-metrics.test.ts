import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { runFact } from '../model/fact.ts';
import { Decider } from '../scheduler/testing/decider.ts';
import {
  asks,
  dagFacts,
  nodes,
  queuedRun,
  rerun,
  spec,
  start,
  task,
} from '../scheduler/testing/rows.ts';
import { RunMetrics } from './run-metrics.ts';

it('metrics: what comes back with a run that is taken up is not counted again', async () => {
  const content = spec({ a: task(), b: task() });
  const run = queuedRun('r1', { name: 'd', content });
  const story = new Decider(
    ...dagFacts('d', content),
    runFact({ ...run, status: 'running', startedAt: start }),
    ...nodes('n1'),
  );
  const registry = new Registry();
  const metrics = new RunMetrics(registry, () => story.state);
  const counted = ({ turn }: ReturnType<Decider['when']>) => {
    metrics.committed({ applied: turn.applied } as never);
    return turn.applied.at(-1)?.ended ?? null;
  };
  counted(story.assign());
  counted(story.when(story.ends('a')));
  const ended = counted(story.when(story.ends('b', 'failed')));
  counted(story.when(asks(rerun('r1', { failedOnly: true }), { ended })));
  counted(story.assign());
  counted(story.when(story.ends('b')));
  const text = await registry.metrics();
  expect(text).toContain('task_runs_total{dag_id="d",task_id="a",state="success"} 1');
  expect(text).toContain('task_runs_total{dag_id="d",task_id="b",state="failed"} 1');
  expect(text).toContain('task_runs_total{dag_id="d",task_id="b",state="success"} 1');
  expect(text).toContain('task_duration_seconds_count{dag_id="d",task_id="a"} 1');
});

/** A cluster with a little of everything on it, and the addresses where it can be seen. */
import { ended, type Story } from '../stories/story-cluster.ts';

const warehouse = `
id: warehouse
description: Nightly load, with <b>markup</b> in its text
owner: data-team
tags: [dwh, nightly]
schedule: "0 3 * * *"
params:
  day: { type: string, default: "2026-01-31" }
tasks:
  extract: { type: shell, command: "echo extracted; sleep 0.4" }
  clean: { type: shell, command: "echo cleaned; sleep 0.3", dependsOn: [extract] }
  check: { type: shell, command: "echo checked; sleep 0.2", dependsOn: [extract] }
  load: { type: shell, command: "echo loaded; sleep 0.3", dependsOn: [clean, check] }
  report: { type: noop, dependsOn: [load] }
`;

const flaky = `
id: flaky
description: Fails, and says why
tasks:
  try: { type: shell, command: "echo out of luck >&2; exit 3" }
  after: { type: noop, dependsOn: [try] }
`;

const gated = `
id: gated
description: Waits for a person
tasks:
  ask: { type: approval, message: "Release it?" }
  release: { type: noop, dependsOn: [ask] }
`;

/** Names of screens and their addresses. */
export async function stage(story: Story): Promise<Readonly<Record<string, string>>> {
  await story.apply('warehouse', warehouse);
  await story.apply('flaky', flaky);
  await story.apply('gated', gated);
  const { runId } = await story.run('warehouse');
  await story.run('warehouse', { day: '2026-02-01' });
  await story.run('flaky');
  await story.cluster.ask((api) => api.startRun('gated'));
  await ended(story.cluster, runId);
  return {
    overview: '/',
    dags: '/dags',
    'dag-grid': '/dags/warehouse?tab=grid',
    'dag-graph': '/dags/warehouse?tab=graph',
    'dag-versions': '/dags/warehouse?tab=versions',
    'dag-schedule': '/dags/warehouse?tab=schedule',
    'dag-calendar': '/dags/warehouse?tab=calendar',
    'dag-durations': '/dags/warehouse?tab=durations',
    'dag-failures': '/dags/flaky?tab=failures',
    'run-form': '/dags/warehouse/run',
    runs: '/runs',
    'run-graph': `/runs/${runId}?tab=graph`,
    'run-timeline': `/runs/${runId}?tab=timeline`,
    'run-events': `/runs/${runId}?tab=events`,
    'run-logs': `/runs/${runId}?tab=logs&task=extract`,
    editor: '/editor?dag=warehouse',
    nodes: '/cluster',
    packing: '/cluster?tab=packing',
    queues: '/queues',
    approvals: '/approvals',
    letters: '/letters',
    backfills: '/backfills',
    triggers: '/triggers',
    assets: '/triggers?tab=assets',
    connections: '/connections',
    variables: '/variables',
  };
}

import { expect, test } from 'vitest';
import { runId, taskId, wallMs } from '../../src/base/brand.ts';
import { taskFact } from '../../src/model/fact.ts';
import { applyDag, here, spec, startRun, task } from '../../src/scheduler/testing/rows.ts';
import { fakeTask } from '../http/fake-task.ts';
import { serve, skein } from './kit.ts';

const mebi = 2 ** 20;

/** Twelve runs of a DAG; each task took 310 MiB and half a core for ten seconds. */
async function story() {
  const { server, service } = await serve();
  const tasks = {
    load: task({ resources: { memory: 4096 * mebi, cpu: 500, slots: 1 } }),
    idle: task({}),
  };
  const said = { requestId: null, by: 'test' };
  await service.submit({ ...said, command: applyDag('etl', spec(tasks)) });
  await service.submit({ ...said, command: applyDag('other', spec({ a: task({}) })) });
  for (let run = 1; run <= 12; run++) {
    await service.submit({ ...said, command: startRun('etl', `r${run}`) });
    const at = wallMs(Date.UTC(2026, 0, 1));
    const id = { namespace: here, runId: runId(`r${run}`), taskId: taskId('load') };
    const row = fakeTask({ ...id, status: 'success', at, token: run });
    const usage = { memoryBytesMax: 310 * mebi, cpuMs: 4_800 };
    const attempts = row.attempts.map((it) => ({ ...it, endedAt: wallMs(at + 10_000), usage }));
    service.commit('given', [taskFact({ ...row, attempts })]);
  }
  return { server, env: { SKEIN_SERVER: server.url } };
}

test('cli: hints show what a task asks for beside what it took', async () => {
  const { env, server } = await story();
  const { code, out } = await skein(['hints', 'etl'], { env });
  expect(code).toBe(0);
  expect(out).toBe(
    [
      'the last 12 runs, 12 attempts',
      'TASK          ASKS  LIMIT  P50    P95    MAX    SEEN  SUGGESTED',
      'load  memory  4Gi   -      310Mi  310Mi  310Mi  12    384Mi',
      '      cpu     0.5   -      0.48   0.48   0.48   12    0.5',
      '',
      'load  asks for 4Gi, has used at most 310Mi of memory in 12 attempts: 384Mi would do',
      '',
    ].join('\n'),
  );
  const few = await fetch(`${server.url}/api/v1/dags/etl/hints?runs=5`);
  const reply = await few.json();
  expect(reply).toMatchObject({
    ...{ dagId: 'etl', runs: 5, attempts: 5 },
    tasks: [{ taskId: 'load', memory: { samples: 5, suggested: null }, advice: [] }],
  });
});

test('cli: hints of all DAGs are the advice alone', async () => {
  const { env } = await story();
  const { code, out } = await skein(['hints'], { env });
  expect([code, out]).toEqual([
    0,
    'etl.load  asks for 4Gi, has used at most 310Mi of memory in 12 attempts: 384Mi would do\n',
  ]);
  const none = await skein(['hints', 'other'], { env });
  expect(none.out).toBe('the last 0 runs, 0 attempts\nnothing was measured\n');
  expect((await skein(['hints', 'nobody'], { env })).err).toContain('DAG_NOT_FOUND');
  const raw = await skein(['hints', '--json'], { env });
  expect(JSON.parse(raw.out)).toHaveLength(2);
});

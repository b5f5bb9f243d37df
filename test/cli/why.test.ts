import { expect, test } from 'vitest';
import { dagId, runId } from '../../src/base/brand.ts';
import { nodeFact, poolFact } from '../../src/model/fact.ts';
import {
  applyDag,
  here,
  node,
  spec,
  start,
  startRun,
  task,
} from '../../src/scheduler/testing/rows.ts';
import { serve, skein } from './kit.ts';

async function story() {
  const { server, service } = await serve();
  const tasks = {
    fetch: task({ pool: 'mysql', poolSlots: 3 }),
    store: task({ dependsOn: [], resources: { memory: 8 * 2 ** 30 } }),
  };
  const said = { requestId: null, by: 'test' };
  await service.submit({ ...said, command: applyDag('load', spec(tasks)) });
  await service.submit({ ...said, command: startRun('load', 'r1') });
  const row = { description: '', updatedAt: start, updatedBy: 'test' };
  const pool = poolFact({ namespace: here, name: 'mysql', slots: 2, ...row });
  const hosts = ['n1', 'n2'].map((name, place) =>
    nodeFact(node(name, { capacity: { slots: 8, memory: (place + 1) * 2 ** 30 } })),
  );
  service.commit('given', [pool, ...hosts]);
  return { service, env: { SKEIN_SERVER: server.url } };
}

test('cli: why names the gates of a task, and the command that opens them', async () => {
  const { env } = await story();
  const { code, out } = await skein(['why', 'r1', 'fetch', '--no-eta'], { env });
  expect(code).toBe(0);
  expect(out).toBe(
    [
      'fetch of run r1, DAG load: scheduled',
      '  - it asks for 3 slots of pool mysql, which has 2  (POOL_TOO_SMALL)',
      '    opens: make the pool larger, or: skein pool set mysql --slots 3',
      'no ETA: none was asked for',
      '',
    ].join('\n'),
  );
});

test('cli: why says what each node lacks', async () => {
  const { env } = await story();
  const { out } = await skein(['why', 'r1', 'store', '--no-eta'], { env });
  expect(out.split('\n').slice(1, 4)).toEqual([
    '  - no node takes it, however empty: it needs memory 8Gi; ' +
      'n2: it has 2Gi memory altogether  (NO_NODE)',
    '      n1: it has 1Gi memory altogether',
    '    opens: add a node with memory 8Gi',
  ]);
});

test('cli: why of a run shows all that wait', async () => {
  const { env } = await story();
  const { out } = await skein(['why', 'r1'], { env });
  expect(out).toContain('r1, DAG load: running\n0 tasks run, 2 wait\n');
  expect(out).toContain('\nfetch\n  - it asks for 3 slots');
  expect(out).toContain('\nstore\n  - no node takes it');
});

test('cli: why as JSON, and of a task that runs', async () => {
  const { env, service } = await story();
  service.setTask(runId('r1'), 'fetch', 'running');
  const { out } = await skein(['why', 'r1', 'fetch'], { env });
  expect(out).toMatch(
    /^fetch of run r1, DAG load: running\nit runs on n1\nattempt 1 was placed on n1 /,
  );
  const asJson = await skein(['why', 'r1', 'fetch', '--json'], { env });
  expect(JSON.parse(asJson.out)).toMatchObject({
    dagId: dagId('load'),
    gates: [],
    state: 'running',
  });
});

test('cli: queues are a table of what waits', async () => {
  const { env } = await story();
  const { code, out } = await skein(['queues'], { env });
  expect(code).toBe(0);
  expect(out).toMatch(/^CLASS +WAITING +ASKS FOR +FIRST +SINCE +CLOSED BY$/m);
  expect(out).toMatch(
    /^normal +1 +slots 1, pool mysql \(slots 3\) +fetch of r1 +.* POOL_TOO_SMALL$/m,
  );
  expect((await skein(['queues', '--namespace', 'elsewhere'], { env })).out).toBe(
    'nothing waits for room\n',
  );
});

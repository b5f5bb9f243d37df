import { expect, test } from 'vitest';
import { specOf, tasksOf } from './testing/dag-texts.ts';

test('dag-file: a branch names children, and with `else` alone the others are followed', () => {
  const tasks = tasksOf(`id: x
params: { n: { type: integer } }
tasks:
  c: { type: branch, condition: "params.n > 1", then: a, else: [b], shortCircuit: true }
  d: { type: conditional, condition: "{{ params.n > 1 }}", else: b }
  e: { type: branch, condition: "true" }
  a: { type: noop, dependsOn: [c, d] }
  b: { type: noop, dependsOn: [c, d] }
`);
  const condition = 'params.n > 1';
  expect(tasks.c!.action).toEqual({
    kind: 'branch',
    condition,
    follow: ['a'],
    otherwise: ['b'],
    shortCircuit: true,
  });
  expect(tasks.d!.action).toMatchObject({ condition, follow: ['a'], otherwise: ['b'] });
  expect(tasks.e!.action).toMatchObject({ follow: null, otherwise: [], shortCircuit: false });
  expect(tasks.c).not.toHaveProperty('condition');
  expect(tasks.c).toMatchObject({ resources: {}, retries: 0, timeoutMs: null });
});

test('dag-file: what the leader does takes nothing of a node, whatever the defaults say', () => {
  const tasks = tasksOf(`id: x
defaults: { retries: 3, timeout: 1h, env: { A: b }, labels: { zone: a }, pool: p, priority: 5 }
tasks:
  w: { type: wait, for: 5m }
  u: { type: wait, until: 2026-01-31T03:00:00+01:00 }
  t: { type: wait, until: "{{ ds }}" }
  a: { type: approval, message: Go?, fields: { n: { type: integer, default: 1 } }, timeout: 1d }
  s: { type: subdag, dag: other, params: { day: "{{ ds }}" } }
  g: { type: trigger, dag: other }
`);
  expect(tasks.w!.action).toEqual({ kind: 'wait', forMs: 300_000, until: null });
  expect(tasks.u!.action).toMatchObject({ forMs: null, until: '2026-01-31T02:00:00.000Z' });
  expect(tasks.t!.action).toMatchObject({ until: '{{ ds }}' });
  expect(tasks.a!.action).toEqual({
    kind: 'approval',
    message: 'Go?',
    fields: { n: { type: 'integer', default: 1, enum: null } },
    onReject: 'fail',
    onTimeout: 'fail',
  });
  expect(tasks.a!.timeoutMs).toBe(86_400_000);
  expect(tasks.s!.action).toEqual({
    kind: 'subdag',
    dagId: 'other',
    params: { day: '{{ ds }}' },
    wait: true,
  });
  expect(tasks.g!.action).toMatchObject({ kind: 'subdag', params: {}, wait: false });
  // A run that failed may be started again, so retries mean something to its parent alone.
  expect(Object.values(tasks).map(({ retries }) => retries)).toEqual([0, 0, 0, 0, 3, 3]);
  for (const task of Object.values(tasks)) {
    expect(task).toMatchObject({ env: {}, labels: {}, resources: {} });
    expect(task).not.toHaveProperty('pool');
    expect(task).not.toHaveProperty('priority');
  }
});

test('dag-file: sensors look, or are told', () => {
  const tasks = tasksOf(`
  f: { type: sensor, file: /in/*.csv, every: 10s, giveUp: 1h, onTimeout: skip, timeout: 5s }
  h: { type: sensor, http: "https://x/health" }
  o: { type: sensor, http: { url: "https://x", method: HEAD, successStatus: [404] } }
  c: { type: sensor, command: test -f x }
  s: { type: sensor, subject: orders.>, filter: "trigger.payload.n > 1", giveUp: 1h }
  a: { type: sensor, asset: "asset://x/y" }
  d: { type: sensor, dag: up, states: [failed], sameLogicalDate: false, onTimeout: skip }
`);
  expect(tasks.f).toMatchObject({
    action: { kind: 'file', path: '/in/*.csv' },
    sensor: { everyMs: 10_000, giveUpMs: 3_600_000, onTimeout: 'skip' },
    timeoutMs: 5_000,
  });
  expect(tasks.h).toMatchObject({
    action: { kind: 'http', method: 'GET', url: 'https://x/health' },
    sensor: { everyMs: 30_000, giveUpMs: null, onTimeout: 'fail' },
  });
  expect(tasks.o!.action).toMatchObject({ method: 'HEAD', successStatus: [404] });
  expect(tasks.c!.action).toEqual({ kind: 'shell', command: 'test -f x' });
  expect(tasks.s).toMatchObject({ timeoutMs: 3_600_000, resources: {} });
  expect(tasks.s).not.toHaveProperty('sensor');
  expect(tasks.s!.action).toMatchObject({
    kind: 'await',
    event: { kind: 'subject', subject: 'orders.>', filter: 'trigger.payload.n > 1' },
  });
  expect(tasks.a!.action).toMatchObject({ event: { kind: 'asset', uri: 'asset://x/y' } });
  expect(tasks.d!.action).toEqual({
    kind: 'await',
    event: { kind: 'dag', dagId: 'up', states: ['failed'], sameLogicalDate: false },
    onTimeout: 'skip',
  });
});

test('dag-file: maps over an expression, a list, and a product of lists', () => {
  const { maps, tasks } = specOf(`
id: x
params: { days: { type: array, default: [1] } }
tasks:
  list: { type: noop }
  a: { type: noop, dependsOn: [list], forEach: "{{ tasks.list.output }}", maxParallel: 3 }
  b: { type: noop, forEach: [1, two, { three: 3 }], triggerRule: all_done }
  c: { type: noop, forEach: { day: params.days, size: [s, m] } }
`);
  expect(maps).toEqual({
    a: {
      over: { item: 'tasks.list.output' },
      members: ['a'],
      dependsOn: ['list'],
      triggerRule: 'all_success',
      activeMax: 3,
    },
    b: {
      over: { item: '[1,"two",{"three":3}]' },
      members: ['b'],
      dependsOn: [],
      triggerRule: 'all_done',
      activeMax: null,
    },
    c: expect.objectContaining({ over: { day: 'params.days', size: '["s","m"]' } }),
  });
  expect(tasks).toMatchObject({ a: { map: 'a', dependsOn: ['list'] }, b: { map: 'b' } });
  expect(tasks).not.toHaveProperty('list.map');
});

test('dag-file: what a task says of conditions, loops, limits and retries', () => {
  const { a, b } = tasksOf(`id: x
params: { x: { type: integer } }
defaults: { pool: p, poolSlots: 2, priority: 5, delay: 10s, retryOn: { errors: [timeout] } }
tasks:
  a:
    type: shell
    command: "true"
    condition: params.x > 1
    branch: true
    repeat: { until: output.done, max: 5, delay: 1m }
    concurrency: { key: "db-{{ ds }}", max: 2 }
    rateLimit: { key: api, max: 10, per: 1m }
    noRetryOn: { exitCodes: [2, 3] }
    sla: 1h
    produces: ["asset://x/{{ ds }}", "asset://y"]
  b: { type: noop, poolSlots: 1, priority: 0, delay: 0s, produces: "asset://z" }
`);
  expect(a).toMatchObject({
    condition: 'params.x > 1',
    branches: true,
    repeat: { until: 'output.done', max: 5, delayMs: 60_000 },
    pool: 'p',
    poolSlots: 2,
    concurrency: { key: 'db-{{ ds }}', max: 2 },
    rate: { key: 'api', max: 10, perMs: 60_000 },
    priority: 5,
    delayMs: 10_000,
    retryOn: { exitCodes: null, errors: ['timeout'] },
    noRetryOn: { exitCodes: [2, 3], errors: null },
    slaMs: 3_600_000,
    produces: ['asset://x/{{ ds }}', 'asset://y'],
  });
  expect(b).toMatchObject({ pool: 'p', produces: ['asset://z'] });
  for (const key of ['poolSlots', 'priority', 'delayMs', 'condition', 'branches', 'slaMs']) {
    expect(b).not.toHaveProperty(key);
  }
});

test('dag-file: a teardown belongs to set-ups, and stands behind them', () => {
  const tasks = tasksOf(`
  make: { type: noop, setup: true }
  use: { type: noop, dependsOn: [make] }
  drop: { type: noop, dependsOn: [use], teardown: true, failsRun: true }
  wipe: { type: noop, dependsOn: [use], teardown: [make, use] }
`);
  expect(tasks.drop).toMatchObject({
    dependsOn: ['use'],
    role: { kind: 'teardown', setups: ['make'], failsRun: true },
  });
  expect(tasks.wipe).toMatchObject({
    dependsOn: ['use', 'make'],
    role: { kind: 'teardown', setups: ['make', 'use'], failsRun: false },
  });
  expect(tasks.make).not.toHaveProperty('role');
});

test('dag-file: a compensation is a task of the file, or stands within', () => {
  const tasks = tasksOf(`
  book: { type: noop, compensate: cancel }
  cancel: { type: shell, command: undo-booking }
  pay: { type: noop, compensate: { type: shell, command: undo-payment, retries: 5 } }
`);
  expect(tasks.book!.compensate).toBe('cancel');
  expect(tasks.cancel!.role).toEqual({ kind: 'compensation', of: 'book' });
  expect(tasks.pay!.compensate).toBe('undo.pay');
  expect(tasks['undo.pay']).toMatchObject({
    action: { kind: 'shell', command: 'undo-payment' },
    retries: 5,
    dependsOn: [],
    role: { kind: 'compensation', of: 'pay' },
  });
});

test('dag-file: callbacks become tasks of role hook, one for each', () => {
  const tasks = tasksOf(`id: x
sla: 1h
onFailure: { webhook: "https://x/hook" }
onExit: [{ dag: tidy, params: { run: "{{ run_id }}" } }]
onSlaMiss: { task: { type: shell, command: alarm } }
failover: plan-b
defaults: { onRetry: { dag: noisy }, onSlaMiss: { dag: late }, env: { A: b } }
tasks:
  a: { type: noop, retries: 1, onFailure: [{ webhook: "https://y", method: PUT, body: "{}" }] }
  b:
    type: noop
    sla: 5m
    onSuccess: { task: { type: shell, command: "echo {{ trigger.taskId }}" } }
`);
  const hooks = Object.entries(tasks).filter(([, { role }]) => role?.kind === 'hook');
  expect(Object.fromEntries(hooks.map(([id, { role }]) => [id, role]))).toEqual({
    'on.a.failure.1': { kind: 'hook', on: 'failure', of: 'a' },
    'on.a.retry.1': { kind: 'hook', on: 'retry', of: 'a' },
    'on.b.success.1': { kind: 'hook', on: 'success', of: 'b' },
    'on.b.sla.1': { kind: 'hook', on: 'sla', of: 'b' },
    'on.failure.1': { kind: 'hook', on: 'failure', of: null },
    'on.failure.2': { kind: 'hook', on: 'failure', of: null },
    'on.exit.1': { kind: 'hook', on: 'exit', of: null },
    'on.sla.1': { kind: 'hook', on: 'sla', of: null },
  });
  expect(tasks['on.failure.1']!.action).toEqual({
    kind: 'http',
    method: 'POST',
    url: 'https://x/hook',
    headers: { 'Content-Type': 'application/json' },
    body: '{{ {"run": run, "cause": trigger} | json }}',
    successStatus: [],
  });
  expect(tasks['on.failure.1']).toMatchObject({ retries: 3, timeoutMs: 30_000 });
  expect(tasks['on.failure.2']!.action).toMatchObject({ kind: 'subdag', dagId: 'plan-b' });
  expect(tasks['on.exit.1']!.action).toMatchObject({
    params: { run: '{{ run_id }}' },
    wait: false,
  });
  expect(tasks['on.a.failure.1']!.action).toMatchObject({ method: 'PUT', body: '{}' });
  expect(tasks['on.b.success.1']).toMatchObject({ env: { A: 'b' }, dependsOn: [] });
});

test('dag-file: what a DAG says of its runs', () => {
  const spec = specOf(`
id: x
overlap: queue
dependsOnPast: true
sla: 2h
schedule:
  - { after: 10m, jitter: 5s }
  - { cron: "0 3 * * *", calendar: trading }
  - { cron: "H 4 * * *", calendar: { exclude: holidays, shift: next } }
tasks: { a: { type: noop } }
`);
  expect(spec).toMatchObject({ overlap: 'queue', dependsOnPast: true, slaMs: 7_200_000 });
  expect(spec.schedules).toEqual([
    { kind: 'after', afterMs: 600_000, jitterMs: 5_000 },
    expect.objectContaining({
      calendar: { include: 'trading', exclude: null, shift: 'none' },
    }),
    expect.objectContaining({
      expression: 'H 4 * * *',
      calendar: { include: null, exclude: 'holidays', shift: 'next' },
    }),
  ]);
  const plain = specOf('id: x\noverlap: allow\ndependsOnPast: false\ntasks: {a: {type: noop}}');
  expect(plain).toEqual(specOf('id: x\ntasks: {a: {type: noop}}'));
});

test('dag-file: triggers are sources, or combinations of them', () => {
  const { triggers } = specOf(`
id: x
triggers:
  - webhook: { secret: correct horse battery, filter: "trigger.payload.n == 1" }
    name: push
  - { subject: orders.new, filter: "trigger.payload.n > 1", whilePaused: drop }
  - { file: /in/*.csv, labels: { zone: a } }
  - { dag: up }
  - all: [{ asset: "asset://x/y" }, { cron: "@daily", timezone: Europe/Berlin }, { webhook: {} }]
    window: 1h
    params: { day: "{{ trigger.payload.day }}" }
  - any: [{ dag: a, states: [failed] }, { dag: b }]
tasks: { a: { type: noop } }
`);
  const common = { needs: 'any', windowMs: null, params: {}, whilePaused: 'keep' };
  expect(triggers).toEqual([
    {
      ...common,
      name: 'push',
      sources: [
        {
          kind: 'webhook',
          secretDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
          filter: 'trigger.payload.n == 1',
        },
      ],
    },
    {
      ...common,
      name: 'trigger-2',
      sources: [{ kind: 'subject', subject: 'orders.new', filter: 'trigger.payload.n > 1' }],
      whilePaused: 'drop',
    },
    {
      ...common,
      name: 'trigger-3',
      sources: [{ kind: 'file', path: '/in/*.csv', labels: { zone: 'a' } }],
    },
    { ...common, name: 'trigger-4', sources: [{ kind: 'dag', dagId: 'up', states: ['success'] }] },
    {
      ...common,
      name: 'trigger-5',
      needs: 'all',
      windowMs: 3_600_000,
      params: { day: '{{ trigger.payload.day }}' },
      sources: [
        { kind: 'asset', uri: 'asset://x/y' },
        { kind: 'time', cron: '0 0 * * *', timezone: 'Europe/Berlin' },
        { kind: 'webhook', secretDigest: null, filter: null },
      ],
    },
    {
      ...common,
      name: 'trigger-6',
      sources: [
        { kind: 'dag', dagId: 'a', states: ['failed'] },
        { kind: 'dag', dagId: 'b', states: ['success'] },
      ],
    },
  ]);
});

test('dag-file: a secret is its digest, and the digest may be given instead', () => {
  const withWebhook = (said: string): string =>
    `id: x\ntriggers: [{ webhook: { ${said} } }]\ntasks: { a: { type: noop } }`;
  // printf %s correct-horse-battery | sha256sum
  const secretDigest = '62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d';
  const spec = specOf(withWebhook('secret: correct-horse-battery'));
  expect(spec.triggers![0]!.sources).toEqual([{ kind: 'webhook', secretDigest, filter: null }]);
  expect(specOf(withWebhook(`secretSha256: ${secretDigest}`))).toEqual(spec);
});

test('dag-file: params of every type, with their limits', () => {
  const { params } = specOf(`
id: x
params:
  s: { type: string, minLength: 1, maxLength: 5, pattern: "[a-z]+", description: Why }
  n: { type: number, minimum: 0.5, maximum: 2 }
  d: { type: date, default: 2026-01-31 }
  t: { type: datetime, default: 2026-01-31T03:00:00Z }
  l: { type: array, default: [1, a], maxLength: 3 }
  o: { type: object, default: { a: { b: null } } }
tasks: { a: { type: noop } }
`);
  expect(params).toEqual({
    s: {
      type: 'string',
      default: null,
      enum: null,
      minLength: 1,
      maxLength: 5,
      pattern: '[a-z]+',
      description: 'Why',
    },
    n: { type: 'number', default: null, enum: null, minimum: 0.5, maximum: 2 },
    d: { type: 'date', default: '2026-01-31', enum: null },
    t: { type: 'datetime', default: '2026-01-31T03:00:00Z', enum: null },
    l: { type: 'array', default: [1, 'a'], enum: null, maxLength: 3 },
    o: { type: 'object', default: { a: { b: null } }, enum: null },
  });
});

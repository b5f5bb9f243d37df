import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { limits } from '../model/limits.ts';
import { readDag } from './dag-file.ts';
import type { Finding } from './source-document.ts';

const read = (text: string, format: 'yaml' | 'json' = 'yaml') =>
  readDag({ text, format, id: null, namespace: null, limits: null });

function specOf(text: string) {
  const result = read(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.spec;
}

function findingsOf(text: string, format: 'yaml' | 'json' = 'yaml'): readonly Finding[] {
  const result = read(text, format);
  return result.ok ? [] : result.error;
}

const onlyMessage = (text: string): string => {
  const findings = findingsOf(text);
  expect(findings.length).toBe(1);
  return findings[0]!.message;
};

test('dag-file: every default is written out in a version', () => {
  const spec = specOf('id: x\ntasks: { a: { type: shell, command: ls }, b: { type: noop } }');
  expect(spec).toEqual({
    description: '',
    owners: [],
    tags: [],
    schedules: [],
    startDate: null,
    endDate: null,
    catchUp: null,
    activeRunsMax: 16,
    priority: 0,
    timeoutMs: null,
    params: {},
    tasks: {
      a: {
        action: { kind: 'shell', command: 'ls' },
        dependsOn: [],
        triggerRule: 'all_success',
        retries: 0,
        retryDelayMs: 300_000,
        retryBackoff: 'fixed',
        retryDelayMsMax: null,
        retryJitter: false,
        timeoutMs: null,
        idempotent: true,
        resources: { cpu: 250, memory: 128 * 1024 * 1024, slots: 1 },
        labels: {},
        env: {},
        cwd: null,
      },
      b: expect.objectContaining({ action: { kind: 'noop' }, resources: { slots: 1 } }),
    },
  });
});

test('dag-file: defaults hold for tasks that do not say otherwise, maps are put together', () => {
  const spec = specOf(`
id: x
defaults: { retries: 2, timeout: 2h, env: { A: one, B: 1 }, resources: { cpu: 1, memory: 1Gi } }
tasks:
  a: { type: noop }
  b: { type: noop, retries: 0, env: { B: two }, resources: { cpu: 0.5, gpu: 1, license: 2 } }
`);
  expect(spec.tasks).toMatchObject({
    a: { retries: 2, timeoutMs: 7_200_000, env: { A: 'one', B: '1' } },
    b: { retries: 0, env: { A: 'one', B: 'two' } },
  });
  expect(spec.tasks).toHaveProperty('b.resources', {
    cpu: 500,
    memory: 2 ** 30,
    gpu: 1000,
    license: 2000,
    slots: 1,
  });
});

test('dag-file: schedules are texts, maps, or lists of both', () => {
  const yaml = (schedule: string): string =>
    `id: x\nschedule: ${schedule}\ntasks: {a: {type: noop}}`;
  const cron = { kind: 'cron', timezone: 'UTC', dst: 'once', jitterMs: 0 };
  expect(specOf(yaml('"0  3 * * *"')).schedules).toEqual([{ ...cron, expression: '0 3 * * *' }]);
  expect(specOf(yaml('"@daily"')).schedules).toEqual([{ ...cron, expression: '0 0 * * *' }]);
  expect(specOf(yaml('["@once", {every: 15m, jitter: 30s}]')).schedules).toEqual([
    { kind: 'once' },
    { kind: 'every', everyMs: 900_000, jitterMs: 30_000 },
  ]);
  const shanghai = '{cron: "0 3 * * *", timezone: Asia/Shanghai, dst: skip}';
  expect(specOf(yaml(shanghai)).schedules).toEqual([
    { ...cron, expression: '0 3 * * *', timezone: 'Asia/Shanghai', dst: 'skip' },
  ]);
});

test('dag-file: dates, catch-up, params, and the other task types', () => {
  const spec = specOf(`
id: x
startDate: 2025-01-01
endDate: 2026-12-31T00:00:00+08:00
catchup: { window: 2d, coalesce: true }
params: { env: { type: string, default: prod, enum: [dev, prod] } }
tasks:
  p: { type: python, script: "print(1)", args: [1, two] }
  h: { type: http, url: "https://example.org/x", headers: { X-A: 1 }, successStatus: [200, 404] }
`);
  expect(spec.startDate).toBe(Date.UTC(2025, 0, 1));
  expect(spec.endDate).toBe(Date.UTC(2026, 11, 30, 16));
  expect(spec.catchUp).toEqual({ windowMs: 172_800_000, coalesce: true });
  expect(spec.params).toEqual({ env: { type: 'string', default: 'prod', enum: ['dev', 'prod'] } });
  expect(spec.tasks).toMatchObject({
    p: { action: { kind: 'python', code: 'print(1)', file: null, args: ['1', 'two'] } },
    h: {
      action: { kind: 'http', method: 'GET', headers: { 'X-A': '1' }, successStatus: [200, 404] },
    },
  });
});

test('dag-file: a function says whether its calls may share a process; nothing else may', () => {
  const tasksOf = (more: string) =>
    specOf(`{ id: x, tasks: { f: { type: function, code: f${more} } } }`).tasks;
  expect(tasksOf(', reuse: true')).toMatchObject({ f: { action: { reuse: true } } });
  // Both are the same definition.
  expect(tasksOf(', reuse: false')).toEqual(tasksOf(''));
  expect(onlyMessage('{ id: x, tasks: { f: { type: function, code: f, reuse: 3 } } }')).toBe(
    '3 is not true or false',
  );
  expect(
    onlyMessage('{ id: x, tasks: { s: { type: shell, command: f, reuse: true } } }'),
  ).toContain('reuse');
});

test('dag-file: scripts, callables, functions, and what a request may say', () => {
  const { tasks, templates, maps } = specOf(`
id: x
params: { n: { type: integer, default: 3 } }
tasks:
  s: { type: script, interpreter: ruby, code: "puts '{{ as it is }}'", args: [1, "{{ params.n }}"] }
  c: { type: python, callable: "a.b:load", args: [1, { x: ["{{ params.n }}"] }],
       kwargs: { day: null } }
  f: { type: function, file: load.ts, export: load, input: { n: "{{ params.n }}" } }
  h: { type: http, url: "http://x/", auth: { basic: { user: u, password: "{{ params.n }}" } },
       redirects: 0, retryAfter: false }
  b: { type: shell, command: "true", spread: broadcast, maxParallel: 2 }
  n: { type: noop, spread: { shards: 8 }, dependsOn: [b] }
`);
  expect(tasks).toMatchObject({
    s: { action: { interpreter: ['ruby'], code: "puts '{{ as it is }}'", file: null } },
    c: {
      action: {
        ...{ kind: 'python', code: null, file: null, args: [] },
        callable: { name: 'a.b:load', args: [1, { x: ['{{ params.n }}'] }], kwargs: { day: null } },
      },
    },
    f: { action: { code: null, file: 'load.ts', export: 'load', input: { n: '{{ params.n }}' } } },
    h: {
      action: {
        ...{ auth: { kind: 'basic', user: 'u', password: '{{ params.n }}' } },
        ...{ redirects: 0, retryAfter: false },
      },
    },
    b: { map: 'b' },
    n: { map: 'n' },
  });
  expect(templates).toBe(true);
  expect(maps).toMatchObject({
    b: { over: {}, spread: { kind: 'broadcast' }, members: ['b'], activeMax: 2 },
    n: { over: {}, spread: { kind: 'shards', count: 8 }, dependsOn: ['b'] },
  });
});

test('dag-file: code in several places at once, or in none, is refused', () => {
  const withTask = (task: string): string => `id: x\ntasks: {a: ${task}}`;
  expect(onlyMessage(withTask('{type: script, interpreter: sh}'))).toContain('`code` or `file`');
  const both = '{type: function, code: "1", file: a.js}';
  expect(onlyMessage(withTask(both))).toContain('`code` or `file`');
  const call = (text: string) => onlyMessage(withTask(`{type: python, ${text}}`));
  expect(call('callable: "load"')).toContain('module:function');
  expect(call('callable: "a:b", script: x')).toContain('one of `script`');
  expect(call('script: x, kwargs: {a: 1}')).toContain('goes with `callable`');
  expect(call('script: x, args: [{a: 1}]')).toContain('an argument of a script is a text');
});

test('dag-file: the version is the digest of the content, however it is written', () => {
  const versionOf = (text: string, format: 'yaml' | 'json'): string => {
    const result = read(text, format);
    return result.ok ? result.value.versionId : '';
  };
  const yaml = versionOf('id: x\n# why\ntasks: {a: {retries: 0, type: noop}}', 'yaml');
  const json = versionOf('{"tasks":{"a":{"type":"noop"}},"id":"x"}', 'json');
  expect(yaml).toMatch(/^[0-9a-f]{64}$/);
  expect(json).toBe(yaml);
  expect(versionOf('id: x\ntasks: {a: {type: noop, retries: 1}}', 'yaml')).not.toBe(yaml);
});

test('dag-file: all mistakes come at once, in the order of the text', () => {
  const findings = findingsOf(`id: x
retires: 1
schedule: { cron: "0 3 * *", timezon: UTC }
tasks:
  a: { type: shell, retries: -1 }
  b: { type: shell, command: x, timeout: 5x, triggerRule: all_sucess }
  c: { type: noop, dependsOn: [a, d, b2] }
`);
  expect(findings.map(({ path, line, column }) => [path, line, column])).toEqual([
    ['retires', 2, 1],
    ['schedule.timezon', 3, 30],
    ['tasks.a.command', 5, 3],
    ['tasks.a.retries', 5, 21],
    ['tasks.b.timeout', 6, 33],
    ['tasks.b.triggerRule', 6, 46],
    ['tasks.c.dependsOn[1]', 7, 35],
    ['tasks.c.dependsOn[2]', 7, 38],
  ]);
});

test('dag-file: JSON findings carry line and column too', () => {
  const text = '{"id":"x",\n "tasks":{"a":{"type":"noop",\n  "dependsOn":["q", "r"]}}}';
  expect(findingsOf(text, 'json').map(({ path, line, column }) => [path, line, column])).toEqual([
    ['tasks.a.dependsOn[0]', 3, 16],
    ['tasks.a.dependsOn[1]', 3, 21],
  ]);
});

test('dag-file: values that are wrong name what is allowed', () => {
  const withTop = (line: string): string => `id: x\n${line}\ntasks: { a: { type: noop } }`;
  expect(onlyMessage(withTop('startDate: 2025-02-30'))).toContain('2026-01-31');
  expect(onlyMessage(withTop('catchup: maybe'))).toBe('expected true or false, or a map');
  expect(onlyMessage(withTop('maxActiveRuns: 0'))).toBe('0 is too small: at least 1');
  expect(onlyMessage(withTop('schedule: "@dayly"'))).toContain('did you mean "@daily"?');
  expect(onlyMessage(withTop('schedule: {cron: "0 3 * * *", timezone: Mars/One}'))).toContain(
    'Berlin',
  );
  expect(onlyMessage(withTop('schedule: {cron: "0 3 * * *", every: 5m}'))).toContain('either');
  expect(onlyMessage(withTop('startDate: 2026-01-02\nendDate: 2026-01-01'))).toContain('before');
  expect(onlyMessage(withTop('params: {n: {type: integer, default: 1.5}}'))).toContain('integer');
  expect(onlyMessage(withTop('params: {e: {type: string, default: a, enum: [b]}}'))).toContain(
    'one of b',
  );
  expect(onlyMessage(withTop('id2: y'))).toContain('unknown key "id2"');
});

test('dag-file: tasks that are wrong say why', () => {
  const withTask = (task: string): string => `id: x\ntasks:\n  a: ${task}`;
  expect(onlyMessage(withTask('{}'))).toContain('`type` is missing');
  expect(onlyMessage(withTask('[]'))).toContain('a map');
  expect(onlyMessage(withTask('{type: python}'))).toContain('one of `script`');
  expect(onlyMessage(withTask('{type: http, url: "ftp://x"}'))).toContain('https://');
  expect(onlyMessage(withTask('{type: noop, dependsOn: 5}'))).toContain('a list');
  expect(onlyMessage(withTask('{type: noop, resources: {cpu: lots}}'))).toContain('a number');
  expect(onlyMessage(withTask('{type: noop, resources: {memory: 5}}'))).toContain('256Mi');
  expect(onlyMessage(withTask('{type: noop, resources: {slots: 5}}'))).toContain('one slot');
  expect(onlyMessage(withTask('{type: noop, cwd: here}'))).toContain('absolute');
  expect(onlyMessage(withTask('{type: noop, affinity: x}'))).toContain('not a map');
  expect(onlyMessage(withTask('{type: noop, sql: x}'))).toContain('only a task of type `sql`');
  expect(onlyMessage('id: x\ntasks: {"a b": {type: noop}}')).toContain('1 to 250');
  expect(onlyMessage('id: x\ntasks: [{type: noop}]')).toContain('a map');
});

test('dag-file: names that every object has are refused, never looked up', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    expect(findingsOf(`id: x\ntasks: {${name}: {type: noop}}`)[0]!.message).toContain('reserved');
    const depends = `{"id":"x","tasks":{"a":{"type":"noop","dependsOn":["${name}"]}}}`;
    expect(findingsOf(depends, 'json')[0]!.message).toContain('is not a task');
  }
});

test('dag-file: anchors and merges work, explicit keys win', () => {
  const spec = specOf(`
id: x
tasks:
  a: &base { type: shell, command: ls, retries: 3 }
  b: { <<: *base, retries: 1, dependsOn: [a] }
`);
  expect(spec.tasks).toMatchObject({
    a: { retries: 3 },
    b: { action: { kind: 'shell', command: 'ls' }, retries: 1, dependsOn: ['a'] },
  });
});

test('dag-file: scripts full of brackets are not taken for nesting', () => {
  const script = Array.from({ length: 200 }, (_, i) => `      [[ -f ${i} ]] && { echo (`).join(
    '\n',
  );
  const spec = specOf(`id: x\ntasks:\n  a:\n    type: shell\n    command: |\n${script}\n`);
  expect(spec.tasks).toHaveProperty('a.action.kind', 'shell');
});

test('dag-file: a cycle far behind a long chain is found and named', () => {
  const tasks: Record<string, unknown> = { z1: { type: 'noop', dependsOn: ['z2', 't999'] } };
  for (let i = 0; i < 1000; i++) {
    tasks[`t${i}`] = { type: 'noop', dependsOn: i === 0 ? [] : [`t${i - 1}`] };
  }
  tasks.z2 = { type: 'noop', dependsOn: ['z1'] };
  const [finding] = findingsOf(JSON.stringify({ id: 'x', tasks }), 'json');
  expect(finding!.code).toBe('DAG_CYCLE');
  expect(finding!.message).toContain('z1 -> z2 -> z1');
});

test('dag-file: as many tasks as the limit are read, one more is refused', () => {
  const tasks: Record<string, unknown> = {};
  for (let i = 0; i < limits.tasksPerDag; i++) tasks[`t${i}`] = { type: 'noop' };
  expect(read(JSON.stringify({ id: 'x', tasks }), 'json').ok).toBe(true);
  tasks['one-more'] = { type: 'noop' };
  const findings = findingsOf(JSON.stringify({ id: 'x', tasks }), 'json');
  expect(findings[0]!.message).toContain(`at most ${limits.tasksPerDag}`);
});

/** As 0.2.0 made them. */
const versionsOf020 = {
  '01-hello.yaml': '915bd7d9c0b3aee435281916da6e17b5ad3a252bc1838c9072b2251741862d23',
  '02-chain.yaml': 'a883dbf87d505ea56b602226b5a287e1a48b410b338c862ee08197d8831ae839',
  '03-fan-out-fan-in.yaml': '39978265823f62655429de39c9541154c40cc923d077a917b2791e0deb9e94f3',
  '04-retries.yaml': '5d89ae22f99901c72e2ac3de19d1555aeb383a8d4798111b66d1a0c67c0a5e74',
  '05-timeout.yaml': 'bb8bed950541af5c3af69e05c77e1e6dd58d44d8f22d69c266fc64db0cb42bed',
  '06-skip-and-trigger-rules.yaml':
    '3c074d870987bd7b632d4039ff73b3b7721f07e0d44b3b6caff6126a9bb83741',
  '07-params.yaml': '33cf78b9bc5a4bb1ec7954f17714895a8dd50ea9736fae3aac06da84003a3d12',
  '08-python.yaml': 'df2225ffcb58186f445efa4562a3c9ffbf6c04feab9388b8da8f2497778c42b0',
  '09-http.yaml': '64e440b4e41e6ebfce076e51f13b4e09f93093300f9d56237544738dfba7efc4',
  '10-schedules.yaml': 'd8c0a4326f39514aa4e9578e56f1a317c68ad9e7343abdd4c3249a70d278c3b9',
  '11-data-pipeline.yaml': 'c4ab98933ddf3cfae4668d5d16e98493717dfd350293906e7299c132a2eb37b8',
  '12-dwh-etl-pipeline.yaml': 'b5f26b3010edff6ae664e2075758d779d6c9a48b9be5ccdd2527bd0b4e176225',
};

test('dag-file: files that 0.2.0 could read are the versions that they were', () => {
  const examples = new URL('../../examples/', import.meta.url);
  for (const [name, versionId] of Object.entries(versionsOf020)) {
    const result = read(readFileSync(new URL(name, examples), 'utf8'));
    expect([name, result.ok && result.value.versionId]).toEqual([name, versionId]);
  }
  const params = specOf(readFileSync(new URL('07-params.yaml', examples), 'utf8')).params;
  expect(params.name).toMatchObject({ description: 'Whom to greet. It must be given' });
});

import { describe, expect, it } from 'vitest';
import { present } from '../base/assert.ts';
import { runId, taskId, token, wallMs } from '../base/brand.ts';
import type { TaskAction, TaskSpec } from '../model/dag.ts';
import { type Fact, outputFact, variableFact } from '../model/fact.ts';
import type { Json } from '../model/json.ts';
import type { Dispatch } from '../model/protocol.ts';
import { dispatchOf } from './assign.ts';
import { renderedCharactersMax, renderedValue, upstreamCharactersMax } from './render-dispatch.ts';
import { scopeOf } from './scope-of.ts';
import { begun } from './testing/begun.ts';
import { Decider, tasksIn } from './testing/decider.ts';
import { behind, here, nodes, runningRun, spec, start, task } from './testing/rows.ts';

type More = NonNullable<Parameters<typeof begun>[1]>;

const params = { run: { params: { day: 'mon', n: 3, evil: "x'; rm -rf / #" } } };

/** What the assignment of the tasks dispatches, by task. */
const dispatches = (story: Decider): Readonly<Record<string, Dispatch>> => {
  const sent = story
    .assign()
    .effects.flatMap((effect) =>
      effect.kind === 'dispatch' ? [[effect.dispatch.id.taskId, effect.dispatch] as const] : [],
    );
  return Object.fromEntries(sent);
};

const actionOf = (action: TaskAction, more: More = params): unknown =>
  dispatches(begun({ a: task({ action }) }, more)).a?.action;

const failure = (differs: Partial<TaskSpec>): unknown => {
  const story = begun({ a: task(differs) }, params);
  const { facts, effects } = story.assign();
  expect([tasksIn(facts), effects]).toEqual([['a: failed'], []]);
  expect(story.board.load('n1')).toEqual({});
  const row = story.row('a');
  expect(row?.attempts).toEqual([]);
  return row?.status === 'failed' ? row.reason : undefined;
};

describe('rendering at assignment', () => {
  it('all texts of an attempt together have a limit, beside that of each', () => {
    const long = '{{ params.long }}';
    const more = { run: { params: { long: 'x'.repeat(200_000) } } };
    const env = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`E${at}`, long]));
    expect(
      Object.keys(dispatches(begun({ a: task({ env: env(10) }) }, more)).a?.env ?? {}),
    ).toHaveLength(10);
    const story = begun({ a: task({ env: env(11) }) }, more);
    expect(tasksIn(story.assign().facts)).toEqual(['a: failed']);
    const row = story.row('a');
    expect(row?.status === 'failed' ? row.reason : undefined).toBe(
      'its env.E10 cannot be rendered: with the texts before it, it would have more than' +
        ` ${renderedCharactersMax} characters`,
    );
  });

  it('renders every text of an action, and of the environment', () => {
    expect(actionOf({ kind: 'shell', command: 'load {{ params.day }}' })).toEqual({
      ...{ kind: 'shell', command: 'load mon' },
    });
    const python = { kind: 'python', code: null, file: '/{{ ds }}.py', args: ['{{ params.n }}'] };
    expect(actionOf({ ...python, kind: 'python' })).toMatchObject({
      ...{ file: '/2026-01-01.py', args: ['3'] },
    });
    const http: TaskAction = {
      kind: 'http',
      method: 'POST',
      url: 'http://x/{{ params.day }}',
      headers: { 'x-run': '{{ run.id }}' },
      body: '{{ params.evil }}',
      successStatus: [],
    };
    expect(actionOf(http)).toMatchObject({
      ...{ url: 'http://x/mon', headers: { 'x-run': 'r1' }, body: params.run.params.evil },
    });
    const call = { name: 'm:f', args: ['{{ params.n }}', { x: '{{ ds }}' }], kwargs: { d: 1 } };
    const called = { kind: 'python', code: null, file: null, args: [], callable: call } as const;
    expect(actionOf(called)).toMatchObject({
      callable: { name: 'm:f', args: [params.run.params.n, { x: '2026-01-01' }], kwargs: { d: 1 } },
    });
    const inline = { kind: 'function', code: 'f({{ ds }})', file: null, export: 'go' } as const;
    expect(actionOf({ ...inline, input: ['{{ ds }}'] })).toEqual({
      ...{ ...inline, input: ['2026-01-01'] },
    });
    const script = { kind: 'script', interpreter: ['sh'], code: '{{ x }}', file: null } as const;
    expect(actionOf({ ...script, args: ['{{ ds }}'] })).toEqual({
      ...{ ...script, args: ['2026-01-01'] },
    });
    const docker: TaskAction = {
      kind: 'docker',
      image: 'loader:{{ params.n }}',
      command: ['load', '{{ params.evil }}'],
      entrypoint: null,
      mounts: [{ source: '/in/{{ ds }}', target: '/data', readOnly: true }],
      ...{ network: null, user: null, workdir: '/{{ ds }}', pull: 'missing' },
    };
    expect(actionOf(docker)).toEqual({
      ...docker,
      ...{ image: 'loader:3', command: ['load', params.run.params.evil], workdir: '/2026-01-01' },
      mounts: [{ source: '/in/2026-01-01', target: '/data', readOnly: true }],
    });
    const kubernetes: TaskAction = {
      ...{ kind: 'kubernetes', image: 'x:{{ params.n }}', command: null, args: ['{{ ds }}'] },
      ...{ namespace: null, serviceAccount: null, pull: null, requests: {}, limits: {} },
      pod: { spec: { nodeSelector: { day: '{{ ds }}' }, priority: '{{ params.n }}' } },
    };
    expect(actionOf(kubernetes)).toEqual({
      ...{ ...kubernetes, image: 'x:3', args: ['2026-01-01'] },
      pod: { spec: { nodeSelector: { day: '2026-01-01' }, priority: 3 } },
    });
    const auth = { kind: 'bearer', token: 't-{{ ds }}' } as const;
    expect(actionOf({ ...http, auth, redirects: 1 })).toMatchObject({
      auth: { kind: 'bearer', token: 't-2026-01-01' },
      redirects: 1,
    });
    expect(actionOf({ kind: 'file', path: '/in/{{ ds }}/*.csv' })).toEqual({
      ...{ kind: 'file', path: '/in/2026-01-01/*.csv' },
    });
    const story = begun({ a: task({ env: { DAY: '{{ params.day }}', PLAIN: '$x' } }) }, params);
    expect(dispatches(story).a?.env).toEqual({ DAY: 'mon', PLAIN: '$x' });
  });

  it('renders the texts of messages', () => {
    const email = { kind: 'email', connection: 'c', cc: ['{{ ds }}@x.org'], bcc: [] } as const;
    const texts = { subject: '{{ ds }}', text: '{{ params.evil }}', html: null } as const;
    expect(actionOf({ ...email, ...texts, to: ['{{ params.day }}@x.org'] })).toEqual({
      ...{ ...email, cc: ['2026-01-01@x.org'], to: ['mon@x.org'] },
      ...{ subject: '2026-01-01', text: params.run.params.evil, html: null },
    });
    const notify = { kind: 'notify', connection: 'c', severity: 'info' } as const;
    const said = { title: '{{ ds }}', message: '{{ run.id }}', details: { n: '{{ params.n }}' } };
    expect(actionOf({ ...notify, ...said })).toEqual({
      ...{ ...notify, title: '2026-01-01', message: 'r1', details: { n: 3 } },
    });
  });

  it('P90: a version of 0.2.0 has no templates: its texts are taken as they are', () => {
    const action: TaskAction = { kind: 'shell', command: "docker ps --format '{{.Names}}'" };
    const { templates: _, ...old } = spec({ a: task({ action }) });
    const story = new Decider(...runningRun(old), ...nodes('n1'));
    expect(dispatches(story).a?.action).toEqual(action);
  });

  it('a text that cannot be rendered ends the task without an attempt, and names the field', () => {
    const command = 'load {{ params.missing }}';
    expect(failure({ action: { kind: 'shell', command } })).toContain(
      'its command cannot be rendered: {{ params.missing }}',
    );
    expect(failure({ env: { A: '1', B: '{{ params.missing }}' } })).toContain(
      'its env.B cannot be',
    );
    const python = {
      kind: 'python',
      code: null,
      file: '/a.py',
      args: ['x', '{{ nope }}'],
    } as const;
    expect(failure({ action: python })).toContain('its args[1] cannot be rendered: ');
  });

  it('a value that a shell would read as more than a word fails the task', () => {
    const command = 'load {{ params.evil }}';
    expect(failure({ action: { kind: 'shell', command } })).toContain('its command cannot be');
  });

  it('what follows from such an end, follows in the same turn', () => {
    const story = begun({
      a: task({ env: { A: '{{ nope }}' } }),
      b: behind(['a']),
      c: behind(['a'], { triggerRule: 'all_failed' }),
    });
    const followed = ['a: failed', 'c: queued', 'b: upstream_failed'];
    expect(tasksIn(story.assign().facts)).toEqual(followed);
  });

  it('a dispatch that is sent again is the same, but for variables that were changed', () => {
    const variable = { namespace: here, name: 'v', updatedAt: start, updatedBy: 'ada' };
    const past = [variableFact({ ...variable, value: 1 })];
    const story = begun({ a: task({ env: { V: '{{ vars.v }}' } }), b: task() }, { past });
    const sent = dispatches(story);
    const again = (name: string): ReturnType<typeof dispatchOf> => {
      const live = present(story.state.run(here, runId('r1')), 'r1 is live');
      return dispatchOf(story.when().turn, live, story.live(name));
    };
    expect([again('a'), again('b')]).toEqual([
      ...[
        { ok: true, value: sent.a },
        { ok: true, value: sent.b },
      ],
    ]);
    story.state.apply(variableFact({ ...variable, value: 2 }));
    expect(again('a')).toMatchObject({ ok: true, value: { env: { V: '2' } } });
  });

  it('values of params may be templates at any depth, and keep their types', () => {
    const story = begun({ a: task() }, params);
    const live = present(story.state.run(here, runId('r1')), 'r1 is live');
    const scope = scopeOf(story.when().turn, live, null);
    const value: Json = { list: ['{{ params.n }}', 'd-{{ params.n }}', 7], deep: { no: null } };
    expect(renderedValue(value, scope)).toEqual({
      ...{ ok: true, value: { list: [3, 'd-3', 7], deep: { no: null } } },
    });
    expect(renderedValue({ a: ['{{ nope }}'] }, scope).ok).toBe(false);
  });
});

describe('what an attempt is given', () => {
  const output = (name: string, json: string, mapIndex = 0): Fact =>
    outputFact({
      ...{
        namespace: here,
        runId: runId('r1'),
        taskId: taskId(name),
        mapIndex,
        token: token(1),
        json,
      },
    });
  const map = {
    over: { item: '["x", {"k": 1}]' },
    members: [taskId('a'), taskId('b')],
    dependsOn: [],
    triggerRule: 'all_success',
    activeMax: null,
  } as const;
  const tasks = {
    a: task({ map: 'm' }),
    b: behind(['a'], { map: 'm' }),
    sum: behind(['b'], { triggerRule: 'always' }),
  };
  const mapped = (): Decider => begun(tasks, { dag: { maps: { m: map } } });

  it('an instance is given its item, and the output of the same item upstream', () => {
    const story = mapped();
    const items = story.assign().effects.map((effect) => Object(effect).dispatch?.item);
    expect(items).toContain('{"k":1}');
    story.state.apply(output('a', '{"big":12345678901234567890}', 0));
    story.when(story.ends('a', 'success', { output: '{"big":12345678901234567890}' }));
    const sent = dispatches(story);
    expect(sent.b).toMatchObject({
      ...{ item: '"x"', upstream: { a: '{"big":12345678901234567890}' } },
    });
  });

  it('outside the map the list of outputs, and no item', () => {
    const story = mapped();
    story.state.apply(output('b', '[1]', 1));
    const { sum } = dispatches(story);
    expect(sum?.upstream).toEqual({ b: '[null,[1]]' });
    expect(sum).not.toHaveProperty('item');
  });

  it('outputs that are too large together are left out and named', () => {
    const large = JSON.stringify('x'.repeat(upstreamCharactersMax * 0.6));
    const story = begun({
      a: task(),
      b: task(),
      c: task(),
      end: behind(['a', 'b', 'c'], { triggerRule: 'always' }),
    });
    const facts = [output('a', large), output('b', large), output('c', '1')];
    for (const fact of facts) story.state.apply(fact);
    expect(dispatches(story).end).toMatchObject({
      ...{ upstream: { a: large, c: '1' }, upstreamOmitted: ['b'] },
    });
  });

  it('the interval and the trigger of its run come along', () => {
    const dataInterval = { start: wallMs(start - 1000), end: start };
    const story = begun({ a: task() }, { run: { dataInterval, payload: '{"n":1}' } });
    expect(dispatches(story).a).toMatchObject({
      ...{ dataInterval, trigger: '{"kind":"manual","payload":{"n":1}}' },
    });
  });

  it('a hook is given the output of the task that it was called for', () => {
    const tell = task({ role: { kind: 'hook', on: 'success', of: taskId('a') } });
    const story = begun({ a: task(), tell });
    story.assign();
    story.when(story.ends('a', 'success', { output: '7' }));
    const sent = dispatches(story).tell;
    expect(sent?.upstream).toEqual({ a: '7' });
    expect(JSON.parse(sent?.trigger ?? '')).toMatchObject({ on: 'success', taskId: 'a' });
  });
});

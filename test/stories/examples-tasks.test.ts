/** The examples of what tasks can say, on one real cluster, side by side. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskDetail } from '../../cluster/api.ts';
import { checkout } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { hasEnded } from '../../cluster/samples.ts';
import { contract } from '../../src/api/contract.ts';
import {
  Examples,
  instancesOf,
  mostAtOnce,
  patience,
  spanOf,
  startListener,
  taskOf,
} from './examples-kit.ts';
import { beginStory, type Story, statesOf } from './story-cluster.ts';

let story: Story;
let examples: Examples;
beforeAll(async () => {
  story = await beginStory();
  examples = new Examples(story);
});
afterAll(() => story?.end());

describe.concurrent('examples: which tasks run', () => {
  it('trigger rules: each runs its task where it holds', async () => {
    const run = await examples.run('13-trigger-rules.yaml');
    const { bad, left_out, not_all_failed, not_all_success, ...rest } = statesOf(run);
    expect([bad, left_out]).toEqual(['failed', 'skipped']);
    expect([not_all_failed, not_all_success]).toEqual(['skipped', 'upstream_failed']);
    expect(Object.keys(rest)).toHaveLength(12);
    expect(new Set(Object.values(rest))).toEqual(new Set(['success']));
    expect(run.state).toBe('success');
  });

  it('branch: by an expression and by an answer', async () => {
    const usual = await examples.run('14-branch.yaml');
    expect(statesOf(usual)).toMatchObject({ big: 'success', small: 'skipped', join: 'success' });
    expect(statesOf(usual)).toMatchObject({ red: 'success', green: 'skipped', blue: 'success' });
    const other = await examples.run('14-branch.yaml', { size: 1, colours: ['green'] });
    expect(statesOf(other)).toMatchObject({ big: 'skipped', small: 'success', join: 'success' });
    expect(statesOf(other)).toMatchObject({ red: 'skipped', green: 'success', blue: 'skipped' });
  });

  it('branch: an answer that names nobody behind it fails the task', async () => {
    const run = await examples.run('14-branch.yaml', { colours: ['mauve'] });
    expect(taskOf(run, 'by_answer')).toMatchObject({ state: 'failed' });
    expect(taskOf(run, 'by_answer').reason).toContain('mauve');
  });

  it('conditions: a task is skipped, and a short circuit takes along what is behind', async () => {
    expect(statesOf(await examples.run('15-conditions.yaml'))).toEqual({
      ...{ count: 'success', load: 'skipped', report: 'success' },
      ...{ gate: 'success', publish: 'skipped', announce: 'skipped' },
    });
    const full = statesOf(await examples.run('15-conditions.yaml', { rows: 3 }));
    expect(new Set(Object.values(full))).toEqual(new Set(['success']));
  });

  it('set-up and teardown: it tidies up behind a failure', async () => {
    const run = await examples.run('16-setup-teardown.yaml');
    expect(run.state).toBe('failed');
    expect(statesOf(run)).toEqual({
      ...{ make_room: 'success', work: 'failed', tidy_up: 'failed' },
      ...{ rent: 'skipped', use: 'skipped', give_back: 'skipped' },
    });
    expect(await examples.log(run, 'tidy_up')).toBe('tidy up\n');
  });

  it('set-up and teardown: it tidies up behind a run that is cancelled', async () => {
    const id = await examples.apply('16-setup-teardown.yaml');
    const runId = await examples.start(id, { params: { seconds: 60 } });
    await examples.when('work', runId, (run) => taskOf(run, 'work').state === 'running');
    await examples.call(contract.cancelRun, { at: { runId } });
    const run = await examples.ended(runId);
    expect(run.state).toBe('cancelled');
    expect(taskOf(run, 'work').state).toBe('cancelled');
    expect(await examples.log(run, 'tidy_up')).toBe('tidy up\n');
  });

  it('groups: names, defaults and edges of groups in groups', async () => {
    const run = await examples.run('17-groups.yaml');
    expect(run.state).toBe('success');
    expect(taskOf(run, 'end').dependsOn).toEqual(['load.orders.check', 'load.people.check']);
    expect(taskOf(run, 'load.people.get')).toMatchObject({ group: 'load.people' });
    expect(await examples.output(run, 'load.people.get')).toBe('task after group');
  });
});

describe.concurrent('examples: lists and loops', () => {
  it('mapping: a list known at run time, a map of a map, a product, a sum', async () => {
    const run = await examples.run('18-mapping.yaml');
    expect(run.state).toBe('success');
    expect(await examples.output(run, 'add_up')).toBe(2 * (1 + 4 + 9));
    const squares = [0, 1, 2].map((index) => spanOf(taskOf(run, 'square', index)));
    expect(mostAtOnce(squares)).toBeLessThanOrEqual(2);
    const pairs = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((index) =>
        examples.call(contract.getTask, {
          at: { runId: run.runId, taskId: 'each_pair' },
          query: { mapIndex: String(index) },
        }),
      ),
    );
    expect(pairs.map(({ output }) => output)).toEqual(['1s', '1m', '2s', '2m', '3s', '3m']);
    expect(pairs[3]?.item).toEqual({ number: 2, size: 'm' });
  });

  it('mapping: over an empty list nothing runs, and what is behind goes on', async () => {
    const run = await examples.run('18-mapping.yaml', { upto: 0 });
    expect(instancesOf(run)).toEqual({
      ...{ list: 'success', square: 'skipped', double: 'skipped' },
      ...{ add_up: 'success', each_pair: 'skipped' },
    });
    expect(await examples.output(run, 'add_up')).toBe(0);
  });

  it('mapped group: each item goes its own way, two at a time', async () => {
    const run = await examples.run('19-mapped-group.yaml');
    const states = instancesOf(run);
    expect(states).toMatchObject({ 'each.check[2]': 'failed', 'each.store[2]': 'upstream_failed' });
    expect(states).toMatchObject({ 'each.store[0]': 'success', 'each.store[3]': 'success' });
    expect(await examples.output(run, 'report')).toEqual([
      ...['ant no. 0', 'bee no. 1', 'broken no. 2', 'cat no. 3'],
    ]);
    const items = [0, 1, 2, 3].map((index) => ({
      from: spanOf(taskOf(run, 'each.get', index)).from,
      to: spanOf(taskOf(run, index === 2 ? 'each.check' : 'each.store', index)).to,
    }));
    expect(mostAtOnce(items)).toBe(2);
  });

  it('repeat: rounds until an expression is true, and no more than so many', async () => {
    const run = await examples.run('20-repeat.yaml');
    expect(statesOf(run)).toEqual({ count: 'success', never: 'failed', end: 'success' });
    expect(taskOf(run, 'count')).toMatchObject({ rounds: 2 });
    expect(taskOf(run, 'count').attempts).toHaveLength(3);
    expect(await examples.output(run, 'count')).toBe(3);
    expect(taskOf(run, 'never').attempts).toHaveLength(2);
  });
});

describe.concurrent('examples: tasks that wait', () => {
  it('wait and delay: time passes, and no attempt is made of it', async () => {
    const run = await examples.run('21-wait-and-delay.yaml');
    expect(run.state).toBe('success');
    const ended = (id: string): number => Date.parse(taskOf(run, id).endedAt ?? '');
    const begun = Date.parse(run.startedAt ?? '');
    expect(ended('one_second') - begun).toBeGreaterThanOrEqual(1_000);
    expect(ended('until_then') - Date.parse(run.createdAt)).toBeGreaterThanOrEqual(2_000);
    expect(ended('long_ago') - begun).toBeLessThan(1_000);
    expect(ended('end') - ended('until_then')).toBeGreaterThanOrEqual(500);
    expect(taskOf(run, 'one_second').attempts).toEqual([]);
  });

  it('approval: yes with a form, no, and no answer', async () => {
    const runId = await examples.start(await examples.apply('22-approval.yaml'));
    const open = await examples.when('two questions', runId, (run) =>
      ['ask', 'ask_again'].every((id) => taskOf(run, id).state === 'deferred'),
    );
    expect(taskOf(open, 'ask').waits).toMatchObject({ for: 'approval' });
    const { items } = await examples.call(contract.listApprovals);
    const mine = items.filter((it) => it.runId === runId && it.taskId === 'ask');
    expect(mine[0]?.message).toMatch(/^May approval spend the money for \d{4}-\d\d-\d\d\?$/);
    const ask = { runId, taskId: 'ask' };
    const tooMuch = examples.call(contract.approve, { at: ask, body: { values: { size: 10 } } });
    await expect(tooMuch).rejects.toMatchObject({ code: 'PARAM_INVALID' });
    await examples.skein('approve', runId, 'ask', '-v', 'size=5', '--note', 'go on');
    const again = examples.call(contract.reject, { at: ask, body: {} });
    await expect(again).rejects.toMatchObject({ status: 409 });
    await examples.call(contract.reject, { at: { runId, taskId: 'ask_again' }, body: {} });
    const run = await examples.ended(runId);
    expect(statesOf(run)).toEqual({
      ...{ ask: 'success', spend: 'success', ask_again: 'skipped', spend_more: 'skipped' },
      ...{ ask_in_vain: 'success', end: 'success' },
    });
    expect(await examples.output(run, 'spend')).toBe(5);
    expect(await examples.output(run, 'ask')).toMatchObject({
      approved: true,
      note: 'go on',
      values: { size: 5, reason: 'because' },
    });
  });

  it('sensors: a file, a service and a command are looked for again and again', async () => {
    const file = join(story.folder, 'awaited');
    const url = `${story.cluster.nodes[0]?.api.url}/healthz`;
    const id = await examples.apply('23-sensors.yaml');
    const runId = await examples.start(id, { params: { file, url } });
    await examples.when('a few looks', runId, (run) => (taskOf(run, 'file').waits?.looks ?? 0) > 1);
    writeFileSync(file, 'here\n');
    const run = await examples.ended(runId);
    expect(statesOf(run)).toEqual({
      ...{ file: 'success', service: 'success', command: 'success' },
      ...{ in_vain: 'skipped', end: 'success' },
    });
    expect(taskOf(run, 'service').attempts).toHaveLength(1);
    expect(taskOf(run, 'command').attempts.length).toBeGreaterThan(1);
  });

  it('told sensors: an asset, another DAG, a message; and one that gives up', async () => {
    await examples.apply('24-producer.yaml');
    const runId = await examples.start(await examples.apply('25-told-sensors.yaml'));
    const told = ['asset', 'dag', 'message'];
    await examples.when('all to wait', runId, (run) =>
      told.every((id) => taskOf(run, id).state === 'deferred'),
    );
    await examples.ended(await examples.start('producer'));
    const send = (total: number) =>
      examples.skein(
        'event',
        'send',
        '--subject',
        'examples.go',
        '--payload',
        `{"total":${total}}`,
      );
    await send(5);
    await send(500);
    const run = await examples.ended(runId);
    expect(statesOf(run)).toEqual({
      ...{ asset: 'success', dag: 'success', message: 'success' },
      ...{ in_vain: 'skipped', end: 'success' },
    });
    expect(await examples.output(run, 'end')).toBe(500);
    expect(told.flatMap((id) => taskOf(run, id).attempts)).toEqual([]);
  });
});

describe.concurrent('examples: values', () => {
  it('templates: dates, params, variables and outputs, and no value ever runs', async () => {
    await examples.call(contract.putVariable, { at: { name: 'city' }, body: { value: 'Köln' } });
    const id = await examples.apply('26-templates.yaml');
    const runId = await examples.start(id, { logicalDate: '2026-03-01T02:30:00Z' });
    const run = await examples.ended(runId);
    expect((await examples.log(run, 'dates')).split('\n')).toEqual([
      'ds=2026-03-01 ds_nodash=20260301 ts=2026-03-01T02:30:00+00:00 ts_nodash=20260301T023000',
      'yesterday=2026-02-28',
      'last_month=2026-02',
      'shanghai=10:30',
      `run=${runId} dag=templates task=dates attempt=1`,
      '',
    ]);
    const pattern = `*; echo 'no'\n`;
    expect(await examples.log(run, 'values')).toBe(`${pattern}${pattern}KÖLN\n`);
    expect(await examples.log(run, 'outputs')).toBe('30 success 3\n');
    expect(taskOf(run, 'no_quote')).toMatchObject({ state: 'failed', attempts: [] });
    expect(taskOf(run, 'no_quote').reason).toContain('{{ params.pattern }}');
  });

  it('param types: good values reach the task, and each bad one is refused', async () => {
    const run = await examples.run('27-param-types.yaml', { day: '2026-02-28', sizes: [1, 2] });
    expect(await examples.output(run, 'show')).toEqual({
      ...{ day: '2026-02-28', name: 'ada', times: 3, ratio: 0.5, loud: false, size: 'm' },
      ...{ moment: '2026-01-31T12:17:00Z', sizes: [1, 2], more: { key: 'value' } },
    });
    const bad = [
      {},
      ...[{ day: '2026-02-30' }, { name: 'Ada' }, { name: 'abcdefghi' }, { times: 6 }],
      ...[{ times: 1.5 }, { ratio: 'half' }, { loud: 'yes' }, { size: 'xl' }, { moment: 'now' }],
      ...[{ sizes: [1, 2, 3, 4] }, { more: [] }, { unknown: 1 }],
    ];
    for (const params of bad) {
      const wrong = Object.keys(params).length === 0 ? {} : { day: '2026-02-28', ...params };
      const started = examples.start('param_types', { params: wrong });
      await expect(started, JSON.stringify(params)).rejects.toMatchObject({
        code: 'PARAM_INVALID',
      });
    }
  });
});

describe.concurrent('examples: what happens besides', () => {
  it('callbacks: a task, an address and a DAG are told', async () => {
    await examples.apply('32-child.yaml');
    const { url, heard, close } = await startListener();
    try {
      const run = await examples.run('28-callbacks.yaml', { url });
      const { runId } = run;
      expect(run.state).toBe('failed');
      expect(statesOf(run)).toMatchObject({ flaky: 'success', broken: 'failed' });
      expect(await examples.log(run, 'on.flaky.retry.1')).toMatch(/^again because \S/);
      expect(await examples.log(run, 'on.exit.1')).toBe(`${runId} ended as failed\n`);
      expect(taskOf(run, 'on.exit.2').state).toBe('skipped');
      const ofTask = heard.find(({ path }) => path === '/task');
      expect(ofTask).toMatchObject({ body: 'flaky is success', headers: { 'x-task': 'flaky' } });
      const ofRun: unknown = JSON.parse(heard.find(({ path }) => path === '/run')?.body ?? '');
      expect(ofRun).toMatchObject({
        run: { id: runId },
        cause: { on: 'failure', state: 'failed' },
      });
      expect(heard).toHaveLength(2);
      const children = await examples.endedRuns(
        'child',
        2,
        ({ parent }) => parent?.runId === runId,
      );
      expect(children.map(({ params }) => params.word).toSorted()).toEqual(['broken', 'nothing']);
      const unused = ['on.success.1', 'on.broken.success.1'];
      expect(run.tasks.filter(({ taskId }) => unused.includes(taskId))).toEqual([]);
    } finally {
      close();
    }
  });

  it('SLA: a miss is told while the work goes on', async () => {
    const run = await examples.run('29-sla.yaml');
    expect(run).toMatchObject({ state: 'success', slaMissed: true });
    expect(taskOf(run, 'slow')).toMatchObject({ state: 'success', slaMissed: true });
    expect(taskOf(run, 'fast')).toMatchObject({ state: 'success', slaMissed: false });
    expect(await examples.log(run, 'on.sla.1')).toBe('the run is late\n');
    expect(await examples.log(run, 'on.slow.sla.1')).toBe('slow: sla\n');
    const [told, done] = ['on.slow.sla.1', 'slow'].map((id) => taskOf(run, id).endedAt ?? '');
    expect(Date.parse(told ?? '')).toBeLessThan(Date.parse(done ?? ''));
  });

  it('retry rules: by exit code, exception and time-out', async () => {
    const run = await examples.run('30-retry-rules.yaml');
    const how = (id: string) => [taskOf(run, id).state, taskOf(run, id).attempts.length];
    expect(how('busy')).toEqual(['success', 3]);
    expect(how('wrong')).toEqual(['failed', 1]);
    expect(how('slow')).toEqual(['failed', 1]);
    expect(how('python')).toEqual(['failed', 2]);
    expect(run.state).toBe('success');
  });

  it('compensation: what succeeded is undone, the newest first', async () => {
    const run = await examples.run('31-compensation.yaml');
    expect(run.state).toBe('failed');
    expect(await examples.log(run, 'cancel_flight')).toBe('cancel seat 12A\n');
    expect(await examples.log(run, 'undo.book_hotel')).toBe('cancel the hotel\n');
    const ended = (id: string): number => Date.parse(taskOf(run, id).endedAt ?? '');
    expect(spanOf(taskOf(run, 'cancel_flight')).from).toBeGreaterThanOrEqual(
      ended('undo.book_hotel'),
    );
    expect(run.tasks.filter(({ taskId }) => taskId === 'undo.pay')).toEqual([]);
  });

  it('compensation: a run that ended well is undone when somebody asks for it', async () => {
    const { runId, state } = await examples.run('31-compensation.yaml', { money: true });
    expect(state).toBe('success');
    await examples.call(contract.compensateRun, { at: { runId } });
    const run = await examples.when('it to be undone', runId, ({ tasks, ending }) => {
      const undone = tasks.filter(({ role }) => role?.kind === 'compensation');
      return undone.length === 3 && undone.every((task) => task.state === 'success') && !ending;
    });
    expect(run.state).toBe('success');
    const order = ['undo.pay', 'undo.book_hotel', 'cancel_flight'].map((id) =>
      Date.parse(taskOf(run, id).endedAt ?? ''),
    );
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('subdag and trigger: three are waited for, one is not', async () => {
    await examples.apply('32-child.yaml');
    const run = await examples.run('33-subdag-and-trigger.yaml');
    expect(instancesOf(run)).toMatchObject({
      ...{ wait_for_it: 'success', 'each_word[0]': 'success', 'each_word[1]': 'success' },
      ...{ start_it: 'success', fails_with_it: 'failed' },
    });
    expect(await examples.output(run, 'end')).toBe('failed');
    const children = await examples.endedRuns(
      'child',
      6,
      ({ parent }) => parent?.runId === run.runId,
    );
    const words = children.map(({ params, state }) => `${params.word} ${state}`);
    expect(words.map((word) => word.replace(/on [\d-]+/, 'on ds')).toSorted()).toEqual([
      ...['a success', 'b success', 'bad failed', 'bad failed'],
      ...['later success', 'on ds success'],
    ]);
    const waited = children.filter(({ parent }) => parent?.taskId === 'wait_for_it');
    const child = waited[0]?.runId;
    expect(await examples.output(run, 'wait_for_it')).toMatchObject({ runId: child });
  });

  it('limits: slots, keys, rates; and the most urgent goes first', async () => {
    for (const [name, slots] of [
      ['examples', 2],
      ['one-by-one', 1],
    ] as const) {
      await examples.call(contract.putPool, { at: { name }, body: { slots } });
    }
    const run = await examples.run('34-limits.yaml');
    expect(run.state).toBe('success');
    const spans = (id: string, indices: readonly number[]) =>
      indices.map((index) => spanOf(taskOf(run, id, index)));
    const large = spanOf(taskOf(run, 'large'));
    expect(mostAtOnce([...spans('pooled', [0, 1, 2, 3, 4, 5]), large, large])).toBe(2);
    expect(mostAtOnce(spans('keyed', [0, 2]))).toBe(1);
    expect(mostAtOnce(spans('keyed', [1, 3]))).toBe(1);
    const starts = spans('paced', [0, 1, 2, 3])
      .map(({ from }) => from)
      .toSorted((a, b) => a - b);
    expect((starts[2] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
    expect((starts[3] ?? 0) - (starts[1] ?? 0)).toBeGreaterThanOrEqual(2_000);
    const order = ['high', 'usual', 'low'].map((id) => spanOf(taskOf(run, id)).from);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});

describe.concurrent('examples: where tasks run, and who goes first', () => {
  it('placement: copies on nodes of their own, and a reader where the writer was', async () => {
    const run = await examples.run('46-placement.yaml');
    expect(run.state).toBe('success');
    const copies = [0, 1, 2].map((index) => taskOf(run, 'copies', index));
    for (const [place, copy] of copies.entries()) {
      for (const other of copies.slice(place + 1)) {
        if (nodeOf(other) !== nodeOf(copy)) continue;
        expect(mostAtOnce([spanOf(copy), spanOf(other)])).toBe(1);
      }
    }
    expect(nodeOf(taskOf(run, 'read'))).toBe(nodeOf(taskOf(run, 'write')));
  });

  it('priorities: the higher class goes first', async () => {
    const run = await examples.run('47-priorities.yaml');
    expect(run.state).toBe('success');
    const spans = ['critical', 'high', 'usual', 'low'].map((id) => spanOf(taskOf(run, id)));
    expect(mostAtOnce(spans)).toBe(1);
    const starts = spans.map(({ from }) => from);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });

  it('quotas: a namespace has no more than it may, and a task no more than it says', async () => {
    const query = { namespace: 'team-a' };
    await examples.call(contract.putNamespace, {
      at: { name: 'team-a' },
      body: { weight: 3, quota: { runningTasks: 2, cpu: 4 } },
    });
    await examples.skein('apply', '-f', join(checkout, 'examples/48-quotas.yaml'));
    const at = await examples.call(contract.startRun, { at: { dagId: 'quotas' }, query, body: {} });
    const run = await until('its end', patience, async () => {
      const found = await examples.call(contract.getRun, { at: { runId: at.runId }, query });
      return hasEnded(found) ? found : undefined;
    });
    expect(run.state).toBe('success');
    const spans = (id: string, count: number) =>
      Array.from({ length: count }, (_, index) => spanOf(taskOf(run, id, index)));
    expect(mostAtOnce(spans('alone', 3))).toBe(1);
    expect(mostAtOnce([...spans('work', 6), ...spans('alone', 3)])).toBe(2);
  });
});

const nodeOf = ({ attempts }: TaskDetail): string | undefined => attempts.at(-1)?.node;

/** The examples of events, of work by hand and of versions, on one real cluster, side by side. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDetail } from '../../cluster/api.ts';
import { until } from '../../cluster/problem.ts';
import { contract } from '../../src/api/contract.ts';
import { Examples, patience, taskOf, textOf } from './examples-kit.ts';
import { beginStory, type Story, statesOf } from './story-cluster.ts';

let story: Story;
let examples: Examples;
beforeAll(async () => {
  story = await beginStory();
  examples = new Examples(story);
});
afterAll(() => story?.end());

const send = (event: Readonly<Record<string, unknown>>) =>
  examples.call(contract.sendEvent, { body: event });

describe('examples: triggers', () => {
  const secret = { 'x-skein-secret': 'a-secret-of-the-examples' };
  const at = { dagId: 'triggers', trigger: 'order' };

  /** The newest of so many runs, and what it says has started it. */
  async function nthRun(
    count: number,
  ): Promise<{ readonly run: RunDetail; readonly said: unknown }> {
    const run = (await examples.endedRuns('triggers', count))[count - 1];
    if (run === undefined) throw new Error(`there is no run number ${count}`);
    return { run, said: await examples.output(run, 'say') };
  }

  it('triggers: a webhook, for who knows the secret, once for each delivery', async () => {
    const inbox = join(story.folder, 'inbox');
    mkdirSync(inbox);
    await examples.apply('24-producer.yaml');
    await examples.apply('40-triggers.yaml', (text) =>
      text.replace('/tmp/skein-examples/inbox', inbox),
    );
    const hook = (headers: Readonly<Record<string, string>>, body: unknown) =>
      examples.call(contract.hook, { at, headers, body });
    await expect(hook({}, { id: 7 })).rejects.toMatchObject({ code: 'HOOK_SECRET_WRONG' });
    const delivery = { ...secret, 'x-event-id': 'delivery-1' };
    expect((await hook(delivery, { id: 7 })).runs).toHaveLength(1);
    expect(await hook(delivery, { id: 7 })).toMatchObject({ runs: [], known: 1 });
    expect((await hook({ ...secret, 'x-event-id': 'delivery-2' }, { id: 0 })).runs).toEqual([]);
    const { run, said } = await nthRun(1);
    expect([run.trigger, said]).toEqual(['event', 'webhook 7']);
    expect(run.payload).toMatchObject({ id: 7 });
  });

  it('triggers: a message, a file, a DAG and an asset', async () => {
    await send({ kind: 'subject', subject: 'examples.new', payload: { total: 5 } });
    await send({ kind: 'subject', subject: 'examples.new', payload: { total: 500 } });
    expect((await nthRun(2)).said).toBe('subject 500');
    writeFileSync(join(story.folder, 'inbox', 'one.csv'), 'a,b\n');
    expect((await nthRun(3)).said).toBe('file 4');
    await examples.ended(await examples.start('producer', { params: { table: 'none' } }));
    expect((await nthRun(4)).said).toBe('success 0');
    await examples.skein('trigger', 'disable', 'triggers', 'upstream');
    await examples.ended(await examples.start('producer', { params: { table: 'people' } }));
    expect((await nthRun(5)).said).toBe('asset 0');
  });

  it('triggers: an event that the DAG does not take is a letter, and can be replayed', async () => {
    await examples.call(contract.hook, { at, headers: secret, body: { id: 5_000 } });
    const letters = async () => {
      const { items } = await examples.call(contract.listLetters, { query: { dag: 'triggers' } });
      return items;
    };
    const [letter, ...others] = await letters();
    expect(others).toEqual([]);
    expect(letter?.reason).toContain('number');
    const replay = () =>
      examples.call(contract.replayLetter, { at: { letterId: letter?.letterId ?? '' } });
    await expect(replay()).rejects.toMatchObject({ code: 'PARAM_INVALID' });
    expect(await letters()).toHaveLength(1);
    await examples.apply('40-triggers.yaml', (text) =>
      text.replace('maximum: 1000', 'maximum: 9000'),
    );
    await replay();
    expect(await letters()).toEqual([]);
    expect((await nthRun(6)).said).toBe('webhook 5000');
  });
});

describe.concurrent('examples: all of several', () => {
  it('all of: one run when each has come, with what they said', async () => {
    const dagId = await examples.apply('41-all-of.yaml');
    const kept = async () => {
      const { items } = await examples.call(contract.listTriggers, { query: { dag: dagId } });
      return items[0]?.kept.map(({ source }) => source).toSorted() ?? [];
    };
    await send({ kind: 'asset', uri: 'asset://examples/left', payload: { rows: 1 } });
    await send({ kind: 'asset', uri: 'asset://examples/left', payload: { rows: 2 } });
    await until('the clock to count', patience, async () => {
      const sources = await kept();
      return (sources.includes(0) && sources.includes(2)) || undefined;
    });
    expect((await story.cluster.ask((api) => api.runs(dagId))).items).toEqual([]);
    await send({ kind: 'asset', uri: 'asset://examples/right', payload: { rows: 3 } });
    const runs = await examples.endedRuns(dagId, 1);
    expect(runs).toHaveLength(1);
    const output = await examples.output(runs[0] ?? { runId: '' }, 'merge');
    expect(output).toMatchObject([{ rows: 2 }, { rows: 3 }, expect.anything()]);
    expect(await kept()).not.toContain(0);
  });
});

describe.concurrent('examples: by hand', () => {
  it('by hand: rerun what failed, with other params', async () => {
    const { runId, state } = await examples.run('43-by-hand.yaml');
    expect(state).toBe('failed');
    await examples.skein('rerun', runId, '--from', 'check');
    const again = await examples.ended(runId);
    expect([again.generation, again.state]).toEqual([2, 'failed']);
    expect(taskOf(again, 'first').attempts).toHaveLength(1);
    expect(taskOf(again, 'check').attempts).toHaveLength(2);
  });

  it('by hand: a mark mends an ended run, and it goes on behind it', async () => {
    const { runId } = await examples.run('43-by-hand.yaml');
    await examples.skein('mark', runId, '-t', 'check', '--as', 'success', '--note', 'seen');
    const run = await examples.ended(runId);
    expect(run.state).toBe('success');
    expect(statesOf(run)).toEqual({ first: 'success', check: 'success', last: 'success' });
    expect(taskOf(run, 'check').markedBy).not.toBeNull();
    expect(taskOf(run, 'last').attempts).toHaveLength(1);
    expect(run.notes.some(({ text }) => text.includes('seen'))).toBe(true);
  });

  it('by hand: a paused run begins nothing, and is edited before it goes on', async () => {
    const dagId = await examples.apply('43-by-hand.yaml');
    const runId = await examples.start(dagId, { params: { seconds: 2 } });
    await examples.when('the first', runId, (run) => taskOf(run, 'first').state === 'running');
    await examples.call(contract.pauseRun, { at: { runId } });
    const paused = await examples.when(
      ...([
        'its end',
        runId,
        (run: RunDetail) => taskOf(run, 'first').state === 'success',
      ] as const),
    );
    expect(paused.paused).toBe(true);
    expect(taskOf(paused, 'check').attempts).toEqual([]);
    await examples.skein('edit', runId, '-p', 'fine=true', '-p', 'seconds=2');
    const definition = {
      params: { fine: { type: 'boolean' }, seconds: { type: 'number', default: 0 } },
      tasks: {
        first: { type: 'shell', command: 'sleep "$SKEIN_PARAM_SECONDS"' },
        check: {
          ...{ type: 'shell', dependsOn: ['first'] },
          command: 'test {{ params.fine }} = true && echo edited',
        },
        more: { type: 'noop', dependsOn: ['check'] },
      },
    };
    await examples.call(contract.editRun, {
      at: { runId },
      body: { definition, note: 'in a hurry' },
    });
    expect((await examples.look(runId)).state).toBe('running');
    await examples.skein('resume', runId);
    const run = await examples.ended(runId);
    expect(run.state).toBe('success');
    expect(statesOf(run)).toEqual({ first: 'success', check: 'success', more: 'success' });
    expect(await examples.log(run, 'check')).toBe('edited\n');
    const { versionId } = await examples.call(contract.getDag, { at: { dagId } });
    expect(run.versionId).not.toBe(versionId);
  });

  it('by hand: what is under way can be marked with force', async () => {
    const dagId = await examples.apply('43-by-hand.yaml');
    const runId = await examples.start(dagId, { params: { seconds: 60, fine: true } });
    await examples.when('the first', runId, (run) => taskOf(run, 'first').state === 'running');
    const mark = { tasks: ['first'], as: 'success', note: 'long enough' };
    const refused = examples.call(contract.markTasks, { at: { runId }, body: mark });
    await expect(refused).rejects.toMatchObject({ code: 'TASK_ACTIVE' });
    await examples.call(contract.markTasks, { at: { runId }, body: { ...mark, force: true } });
    const run = await examples.ended(runId);
    expect(run.state).toBe('success');
    expect(taskOf(run, 'first')).toMatchObject({
      state: 'success',
      attempts: [{ state: 'cancelled' }],
    });
  });
});

describe.concurrent('examples: versions', () => {
  const newer = (text: string): string => text.replace('\\"old\\"', '\\"new\\"');
  const broken = (text: string): string => text.replace("'echo", "'exit 1; echo");

  it('canary: two runs take the new version, then it is promoted, and rolled back', async () => {
    const file = join(story.folder, 'new.yaml');
    writeFileSync(file, newer(textOf('44-canary.yaml')));
    const dagId = await examples.apply('44-canary.yaml');
    const said = async (): Promise<unknown> =>
      examples.output(await examples.ended(await examples.start(dagId)), 'work');
    expect(await said()).toBe('old');
    await examples.skein('dag', 'canary', dagId, '-f', file, '--runs', '2');
    expect([await said(), await said(), await said()]).toEqual(['new', 'new', 'old']);
    const canary = await examples.call(contract.getCanary, { at: { dagId } });
    expect(canary).toMatchObject({ runsLeft: 0, started: 2, succeeded: 2, failed: 0 });
    await examples.skein('dag', 'promote', dagId);
    expect(await said()).toBe('new');
    const { items } = await examples.call(contract.listVersions, { at: { dagId } });
    const [old] = items.filter(({ current }) => !current);
    const diff = await examples.skein('dag', 'diff', dagId, old?.versionId.slice(0, 8) ?? '');
    expect(diff).toContain('work');
    await examples.skein('dag', 'rollback', dagId);
    expect(await said()).toBe('old');
  });

  it('canary: one that fails too often is over, and the good version goes on', async () => {
    const rename = (text: string): string => text.replace('id: canary', 'id: bad_canary');
    const file = join(story.folder, 'bad.yaml');
    writeFileSync(file, broken(rename(textOf('44-canary.yaml'))));
    expect(readFileSync(file, 'utf8')).toContain('exit 1');
    const dagId = await examples.apply('44-canary.yaml', rename);
    const rules = ['--share', '1', '--max-failure-rate', '0.5', '--min-runs', '2'];
    await examples.skein('dag', 'canary', dagId, '-f', file, ...rules);
    const states: string[] = [];
    for (const _ of [1, 2, 3]) {
      states.push((await examples.ended(await examples.start(dagId))).state);
    }
    expect(states).toEqual(['failed', 'failed', 'success']);
    const canary = examples.call(contract.getCanary, { at: { dagId } });
    await expect(canary).rejects.toMatchObject({ code: 'CANARY_NOT_FOUND' });
  });
});

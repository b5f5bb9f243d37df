/**
 * Every file in `examples` runs on a real cluster and does what its comment says: the first twelve
 * here, those of tasks, of time and of events in the files beside this one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDetail, TaskDetail } from '../../cluster/api.ts';
import { checkout } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { makeSource } from '../../cluster/samples.ts';
import { beginStory, type Story, statesOf } from './story-cluster.ts';

let story: Story;
beforeAll(async () => {
  story = await beginStory();
});
afterAll(() => story?.end());

const textOf = (file: string): string => readFileSync(join(checkout, 'examples', file), 'utf8');

/** Applies `NN-name.yaml` as it is and runs it once. */
async function runExample(
  file: string,
  params?: Readonly<Record<string, string | number>>,
): Promise<RunDetail> {
  const id = idOf(file);
  await story.apply(id, textOf(file));
  return story.run(id, params);
}

const idOf = (file: string): string => file.replace(/^\d+-|\.yaml$/g, '').replaceAll('-', '_');

function taskOf({ tasks }: RunDetail, id: string): TaskDetail {
  const found = tasks.find(({ taskId }) => taskId === id);
  if (found === undefined) throw new Error(`the run has no task ${id}`);
  return found;
}

const outputOf = async ({ runId }: RunDetail, task: string): Promise<unknown> =>
  (await story.cluster.ask((api) => api.task(runId, task))).output;

const logOf = ({ runId }: RunDetail, task: string): Promise<string> =>
  story.cluster.ask((api) => api.log(runId, task));

describe('examples', () => {
  it('hello: says hello', async () => {
    const run = await runExample('01-hello.yaml');
    expect(run.state).toBe('success');
    expect(await logOf(run, 'hello')).toBe(`Hello from run ${run.runId}, attempt 1.\n`);
  });

  it('chain: outputs travel to the next task', async () => {
    const run = await runExample('02-chain.yaml');
    expect(run.state).toBe('success');
    expect(await outputOf(run, 'double')).toEqual({ apples: 6 });
    expect(await logOf(run, 'announce')).toContain('6');
  });

  it('fan-out, fan-in: the last task waits for all and adds up', async () => {
    const run = await runExample('03-fan-out-fan-in.yaml');
    expect(run.state).toBe('success');
    expect(await outputOf(run, 'add_up')).toEqual({ total: 6 });
  });

  it('retries: the third attempt succeeds, after 1 s and then 2 s', async () => {
    const run = await runExample('04-retries.yaml');
    const { state, attempts } = taskOf(run, 'flaky');
    expect([run.state, state]).toEqual(['success', 'success']);
    expect(attempts.map(({ state }) => state)).toEqual(['failed', 'failed', 'success']);
    const waits = attempts.slice(1).map(({ assignedAt }, place) => {
      const before = attempts[place]?.endedAt ?? '';
      return Date.parse(assignedAt) - Date.parse(before);
    });
    expect(waits[0]).toBeGreaterThanOrEqual(990);
    expect(waits[1]).toBeGreaterThanOrEqual(1_990);
  });

  it('time-out: the attempt is ended, and its follower runs', async () => {
    const run = await runExample('05-timeout.yaml');
    expect(statesOf(run)).toEqual({ hangs: 'failed', tidy_up: 'success' });
    expect(taskOf(run, 'hangs').attempts[0]?.state).toBe('timed_out');
  });

  it('skip and trigger rules: a skipped branch does not fail the run', async () => {
    const run = await runExample('06-skip-and-trigger-rules.yaml');
    expect(run.state).toBe('success');
    expect(statesOf(run)).toEqual({
      look_for_files: 'skipped',
      read_files: 'skipped',
      read_archive: 'success',
      report: 'success',
    });
  });

  it('params: values reach the task as they are', async () => {
    const run = await runExample('07-params.yaml', { name: `O'Hara "$(id)"`, times: 2 });
    expect(await logOf(run, 'greet')).toBe(
      `Hello, O'Hara "$(id)" (1)\nHello, O'Hara "$(id)" (2)\n`,
    );
  });

  it('params: one that must be given is asked for, and a wrong one is refused', async () => {
    await expect(story.run('params')).rejects.toMatchObject({ code: 'PARAM_INVALID' });
    const wrong = { name: 'Li', greeting: 'Servus' };
    await expect(story.run('params', wrong)).rejects.toMatchObject({ code: 'PARAM_INVALID' });
  });

  it('python: inline and from a file', async () => {
    const run = await runExample('08-python.yaml');
    expect(run.state).toBe('success');
    expect(await outputOf(run, 'run_script')).toEqual({ squares: [4, 9, 25] });
  });

  it('http: a request and its answer', async () => {
    const { server, heard } = await startService(8099);
    try {
      const run = await runExample('09-http.yaml');
      expect(run.state).toBe('success');
      expect(heard).toEqual(['GET /health ', 'POST /opinions {"opinion":"fine"}']);
    } finally {
      server.close();
    }
  });

  it('schedules: each instant starts one run', async () => {
    await story.apply('schedules', textOf('10-schedules.yaml'));
    const fired = await until('two runs', { withinMs: 20_000, everyMs: 100 }, async () => {
      const { items } = await story.cluster.ask((api) => api.runs('schedules'));
      return items.length >= 2 ? items : undefined;
    });
    await story.cluster.ask((api) => api.pauseDag('schedules'));
    const dates = fired.map(({ logicalDate }) => Date.parse(logicalDate ?? ''));
    expect(new Set(dates).size).toBe(dates.length);
    expect((dates[0] ?? 0) - (dates[1] ?? 0)).toBe(2_000);
    expect(fired.every(({ trigger }) => trigger === 'schedule')).toBe(true);
  });

  it('every example file has a test, and a line in the table', () => {
    const folder = join(checkout, 'test/stories');
    const ours = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
    const tests = ours.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    const files = readdirSync(join(checkout, 'examples')).filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !tests.includes(file))).toEqual([]);
    const table = readFileSync(join(checkout, 'examples/README.md'), 'utf8');
    expect(files.filter((file) => !table.includes(`](${file})`))).toEqual([]);
  });
});

describe('sample pipelines', () => {
  const paramsFor = (source: string, workdir: string) => ({
    source: join(story.folder, source),
    workdir: join(story.folder, workdir),
    pace: 0,
  });

  it('data_pipeline: readings become daily means', async () => {
    makeSource(join(story.folder, 'source'));
    const run = await runExample('11-data-pipeline.yaml', paramsFor('source', 'daily'));
    expect(run.state).toBe('success');
    expect(await outputOf(run, 'extract')).toEqual({ rows: 12_000 });
    // 50 stations, ten days; 119 readings have no number.
    expect(await outputOf(run, 'transform')).toEqual({ rows: 500, readings: 11_881 });
    const table = readFileSync(join(story.folder, 'daily', run.runId, 'warehouse.csv'), 'utf8');
    expect(table.split('\n').slice(0, 2)).toEqual([
      'station,day,readings,celsius',
      'S01,0,24,13.49',
    ]);
  });

  it('dwh_etl_pipeline: the warehouse holds what the sources say', async () => {
    makeSource(join(story.folder, 'source'));
    const params = paramsFor('source', 'warehouse');
    const api = `file://${params.source}/api`;
    const run = await runExample('12-dwh-etl-pipeline.yaml', { ...params, api });
    expect(run.state).toBe('success');
    expect(await outputOf(run, 'validate')).toEqual({
      sales: 5_720,
      customers: 480,
      revenueCents: 9_759_410,
    });
    const report = readFileSync(join(story.folder, 'warehouse', run.runId, 'report.md'), 'utf8');
    expect(report).toContain('# Sales: 97594.10');
    expect(report.match(/^\| (Beijing|Berlin|Lagos|Lima|Osaka) /gm)).toHaveLength(5);
  });

  it('dwh_etl_pipeline: duplicates fail the quality check and everything behind it', async () => {
    makeSource(join(story.folder, 'dirty'), '--duplicates');
    const params = paramsFor('dirty', 'refused');
    const api = `file://${params.source}/api`;
    const run = await runExample('12-dwh-etl-pipeline.yaml', { ...params, api });
    expect(run.state).toBe('failed');
    expect(statesOf(run)).toEqual({
      extract_mysql: 'success',
      extract_api: 'success',
      quality_check: 'failed',
      transform: 'upstream_failed',
      load_fact: 'upstream_failed',
      load_dim: 'upstream_failed',
      validate: 'upstream_failed',
      send_report: 'upstream_failed',
    });
    const { attempts } = taskOf(run, 'quality_check');
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.exitCode).toBe(100);
    expect(attempts[0]?.error).toContain('ids occur more than once');
  });
});

async function startService(
  port: number,
): Promise<{ readonly server: Server; readonly heard: readonly string[] }> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => {
      body += String(bytes);
    });
    request.on('end', () => {
      heard.push(`${request.method} ${request.url} ${body}`);
      response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'text/plain' });
      response.end('well\n');
    });
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return { server, heard };
}

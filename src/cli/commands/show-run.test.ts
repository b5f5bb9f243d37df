import { beforeAll, expect, test } from 'vitest';
import { runDetailReply } from '../../api/contract-replies.ts';
import { dagId, namespace, nodeId, runId, taskId, token, wallMs } from '../../base/brand.ts';
import type { RunRow } from '../../model/run.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { runDetailView } from '../../model/views.ts';
import { behind, executorOf, queuedRun, spec, start, task } from '../../scheduler/testing/rows.ts';
import type { Terminal } from '../terminal.ts';
import { showRun } from './show-run.ts';

beforeAll(() => {
  process.env.TZ = 'UTC';
});

const plain: Terminal = {
  out: () => {},
  outBytes: async () => {},
  err: () => {},
  paint: (_, text) => text,
  isInteractive: false,
  env: {},
  readStdin: async () => '',
  interrupt: new AbortController().signal,
};

const id = { namespace: namespace('default'), runId: runId('r1') };
const row = (name: string, mapIndex: number, differs: object): TaskRow =>
  ({
    ...id,
    taskId: taskId(name),
    mapIndex,
    attempts: [],
    tries: 0,
    ...differs,
  }) as object as TaskRow;

const attempt = {
  number: 1,
  node: nodeId('n2'),
  incarnation: executorOf('n2').incarnation,
  token: token(9),
  assignedAt: start,
};
const bad = {
  ...{ ...attempt, outcome: 'failed', startedAt: start, endedAt: wallMs(start + 1200) },
  ...{ exitCode: 1, signal: null, error: 'exit code 1: no such table' },
};
const good = { ...bad, outcome: 'success', exitCode: 0, error: null };
const success = { status: 'success', endedAt: start, attempts: [good] };

const content = spec(
  {
    list: task(),
    load: task({ map: 'load', dependsOn: [taskId('list')] }),
    clean: behind(['list'], { group: 'tidy' }),
    sweep: behind(['list'], { group: 'tidy' }),
    check: behind(['load'], { group: 'report.mail' }),
    sign: behind(['load'], { group: 'report.mail' }),
    call: task({ role: { kind: 'hook', on: 'failure', of: taskId('load') } }),
  },
  {
    maps: {
      load: {
        ...{ over: { item: 'tasks.list.output' }, members: [taskId('load')] },
        ...{ dependsOn: [taskId('list')], triggerRule: 'all_success', activeMax: 20 },
      },
    },
  },
);

const run: RunRow = {
  ...queuedRun('r1', { name: 'shop', content }),
  status: 'running',
  startedAt: start,
  trigger: 'task',
  parent: { runId: runId('r0'), taskId: taskId('go'), mapIndex: 2, generation: 1, waits: true },
  notes: [{ at: start, by: 'ada', text: 'marked list as success: fixed by hand' }],
};

const rows: readonly TaskRow[] = [
  row('list', 0, { ...success, markedBy: 'ada' }),
  ...Array.from({ length: 100 }, (_, i) => row('load', i, success)),
  row('load', 17, { status: 'failed', endedAt: start, reason: 'failed', attempts: [bad] }),
  row('clean', 0, success),
  row('sweep', 0, success),
  row('sign', 0, {
    ...{ status: 'deferred', since: start, until: wallMs(start + 3_600_000) },
    waitsFor: { kind: 'run', dagId: dagId('audit'), runId: runId('r7') },
  }),
  row('call', 0, {
    ...{ status: 'queued', attempt: { ...attempt, revoked: false } },
    cause: { on: 'failure', taskId: 'load', mapIndex: 17, state: 'failed', reason: 'exit code 1' },
  }),
];

const detail = () => {
  const version = {
    ...{ namespace: id.namespace, dagId: run.dagId, versionId: run.versionId },
    ...{ spec: content, createdAt: start, createdBy: 'ada' },
  };
  const items = JSON.stringify(Array.from({ length: 100 }, (_, i) => i));
  const expansions = [{ ...id, mapId: 'load', size: 100, items }];
  return runDetailReply.parse(
    runDetailView({ run, version, tasks: rows, outputs: [], expansions }),
  );
};

test('show: maps and quiet groups are folded, and what needs a look is said in words', () => {
  const shown = showRun(plain, detail()).replace(/, [^,\n]* ago$/m, ', long ago');
  // The year is written in every year but its own.
  const timeless = shown.replace(/^took .*\n/m, '').replaceAll('2026-01-01', '01-01');
  expect(timeless).toMatchInlineSnapshot(`
    "r1  running
    dag      shop  version bbd2cae8
    trigger  task by ada, long ago
    parent   task go[2] of run r0
    tasks    1 failed, 1 queued, 1 deferred, 1 scheduled, 102 success
    maps     load: 100 items, 20 at a time
    note     01-01 00:00 ada: marked list as success: fixed by hand

    TASK          STATE      NODE  ATTEMPTS  TOOK  WHY
    list          success    n2    1         1.2s  marked by ada
    load[0..99]   failed                           1 failed, 99 success
      load[17]    failed     n2    1         1.2s  exit code 1: no such table
    tidy/         success                          2 success
    report.mail/  deferred                         1 deferred, 1 scheduled
      check       scheduled  -     0         -
      sign        deferred   -     0         -     waits for run r7 of audit, until 01-01 01:00
    call          queued     n2    1         -     load[17] ended: failed
    "
  `);
});

test('show --all: every instance has its line', () => {
  const shown = showRun(plain, detail(), true);
  expect(shown).toMatch(/^ {2}load\[99\] +success/m);
  expect(shown).toMatch(/^ {2}clean +success/m);
  expect(shown.match(/^ {2}load\[\d+\] /gm)).toHaveLength(100);
});

test('show: what an attempt took of its node stands beside how long it took', () => {
  const usage = { cpuMs: 1500, memoryBytesMax: 3 * 2 ** 20, readBytes: 0, writtenBytes: 0 };
  const parsed = detail();
  const tasks = parsed.tasks.map((each) => ({
    ...each,
    attempts: each.attempts.map((one) => ({ ...one, usage })),
  }));
  expect(showRun(plain, { ...parsed, tasks })).toContain('1.2s, cpu 1.5s, 3Mi');
  expect(showRun(plain, parsed)).not.toContain('cpu 1.5s');
});

/** Tables of the guide that say what the code says: states, limits, metrics, whole definitions. */
import { expect, test } from 'vitest';
import { contract } from '../../src/api/contract.ts';
import { runStates } from '../../src/api/contract-replies.ts';
import { readDag } from '../../src/api/dag-file.ts';
import { dagFileLimits } from '../../src/api/dag-file-limits.ts';
import { findingText } from '../../src/api/problems.ts';
import { serverTextLimits } from '../../src/api/source-document.ts';
import { logIndex } from '../../src/base/brand.ts';
import { limits } from '../../src/model/limits.ts';
import { mapItemsMax } from '../../src/model/map.ts';
import { objectLimits } from '../../src/model/object-limits.ts';
import { outputBytesMax } from '../../src/model/output.ts';
import { taskStates } from '../../src/model/views/instances.ts';
import { LoopDelay } from '../../src/node/loop-delay.ts';
import { makeMetrics } from '../../src/node/metrics.ts';
import { mapInstancesMax } from '../../src/scheduler/expand.ts';
import { nestingMax } from '../../src/scheduler/leader-tasks/subdag.ts';
import { fakeStatus } from './fake-status.ts';
import { documentPaths, documentText, sectionOf, tableRows } from './guide-kit.ts';

const wordsIn = (section: string): readonly string[] =>
  tableRows(sectionOf('docs/guide/states.md', section)).map(([word = '']) =>
    word.replaceAll('`', ''),
  );

test('guide: every state of runs, tasks and attempts is explained, and no other', () => {
  const attempts = contract.getTask.reply.shape.attempts.unwrap().element.shape.state.options;
  expect([...wordsIn('Of runs')].sort()).toEqual([...runStates].sort());
  expect([...wordsIn('Of tasks')].sort()).toEqual([...taskStates].sort());
  expect([...wordsIn('Of attempts')].sort()).toEqual([...attempts].sort());
});

test('guide: the limits of a DAG are those of the code', () => {
  const written = tableRows(sectionOf('docs/guide/dag-file.md', 'Limits'));
  const number = (count: number): string => count.toLocaleString('en');
  const kib = (bytes: number): string => `${number(bytes / 1024)} KiB`;
  expect(dagFileLimits.triggers).toBe(limits.schedulesPerDag);
  expect(Object.fromEntries(written.map(([what = '', most]) => [what, most]))).toEqual({
    'tasks of a DAG': number(limits.tasksPerDag),
    'edges of a DAG': number(limits.edgesPerDag),
    'tasks in its longest chain': number(limits.depth),
    'groups in groups': number(dagFileLimits.groupDepth),
    'items of a map': number(mapItemsMax),
    'items of a list that stands in the file': number(dagFileLimits.literalItems),
    'instances that one map adds to a run': number(mapInstancesMax),
    '`retries`': number(limits.retries),
    'rounds of a `repeat`': number(dagFileLimits.repeats),
    'runs that start each other, one below the other': number(nestingMax),
    '`maxActiveRuns`': number(dagFileLimits.activeRuns),
    'schedules, and triggers, of a DAG': `${number(limits.schedulesPerDag)} each`,
    'params of a DAG': number(dagFileLimits.params),
    'all params of a run, as JSON': kib(limits.paramBytes),
    'output of a task, before it becomes an artifact': kib(outputBytesMax),
    'command of a `shell` task': kib(dagFileLimits.commandCharacters),
    'file, as YAML, on a server': `${serverTextLimits.charactersMax / 1024 / 1024} MiB`,
    'versions of a DAG': number(limits.versionsPerDag),
    'DAGs in the cluster': number(limits.dags),
    'runs in the cluster that have not ended': number(limits.liveRuns),
  });
});

test('guide: the limits of named objects are those of the code', () => {
  const text = documentText('docs/guide/objects.md');
  const { pools, poolSlots, variables, calendars, calendarDays } = objectLimits;
  for (const count of [pools, poolSlots, variables, calendars, calendarDays]) {
    expect(text).toContain(count.toLocaleString('en'));
  }
});

/** `skein_logs_cut_bytes_total`, `_cut_failures_total`: the second has the begin of the first. */
function metricNames(cell: string): readonly string[] {
  const [first = '', ...more] = [...cell.matchAll(/`([a-z0-9_]+)/g)].map(([, name = '']) => name);
  const steps = first.split('_');
  const begins = steps.map((_, count) => steps.slice(0, count).join('_'));
  const endings = more.filter((name) => name.startsWith('_'));
  const whole = more.filter((name) => !name.startsWith('_'));
  return [first, ...whole, ...endings.flatMap((end) => begins.map((begin) => begin + end))];
}

test('guide: every metric of a node is explained, and none that it does not have', async () => {
  const status = { ...fakeStatus('n1', logIndex(1)) };
  const sources = { state: () => undefined, status: () => status, loopDelay: new LoopDelay() };
  const text = await makeMetrics(sources).text();
  const there = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  const own = there.filter((name) => !/^(process|nodejs)_/.test(name));
  const rows = tableRows(documentText('docs/guide/metrics.md'));
  const written = rows.map(([cell = '']) => metricNames(cell));
  const known = new Set(written.flat());
  expect(own.filter((name) => !known.has(name))).toEqual([]);
  const lost = written.flatMap((names) => names.slice(0, 1)).filter((name) => !own.includes(name));
  expect(lost).toEqual([]);
  expect(own.length).toBeGreaterThan(40);
});

/** A block is a definition if there are tasks in it; `tasks` of a node are settings. */
function* definitions(): Generator<{ readonly place: string; readonly text: string }> {
  for (const path of documentPaths().filter((it) => !it.startsWith('bench/'))) {
    for (const block of documentText(path).matchAll(/^```yaml\n(.*?)^```$/gms)) {
      const text = block[1] ?? '';
      if (!/^tasks:\n(?: *#.*\n)* +[\w.-]+:(?: *| *#.*| *\{.*)$/m.test(text)) continue;
      yield { place: path, text: /^id:/m.test(text) ? text : `id: x\n${text}` };
    }
  }
}

test('guide: definitions that the documents show can be applied', () => {
  const said = { id: null, namespace: null, limits: null, format: 'yaml' } as const;
  const all = [...definitions()].map(({ place, text }) => ({
    place,
    read: readDag({ text, ...said }),
  }));
  const wrong = all.flatMap(({ place, read }) =>
    read.ok ? [] : read.error.map((finding) => `${place}: ${findingText(finding)}`),
  );
  expect(wrong).toEqual([]);
  expect(all.length).toBeGreaterThan(5);
});

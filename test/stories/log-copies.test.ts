/** No log is lost when a node dies: told on real processes, with a node that is killed for good. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../cluster/problem.ts';
import { beginStory, type Story } from './story-cluster.ts';

let story: Story;
beforeAll(async () => {
  // Who is dead is known to be sooner.
  const nodeEnv = { SKEIN_TUNING_LEASE_MS: '4000', SKEIN_TUNING_GRACE_MS: '1000' };
  story = await beginStory({ nodeEnv });
});
afterAll(() => story?.end());

const tasks = ['a', 'b', 'c', 'd'];
const patience = { withinMs: 30_000, everyMs: 50 };

/** Numbered lines with the time at which each was written, in milliseconds. */
const line = 'echo "$i $(date +%s%3N)"; echo "e$i" >&2';
const command = `i=0; while :; do i=$((i+1)); ${line}; sleep 0.05; done`;
const writer = [
  'id: writers',
  'tasks:',
  ...tasks.map((task) => `  ${task}: { type: shell, command: '${command}' }`),
  '',
].join('\n');

const attemptsOf = (runId: string, task: string) =>
  story.cluster.ask((api) => api.task(runId, task)).then(({ attempts }) => attempts);

/** The first attempt's node of each task, once all of them write. */
async function placesOf(runId: string): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>();
  for (const task of tasks) {
    const node = await until(`${task} to run`, patience, async () => {
      const [first] = await attemptsOf(runId, task);
      return first?.startedAt == null ? undefined : first.node;
    });
    places.set(task, node);
  }
  return places;
}

async function logOf(runId: string, task: string, query = ''): Promise<Response> {
  const path = `/api/v1/runs/${runId}/tasks/${task}/attempts/1/log${query}`;
  const { url } = story.cluster.alive[0]!.api;
  return fetch(url + path);
}

/** What the attempt really wrote: the files of the dead node are still on this machine. */
async function originalOf(runId: string, task: string, node: string): Promise<string> {
  const [first] = await attemptsOf(runId, task);
  const folder = join(story.folder, 'cluster', node, 'attempts', 'default', runId, task, '0');
  return readFileSync(join(folder, `1-${first!.token}`, 'stdout'), 'utf8');
}

const lines = (text: string): string[] => text.split('\n').filter((line) => /^\d+ \d+$/.test(line));

/** All but the last second before its node died is there, and nothing that was never written. */
async function expectCopy(
  runId: string,
  task: string,
  { victim, killedAt }: { readonly victim: string; readonly killedAt: number },
): Promise<void> {
  const response = await until(`the copy of ${task}`, patience, async () => {
    const found = await logOf(runId, task);
    return found.headers.has('x-skein-log-copy') ? found : undefined;
  });
  expect(response.headers.get('x-skein-log-whole')).toBe('false');
  const copy = lines(await response.text());
  const original = lines(await originalOf(runId, task, victim));
  expect(original.slice(0, copy.length)).toEqual(copy);
  const due = original.filter((line) => Number(line.split(' ')[1]) <= killedAt - 1000);
  expect(due.length).toBeGreaterThan(5);
  expect(copy.length).toBeGreaterThanOrEqual(due.length);
  const errors = await (await logOf(runId, task, '?stream=stderr')).text();
  expect(errors.startsWith('e1\ne2\n')).toBe(true);
}

describe('copies of logs', () => {
  it.each([1, 2, 3])(
    'what was written a second before a node died is read elsewhere (%i)',
    async () => {
      const { cluster } = story;
      await story.apply('writers', writer);
      const { runId } = await cluster.ask((api) => api.startRun('writers'));
      const places = await placesOf(runId);
      const [task = '', victim = ''] = [...places][0] ?? [];
      await until('some lines', patience, async () =>
        lines(await (await logOf(runId, task)).text()).length > 30 ? true : undefined,
      );
      const reader = cluster.alive.find(({ name }) => name !== victim)!;
      const path = `/api/v1/runs/${runId}/tasks/${task}/attempts/1/log?follow=true`;
      const followed = fetch(reader.api.url + path).then((response) => response.text());
      const killedAt = Date.now();
      await cluster.killNode(victim);

      const lost = [...places].filter(([, node]) => node === victim).map(([each]) => each);
      await Promise.all(lost.map((each) => expectCopy(runId, each, { victim, killedAt })));
      const found = await fetch(
        `${reader.api.url}/api/v1/runs/${runId}/logs/search?q=e7&taskId=${task}&context=1`,
      ).then((response) => response.json() as Promise<{ matches: { copyOn: string }[] }>);
      expect(found).toMatchObject({
        matches: expect.arrayContaining(
          [
            { runId, taskId: task, mapIndex: 0, attempt: 1, stream: 'stderr', line: 7, offset: 18 },
          ].map((match) => expect.objectContaining(match)),
        ),
        unsearched: 0,
      });
      expect(found.matches[0]!.copyOn).not.toBe(victim);
      const text = await followed;
      const original = lines(await originalOf(runId, task, victim));
      const seen = lines(text);
      expect(original.slice(0, seen.length)).toEqual(seen);
      expect(text).toMatch(/\[skein: node n\d cannot be reached; this is the copy on n\d/);
      await cluster.ask((api) =>
        fetch(`${api.url}/api/v1/runs/${runId}/cancel`, { method: 'POST' }),
      );
      await cluster.restartNode(victim);
      const again = await logOf(runId, task);
      expect(again.headers.has('x-skein-log-copy')).toBe(false);
      expect(lines(await again.text())).toEqual(original);
    },
  );
});

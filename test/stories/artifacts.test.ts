/** Files from task to task, on real processes: nodes die, copies are damaged, runs grow old. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../cluster/problem.ts';
import { Examples, taskOf } from './examples-kit.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

let story: Story;
let examples: Examples;
beforeAll(async () => {
  const nodeEnv = { SKEIN_TUNING_LEASE_MS: '4000', SKEIN_TUNING_GRACE_MS: '1000' };
  story = await beginStory({ nodeEnv });
  examples = new Examples(story);
});
afterAll(() => story?.end());

const patience = { withinMs: 60_000, everyMs: 50 };

const passing = `
id: passing
tasks:
  make:
    type: shell
    command: mkdir out && echo "$SKEIN_RUN_ID" > out/text && head -c 3000000 /dev/zero > out/zeros
    artifacts: { text: out/text, all: out/ }
  gate: { type: approval, message: go on?, dependsOn: [make] }
  use:
    type: shell
    dependsOn: [gate]
    inputs: { in/text: make:text, in/all: make:all }
    command: cat in/text in/all/text; wc -c < in/all/zeros
`;

/** A run whose first task has ended, and where its artifacts lie. */
async function made(): Promise<{ readonly runId: string; readonly nodes: readonly string[] }> {
  await story.apply('passing', passing);
  const runId = await examples.start('passing');
  const run = await examples.when('make to end', runId, (it) => {
    const { state } = taskOf(it, 'gate');
    return state === 'deferred';
  });
  const { artifacts } = taskOf(run, 'make').attempts.at(-1)!;
  expect(artifacts.map(({ name, kind }) => [name, kind])).toEqual([
    ['text', 'file'],
    ['all', 'folder'],
  ]);
  return { runId, nodes: artifacts[0]!.nodes };
}

const objectsOf = (node: string): readonly string[] => {
  const folder = join(story.folder, 'cluster', node, 'artifacts', 'objects');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
};

describe('artifacts', () => {
  it('example: files and folders of a mapped task come together', async () => {
    const run = await examples.run('58-artifacts.yaml');
    expect(run.state).toBe('success');
    expect(await examples.log(run, 'report')).toBe('the 2\nfox 1\ncat 0\n');
    const folder = join(story.folder, 'copied');
    await examples.skein('cp', `${run.runId}/report:report`, folder);
    expect(readFileSync(folder, 'utf8')).toBe('the 2\nfox 1\ncat 0\n');
    await examples.skein('cp', `${run.runId}/count[1]:counts`, `${folder}-fox`);
    expect(readFileSync(`${folder}-fox/fox`, 'utf8')).toBe('1\n');
    expect(await examples.skein('artifacts', run.runId)).toContain('count[2]:counts');
    expect(await examples.skein('cp', `${run.runId}/words:words`, '-')).toContain('quick brown');
  });

  it('what a task has left outlives the node that ran it', async () => {
    const { cluster } = story;
    const { runId, nodes } = await made();
    expect(nodes).toHaveLength(2);
    await cluster.killNode(nodes[0]!);
    await examples.skein('approve', runId, 'gate');
    const run = await ended(cluster, runId);
    expect(run.state).toBe('success');
    expect(await examples.log(run, 'use')).toBe(`${runId}\n${runId}\n3000000\n`);
    const { url } = cluster.alive[0]!.api;
    const response = await fetch(`${url}/api/v1/runs/${runId}/tasks/make/artifacts/text`);
    expect(await response.text()).toBe(`${runId}\n`);
    expect(response.headers.get('content-length')).toBe(String(runId.length + 1));
    await cluster.restartNode(nodes[0]!);
  });

  it('a copy that is damaged is not used', async () => {
    const { runId, nodes } = await made();
    const [first = '', second = ''] = nodes;
    const text = objectsOf(first).filter((path) => readFileSync(path, 'utf8') === `${runId}\n`);
    // It was looked through when it was kept: only another life does so again.
    await story.cluster.killNode(first);
    for (const path of text) writeFileSync(path, `${runId.toUpperCase().replace('-', '+')}\n`);
    await story.cluster.restartNode(first);
    await examples.skein('approve', runId, 'gate');
    const run = await ended(story.cluster, runId);
    expect(run.state).toBe('success');
    expect(await examples.log(run, 'use')).toBe(`${runId}\n${runId}\n3000000\n`);
    expect(second).not.toBe(first);
  });

  it('an output that is too large for the log reaches the next task all the same', async () => {
    await story.apply(
      'large',
      `
id: large
tasks:
  make:
    type: python
    script: |
      import json, os
      json.dump(["x" * 100] * 10000, open(os.environ["SKEIN_OUTPUT"], "w"))
  use:
    type: python
    dependsOn: [make]
    script: |
      import json, os
      print(len(json.load(open(os.environ["SKEIN_CONTEXT"]))["upstream"]["make"]))
`,
    );
    const run = await story.run('large');
    expect(run.state).toBe('success');
    expect(await examples.log(run, 'use')).toBe('10000\n');
    expect(await examples.output(run, 'make')).toEqual({
      $artifact: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: 1_040_000,
    });
  });

  it('a task that has not written its artifact fails, and says which', async () => {
    await story.apply(
      'missing',
      `
id: missing
tasks:
  make:
    { type: shell, command: "echo hm >&2", artifacts: { model: out/model.bin } }
`,
    );
    const run = await story.run('missing');
    const { state, reason } = taskOf(run, 'make');
    expect([state, reason]).toEqual([
      'failed',
      expect.stringMatching(/its artifact "model" \(out\/model\.bin\) is not there[\s\S]*hm/),
    ]);
  });

  it('artifacts go when their run has ended long ago', async () => {
    const { cluster } = story;
    const kept = cluster.nodes.filter(({ name }) => objectsOf(name).length > 0);
    expect(kept.length).toBeGreaterThan(1);
    // From here on nine seconds are long; before, nothing may go while it is looked at.
    for (const { name, child } of cluster.nodes) {
      await child.stop();
      await cluster.restartNode(name, { SKEIN_ARTIFACTS_KEEP_DAYS: '0.0001' });
    }
    await until('all objects to be gone', patience, async () =>
      ['n1', 'n2', 'n3'].every((node) => objectsOf(node).length === 0) ? true : undefined,
    );
  });
});

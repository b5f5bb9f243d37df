/** The page of a run in a real browser, while a real cluster loses its leader. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../../cluster/browser.ts';
import { beginStory, ended, type Story } from '../stories/story-cluster.ts';

let story: Story;
let browser: Browser;
beforeAll(async () => {
  story = await beginStory({ broker: 'embedded' });
  browser = await openBrowser();
  const dags = { slow: slowYaml(6), broken: brokenYaml, asking: askingYaml, hostile: hostileYaml };
  for (const [id, yaml] of Object.entries(dags)) await story.apply(id, yaml);
  await story.apply('twice', twiceYaml);
});
afterAll(async () => {
  await browser?.close();
  await story?.end();
});

const patience = { timeout: 20_000 };

/** `steps` tasks one behind the other, each of which takes a while. */
const slowYaml = (steps: number): string =>
  [
    'id: slow',
    'tasks:',
    ...Array.from({ length: steps }, (_, at) => {
      const after = at === 0 ? '' : `dependsOn: [step_${at - 1}], `;
      return `  step_${at}: { type: shell, ${after}command: 'echo at ${at}; sleep 1' }`;
    }),
    '',
  ].join('\n');

const hostile = {
  html: '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>',
  rtl: '\u202Etxt.exe',
} as const;

const hostileYaml = `
id: hostile
params: { word: { type: string, default: plain } }
tasks:
  shout:
    type: shell
    command: |
      printf '%s\\n' {{ params.word | quote }}
      printf '\\033[31mred words\\033[0m \\033]0;title\\007<b>bold</b>\\033[2J\\n'
      printf '"%s"' '<script>window.hacked=1</script>' > "$SKEIN_OUTPUT"
`;

const brokenYaml = `
id: broken
tasks:
  good: { type: noop }
  bad: { type: shell, dependsOn: [good], command: 'echo oh no >&2; exit 3' }
  after: { type: noop, dependsOn: [bad] }
`;

const askingYaml = `
id: asking
tasks:
  ask: { type: approval, message: 'May it go on?' }
  go: { type: noop, dependsOn: [ask] }
`;

const twiceYaml = `
id: twice
tasks:
  one: { type: approval, message: 'One?', fields: { size: { type: string } } }
  two: { type: approval, message: 'Two?', fields: { size: { type: string } } }
  three: { type: approval, message: 'Three?', dependsOn: [one, two] }
`;

const originOf = (name: string): string => story.cluster.node(name).api.url;

async function start(dag: string, params: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await story.cluster.ask((api) => api.startRun(dag, { params }))).runId;
}

const anyNode = (): string => story.cluster.alive[0]?.name ?? 'n1';

async function open(runId: string, search = '', node = anyNode()) {
  const watched = await browser.page();
  await watched.page.goto(`${originOf(node)}/runs/${runId}${search}`);
  await watched.page.getByRole('heading', { level: 1, name: runId }).waitFor(patience);
  return watched;
}

/** The state in the head of the page. */
const headState = (page: Page, state: string) =>
  page
    .getByRole('heading', { level: 1 })
    .locator('xpath=..')
    .locator(`.skein-state[data-state="${state}"]`)
    .waitFor(patience);

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly where: string;
}

/** What axe finds serious on the page as it is. */
async function seriousFindings(page: Page): Promise<readonly Finding[]> {
  await page.evaluate(readFileSync('node_modules/axe-core/axe.min.js', 'utf8'));
  const found: readonly Finding[] = await page.evaluate(`
    axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa'],
      resultTypes: ['violations'],
    }).then(({ violations }) =>
      violations.map(({ id, impact, nodes }) =>
        ({ id, impact, where: nodes.map(({ target }) => target.join(' ')).join(' | ') })))
  `);
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

describe('the page of a run', () => {
  it('follows a run while the leader and the node that served it die', async () => {
    const runId = await start('slow');
    const leader = (await story.cluster.leader()).name;
    const { page, errors } = await open(runId, '', leader);
    const node = (name: string) => page.locator(`.react-flow__node[data-id="${name}"] .skein-node`);
    await page.locator('.skein-node[data-state="running"]').first().waitFor(patience);
    const { killed } = await story.cluster.killLeader();
    expect(killed).toBe(leader);
    await page
      .locator('[data-id="step_5"] .skein-node[data-state="success"]')
      .waitFor({ timeout: 45_000 });
    await headState(page, 'success');
    expect(await node('step_0').getAttribute('data-state')).toBe('success');
    await page.getByText('6 of 6 ended').first().waitFor(patience);
    expect(errors).toEqual([]);
    await story.cluster.restartNode(killed);
    await story.cluster.ready();
  });

  it('shows a task, its attempts and its log; what failed is run again by a click', async () => {
    const runId = await start('broken');
    await ended(story.cluster, runId);
    const { page, errors } = await open(runId);
    await page.locator('.react-flow__node[data-id="good"]').click();
    await page.getByRole('region', { name: 'Graph of tasks' }).focus();
    await page.keyboard.press('ArrowRight');
    const panel = page.getByRole('region', { name: 'Task bad' });
    await panel.getByText('exit code 3').first().waitFor(patience);
    expect(page.url()).toContain('task=bad');
    await panel.getByRole('button', { name: 'Logs' }).click();
    await page.getByText('stderr', { exact: true }).click();
    await page.locator('.skein-log-line', { hasText: 'oh no' }).waitFor(patience);
    await page.getByRole('tab', { name: 'Graph' }).click();
    await page.getByRole('button', { name: 'Rerun', exact: true }).click();
    const preview = page.getByRole('dialog');
    await preview.getByText('Runs 2 tasks again:').waitFor(patience);
    await preview.getByRole('button', { name: 'Rerun' }).click();
    await page.getByText('2 tasks run again.').waitFor(patience);
    await page.getByText('Generation').waitFor(patience);
    expect(errors).toEqual([]);
  });

  it('goes back to any log index, with a link that says so', async () => {
    const runId = await start('broken');
    await ended(story.cluster, runId);
    const { page, errors } = await open(runId, '?tab=events');
    const table = page.getByRole('table', { name: 'History of the run' });
    await table.getByRole('row').nth(3).waitFor(patience);
    await page.getByRole('button', { name: 'Rewind' }).click();
    await page.getByText('as of log index').waitFor(patience);
    const back = page.getByRole('button', { name: 'One record back' });
    for (let step = 0; step < 40 && (await back.isEnabled()); step += 1) await back.click();
    await page.getByText('0 of 3 ended').first().waitFor(patience);
    expect(page.url()).toMatch(/[?&]at=\d+/);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByText('3 of 3 ended').first().waitFor(patience);
    expect(errors).toEqual([]);
  });

  it('asks a person, is paused, goes on and is cancelled by clicks', async () => {
    const first = await open(await start('asking'), '?task=ask');
    await first.page.getByText('May it go on?', { exact: true }).waitFor(patience);
    await first.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await headState(first.page, 'success');
    const { page, errors } = await open(await start('asking'));
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused', { exact: true }).first().waitFor(patience);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').getByText('Stops what is under way (1):').waitFor(patience);
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await headState(page, 'cancelled');
    expect([...errors, ...first.errors]).toEqual([]);
  });

  it('asks each question for itself, and the next one when it comes', async () => {
    const runId = await start('twice');
    const { page, errors } = await open(runId, '?tab=tasks&task=one');
    const panel = (task: string) => page.getByRole('region', { name: `Task ${task}` });
    await panel('one').getByLabel('size').fill('meant for one');
    await panel('one').getByLabel('Note').fill('of one');
    await page.getByRole('button', { name: 'two', exact: true }).click();
    await panel('two').getByText('Two?', { exact: true }).waitFor(patience);
    expect(await panel('two').getByLabel('size').inputValue()).toBe('');
    expect(await panel('two').getByLabel('Note').inputValue()).toBe('');
    for (const task of ['two', 'one']) {
      await page.getByRole('button', { name: task, exact: true }).click();
      await panel(task).getByLabel('size').fill(task);
      await panel(task).getByRole('button', { name: 'Approve', exact: true }).click();
      await panel(task)
        .getByRole('button', { name: 'Approve', exact: true })
        .waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: 'three', exact: true }).click();
    await panel('three').getByText('Three?', { exact: true }).waitFor(patience);
    await panel('three').getByRole('button', { name: 'Approve', exact: true }).click();
    await headState(page, 'success');
    expect(errors).toEqual([]);
  });

  it('goes on with another definition for what has not begun', async () => {
    const { page, errors } = await open(await start('asking'));
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Edit and continue…' }).click();
    const form = page.getByRole('dialog');
    const tasks = {
      ask: { type: 'approval', message: 'May it go on?' },
      go: { type: 'noop', dependsOn: ['ask'] },
      more: { type: 'noop', dependsOn: ['go'] },
    };
    await form.getByLabel('Another definition').fill(JSON.stringify({ id: 'asking', tasks }));
    await form.getByRole('button', { name: 'Edit and continue' }).click();
    await page.locator('.react-flow__node[data-id="more"]').waitFor(patience);
    await page.getByRole('button', { name: '1 note' }).waitFor(patience);
    expect(errors).toEqual([]);
  });

  it('marks a task that waits, after saying what stands behind it', async () => {
    const { page, errors } = await open(await start('asking'), '?task=ask');
    await page.getByRole('button', { name: 'Mark…' }).click();
    const preview = page.getByRole('dialog');
    await preview.getByText('What stands behind it goes by that (1):').waitFor(patience);
    await preview.getByText('Skipped').click();
    await preview.getByRole('button', { name: 'Mark', exact: true }).click();
    await page.getByText('ask was marked.').waitFor(patience);
    await page.getByText('2 of 2 ended').first().waitFor(patience);
    expect(errors).toEqual([]);
  });

  it('shows whatever tasks and people write as text', async () => {
    const runId = await start('hostile', { word: `${hostile.html}${hostile.rtl}` });
    await ended(story.cluster, runId);
    const { page, errors } = await open(runId, '?tab=logs&task=shout');
    const line = page.locator('.skein-log-line');
    await line.filter({ hasText: hostile.html }).waitFor(patience);
    expect(await line.nth(0).locator('> span').textContent()).toBe(hostile.html + hostile.rtl);
    expect(await line.nth(1).locator('> span').textContent()).toBe('red words <b>bold</b>');
    await page.getByRole('tab', { name: 'Graph' }).click();
    await page.getByRole('button', { name: '1 param' }).click();
    await page.getByText('onerror').first().waitFor(patience);
    await page.getByText('<script>window.hacked=1</script>').last().waitFor(patience);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it('finds lines in the logs of all tasks, and leads to them', async () => {
    const runId = await start('hostile', { word: 'needle in a log' });
    await ended(story.cluster, runId);
    const { page, errors } = await open(runId, '?tab=logs');
    const words = page.getByRole('textbox', { name: 'Search in the logs of all tasks' });
    for (const text of ['NEEDLE', 'in a']) {
      await words.fill(text);
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.getByRole('cell', { name: 'needle in a log' }).waitFor(patience);
    }
    await page.goBack();
    await page.waitForURL(/find=NEEDLE/);
    await expect.poll(() => words.inputValue(), { timeout: 10_000 }).toBe('NEEDLE');
    await page.getByRole('button', { name: 'Show it in its log' }).click();
    await page.locator('.skein-log-line[data-current]').waitFor(patience);
    expect(errors).toEqual([]);
  });

  it('stands beside another run', async () => {
    const [left, right] = [await start('hostile', { word: 'one' }), await start('hostile')];
    await Promise.all([left, right].map((runId) => ended(story.cluster, runId)));
    const { page, errors } = await open(right, `?tab=compare&with=${left}`);
    await page.getByRole('cell', { name: '"one"' }).waitFor(patience);
    await page.getByRole('cell', { name: '"plain"' }).waitFor(patience);
    expect(errors).toEqual([]);
  });

  it('has no serious flaw for assistants, whatever its tab', async () => {
    const runId = await start('broken');
    await ended(story.cluster, runId);
    const { page, errors } = await open(runId, '?task=bad');
    for (const tab of ['Graph', 'Timeline', 'Tasks', 'Events', 'Logs', 'Compare']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.locator('[aria-busy="true"]').waitFor({ state: 'detached' });
      const found = await seriousFindings(page);
      expect(found.map((finding) => ({ tab, ...finding }))).toEqual([]);
    }
    expect(errors).toEqual([]);
  });
});

describe('the list of runs', () => {
  it('has live runs on top, filters by its address, and cancels many after a preview', async () => {
    await ended(story.cluster, await start('broken'));
    await start('asking');
    const { page, errors } = await browser.page();
    await page.goto(`${originOf(anyNode())}/runs?dag=asking`);
    await page.getByRole('row').nth(1).waitFor(patience);
    const runs = [await start('asking'), await start('asking')];
    for (const runId of runs) await page.getByRole('link', { name: runId }).waitFor(patience);
    for (const runId of runs) await page.getByLabel(`Choose ${runId}`).check();
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await page.getByRole('dialog').getByText('Cancel 2 runs?').waitFor(patience);
    await page.getByRole('button', { name: 'Cancel them' }).click();
    for (const runId of runs) {
      const row = page.getByRole('row').filter({ hasText: runId });
      await row.getByText('cancelled').first().waitFor(patience);
    }
    await page.goto(`${originOf(anyNode())}/runs?state=failed`);
    await page.getByRole('link', { name: 'broken' }).first().waitFor(patience);
    expect(await page.getByRole('link', { name: 'asking' }).count()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
  });
});

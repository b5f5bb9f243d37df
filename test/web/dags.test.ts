/** Overview, DAGs, a DAG's page and the run form, as a person sees them, on a real cluster. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, openBrowser } from '../../cluster/browser.ts';
import { beginStory, type Story } from '../stories/story-cluster.ts';

const hostile = '<img src=x onerror="document.title=`pwned`"><b>bold</b> \\u202Egnp.exe';
const shownHostile = '<img src=x onerror="document.title=`pwned`"><b>bold</b>';

const demo = (description: string): string => `
id: demo
description: "${description}"
tags: [etl]
owner: ada
schedule: { every: 1h }
tasks:
  good: { type: shell, command: 'true' }
  bad: { type: shell, command: 'echo no; exit 3', dependsOn: [good] }
`;

const form = `
id: form
description: "${hostile.replaceAll('"', '\\"')}"
params:
  who: { type: string, default: "<script>document.title='pwned'</script>", description: "<i>w</i>" }
  times: { type: integer, default: 3, minimum: 1, maximum: 5 }
  loud: { type: boolean, default: false }
  size: { type: string, default: m, enum: [s, m, l] }
  list: { type: array, default: [] }
tasks:
  show: { type: noop }
`;

const ask = `
id: ask
tasks:
  sign: { type: approval, message: "May it go on?" }
`;

let story: Story;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  [story, browser] = await Promise.all([beginStory(), openBrowser()]);
  origin = story.cluster.nodes[0]!.api.url;
  await story.apply('demo', demo('first'));
  await story.run('demo');
  await story.apply('demo', demo('second'));
  await story.run('demo');
  await story.apply('form', form);
  await story.apply('ask', ask);
  await story.cluster.ask((api) => api.startRun('ask', { params: {} }));
});

afterAll(async () => {
  await browser?.close();
  await story?.end();
});

const seen = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: 15_000 });

test('overview: what failed and why, what fires next, what needs somebody', async () => {
  const { page, errors } = await browser.page();
  await page.goto(`${origin}/`);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const failures = page.getByRole('region', { name: 'Recent failures' });
  await failures.getByRole('link', { name: 'demo', exact: true }).first().waitFor();
  await seen(page, '0 %');
  await page
    .getByRole('region', { name: 'Next fires' })
    .getByText(/in \d+m/)
    .waitFor();
  const needs = page.getByRole('region', { name: 'Needs you' });
  await needs.getByText('May it go on?').waitFor();
  await needs.getByRole('button', { name: 'Approve sign' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await seen(page, 'Nothing waits for you.');
  expect(errors).toEqual([]);
});

test('overview: a phone shows it without scrolling sideways', async () => {
  const { page, errors } = await browser.page({ width: 390, height: 844, colorScheme: 'dark' });
  await page.goto(`${origin}/`);
  await seen(page, 'Recent failures');
  await page.getByRole('link', { name: 'demo', exact: true }).first().waitFor();
  const root = 'document.documentElement';
  const widths = await page.evaluate(`[${root}.scrollWidth, ${root}.clientWidth]`);
  expect(widths).toEqual([390, 390]);
  expect(errors).toEqual([]);
});

test('DAG list: filters stand in the address, and a switch pauses', async () => {
  const { page, errors } = await browser.page();
  await page.goto(`${origin}/dags`);
  await page.getByRole('link', { name: 'form', exact: true }).waitFor();
  await seen(page, 'every 1h');
  await page
    .getByRole('link', { name: /^failed · / })
    .first()
    .waitFor();
  await page.getByPlaceholder(/Find by name/).fill('ada');
  await page.waitForURL(/q=ada/);
  await page.getByRole('link', { name: 'form', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('switch', { name: 'Let demo fire' }).click({ force: true });
  await seen(page, 'demo is paused');
  await page.goto(`${origin}/dags?paused=yes`);
  await page.getByRole('checkbox', { name: 'Select demo' }).click();
  await page.getByRole('button', { name: 'Unpause' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unpause' }).click();
  await seen(page, '1 DAG fires again');
  await seen(page, 'No DAG is like that.');
  expect(errors).toEqual([]);
});

test('DAG page: every view of it, by its address', async () => {
  const { page, errors } = await browser.page();
  await page.goto(`${origin}/dags/demo`);
  const grid = page.getByRole('application', { name: /Grid of demo/ });
  await grid.waitFor();
  await grid.focus();
  await page.keyboard.press('h');
  await page.keyboard.press('j');
  await page.waitForURL(/task=bad/);
  await page
    .getByRole('table', { name: /^manual/ })
    .getByText('failed')
    .waitFor();
  const views: readonly (readonly [tab: string, text: string | RegExp])[] = [
    ['Graph', 'bad'],
    ['Runs', /^manual-/],
    ['Versions', 'current'],
    ['Schedule', 'The next fires'],
    ['Calendar', '2 runs'],
    ['Durations', '100 runs'],
    ['Failures', 'Hour of the day'],
    ['Source', /exit 3/],
    ['Hints', /Nothing was measured yet|From \d+ attempts/],
  ];
  for (const [tab, text] of views) {
    await page.getByRole('tab', { name: tab }).click();
    await page.waitForURL(new RegExp(`tab=${tab.toLowerCase()}`));
    await page.getByRole('tabpanel').getByText(text).first().waitFor({ timeout: 15_000 });
  }
  await page.goto(`${origin}/dags/demo?tab=versions`);
  await page.locator('.cm-mergeView').getByText('description: first').waitFor();
  await page.locator('.cm-mergeView').getByText('description: second').waitFor();
  await page.getByRole('button', { name: /^Promote / }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Promote' }).click();
  await seen(page, /^New runs take /);
  expect(errors).toEqual([]);
});

test('DAG page: a run that is started meanwhile comes into the grid by itself', async () => {
  const { page, errors } = await browser.page();
  await page.goto(`${origin}/dags/demo`);
  const inside = page.getByRole('application', { name: /Grid of demo/ }).locator('> div');
  const widthOf = async (): Promise<number> => (await inside.boundingBox())?.width ?? 0;
  const before = await widthOf();
  await story.cluster.ask((api) => api.startRun('demo', { runId: 'late', params: {} }));
  await expect.poll(widthOf, { timeout: 15_000 }).toBe(before + 22);
  await page.getByRole('button', { name: 'Tasks of a run as a table' }).click();
  const table = page.getByRole('table', { name: 'late' });
  await table.getByRole('row', { name: /^bad failed/ }).waitFor();
  await table.getByRole('row', { name: /^good success/ }).waitFor();
  expect(errors).toEqual([]);
});

test('run form: params by their types, the node’s own words, a forecast, and a run', async () => {
  const { page, errors } = await browser.page();
  await page.goto(`${origin}/dags/form`);
  await page.getByText(shownHostile).first().waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const dialog = page.getByRole('dialog');
  const who = dialog.getByRole('textbox', { name: 'who' });
  expect(await who.inputValue()).toBe("<script>document.title='pwned'</script>");
  await dialog.getByText('Starts', { exact: true }).waitFor();
  await dialog.getByRole('textbox', { name: 'times' }).fill('9');
  await dialog.getByText('param times must be at most 5, not 9').waitFor();
  await dialog.getByRole('textbox', { name: 'times' }).fill('4');
  await dialog.getByRole('textbox', { name: 'list' }).fill('[1,');
  await dialog.getByText('This is no JSON.').waitFor();
  await dialog.getByRole('textbox', { name: 'list' }).fill('["<b>x</b>"]');
  await dialog.getByText('Takes').waitFor();
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await page.waitForURL(/\/runs\/manual-/);
  const runId = decodeURIComponent(new URL(page.url()).pathname.split('/')[2]!);
  const run = await story.cluster.ask((api) => api.run(runId));
  expect(run.params).toMatchObject({ times: 4, list: ['<b>x</b>'], loud: false, size: 'm' });
  await page.goto(`${origin}/dags/form/run?from=${runId}`);
  const times = page.getByRole('textbox', { name: 'times' });
  await expect.poll(() => times.inputValue(), { timeout: 15_000 }).toBe('4');
  expect(await page.title()).toBe('Skein');
  expect(errors).toEqual([]);
});

test('run form: what was typed for one DAG is not kept for another', async () => {
  await story.apply('form2', form.replace('id: form', 'id: form2'));
  const { page, errors } = await browser.page();
  const times = page.getByRole('textbox', { name: 'times' });
  // Both are known by then: nothing is loaded between one and the other.
  for (const id of ['form2', 'form']) {
    await page.goto(`${origin}/dags/${id}/run`);
    await times.waitFor();
  }
  await runInPalette(page, 'form2');
  await page.waitForURL(/form2.run/);
  await times.fill('5');
  await runInPalette(page, 'form');
  await page.waitForURL(/form.run/);
  await runInPalette(page, 'form2');
  await page.waitForURL(/form2.run/);
  expect(await times.inputValue()).toBe('3');
  expect(errors).toEqual([]);
});

async function runInPalette(page: Page, dagId: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await dialog.getByRole('textbox').fill('Run a DAG');
  await dialog.getByRole('button', { name: 'Run a DAG…', exact: true }).click();
  await dialog.getByRole('button', { name: dagId, exact: true }).click();
}

test('DAG list: what was chosen in one namespace is not paused in another', async () => {
  await story.apply('demo?namespace=team', demo('of the team'));
  const { page, errors } = await browser.page();
  await page.goto(`${origin}/dags`);
  await page.getByRole('checkbox', { name: 'Select demo' }).click();
  const pause = page.getByRole('button', { name: 'Pause', exact: true });
  await pause.waitFor();
  await page.getByRole('combobox', { name: 'Namespace' }).click();
  await page.getByRole('option', { name: 'team' }).click();
  await page.getByText('of the team').waitFor();
  expect(await page.getByRole('checkbox', { name: 'Select demo' }).isChecked()).toBe(false);
  expect(await pause.count()).toBe(0);
  expect(errors).toEqual([]);
});

test('a dialog has no palette above it, and once it is done Back does not open it', async () => {
  const { page, errors } = await browser.page();
  await page.goto(`${origin}/dags/form`);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Starts', { exact: true }).waitFor();
  await page.keyboard.press('Control+k');
  expect(await dialog.count()).toBe(1);
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /^manual-/ }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'form' }).waitFor();
  expect(new URL(page.url()).search).toBe('');
  expect(await dialog.count()).toBe(0);
  expect(errors).toEqual([]);
});

const axe = readFileSync(
  new URL('../../node_modules/axe-core/axe.min.js', import.meta.url),
  'utf8',
);

/** Each as `color-contrast: <a …>`. */
const seriousFindings = `axe.run().then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary))`;

test.each(['/', '/dags', '/dags/demo', '/dags/demo?tab=durations', '/dags/form/run'])(
  'accessibility: %s has no serious finding',
  async (path) => {
    const { page, errors } = await browser.page({ bypassCSP: true });
    await page.goto(`${origin}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByText('3 of 3 nodes alive').first().waitFor();
    await page.locator('#content :text-is("loading…")').waitFor({ state: 'detached' });
    await page.evaluate(axe);
    const found = await page.evaluate(seriousFindings);
    expect(found).toEqual([]);
    expect(errors).toEqual([]);
  },
);

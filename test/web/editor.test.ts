/** The editor in a real browser: text, graph and form of one DAG, and what becomes of it. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, openBrowser } from '../../cluster/browser.ts';
import { beginStory, type Story } from '../stories/story-cluster.ts';

const hostile = '<img src=x onerror="document.title=`pwned`">';

const two = `
id: two
description: ${JSON.stringify(hostile)}
schedule: "0 3 * * *"
tasks:
  first: { type: noop }
  second: { type: shell, command: echo second }
`;

let story: Story;
let browser: Browser;
let origin: string;
let page: Page;
let errors: string[];

beforeAll(async () => {
  [story, browser] = await Promise.all([beginStory(), openBrowser()]);
  origin = story.cluster.nodes[0]!.api.url;
  await story.apply('two', two);
  ({ page, errors } = await browser.page());
  page.setDefaultTimeout(15_000);
});

afterAll(async () => {
  await browser?.close();
  await story?.end();
});

interface Dag {
  readonly versionId: string;
  readonly spec: { readonly tasks: Readonly<Record<string, { readonly dependsOn: string[] }>> };
}

const dag = async (id: string): Promise<Dag> =>
  (await (await fetch(`${origin}/api/v1/dags/${id}`)).json()) as Dag;
const said = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
const button = (name: string) => page.getByRole('button', { name, exact: true });
const submit = (name: string): Promise<void> =>
  page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
const line = (text: string | RegExp) => page.locator('.cm-line').filter({ hasText: text });

/** At the end of the text, as somebody who types. */
async function write(text: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText(text);
}

test('a DAG that was applied elsewhere is shown as text, with its graph', async () => {
  await page.goto(`${origin}/editor?dag=two`);
  await line('id: two').waitFor();
  await line(hostile).waitFor();
  await said('no problems');
  await page.locator('.react-flow__node[data-id="second"]').waitFor();
});

test('a mistake is told where it stands, and is gone when it is put right', async () => {
  await write('# mine\nbogus: 1\n');
  await said('1 problem');
  await page.locator('.cm-lintRange-error').first().waitFor();
  await page
    .getByRole('listitem')
    .filter({ hasText: /line \d+, column 1 · bogus/ })
    .waitFor();
  await page.keyboard.press('Control+z');
  await said('no problems');
});

test('what was not applied survives a reload', async () => {
  await write('# kept by the browser\n');
  await said('unsaved changes');
  await page.reload();
  await line('# kept by the browser').waitFor();
  await said('This is your text from before');
});

test('two tasks are connected by dragging, and the text says so; comments stay', async () => {
  const handle = (id: string, side: 'source' | 'target') =>
    page.locator(`.react-flow__node[data-id="${id}"] .react-flow__handle.${side}`);
  await handle('first', 'source').hover();
  await page.mouse.down();
  await handle('second', 'target').hover();
  await page.mouse.up();
  await line('dependsOn: [first]').waitFor();
  await line('# kept by the browser').waitFor();
});

test('a task is added by a click, named and changed in its form, and taken out again', async () => {
  await page.getByRole('button', { name: 'python' }).click();
  const form = page.getByRole('region', { name: 'Task python_1' });
  await form.getByLabel('Name').fill('report');
  await page.keyboard.press('Enter');
  await line(/^ {2}report:/).waitFor();
  const renamed = page.getByRole('region', { name: 'Task report' });
  await renamed.getByLabel('Retries').fill('2');
  await page.keyboard.press('Enter');
  await line(/^ {4}retries: 2/).waitFor();
  await said('no problems');
  await renamed.getByRole('button', { name: 'Delete the task' }).click();
  await submit('Delete the task');
  await line(/^ {2}report:/).waitFor({ state: 'detached' });
});

test('the plan tells what would change and what fires next', async () => {
  await button('Plan').click();
  await said(/^It becomes version/);
  await page.locator('.cm-changedLine').first().waitFor();
  await page.getByRole('row').filter({ hasText: 'UTC' }).nth(2).waitFor();
  await page.keyboard.press('Escape');
});

test('it is applied, its comments are shown again, and an older version comes back', async () => {
  const before = await dag('two');
  await button('Apply').click();
  await submit('Apply');
  await said('as applied');
  const after = await dag('two');
  expect(after.versionId).not.toBe(before.versionId);
  expect(after.spec.tasks.second?.dependsOn).toEqual(['first']);
  await page.reload();
  await line('# kept by the browser').waitFor();
  await button('Versions').click();
  await page.getByRole('button', { name: `Into the editor ${before.versionId}` }).click();
  await line('dependsOn: [first]').waitFor({ state: 'detached' });
  await said('unsaved changes');
  await button('Discard changes').click();
  await submit('Discard changes');
  await line('dependsOn: [first]').waitFor();
});

test('a version that somebody else applies meanwhile is told, and asked about', async () => {
  await page.goto(`${origin}/editor?dag=two`);
  await line('dependsOn: [first]').waitFor();
  await write('# written meanwhile\n');
  await said('unsaved changes');
  await story.apply('two', `${two}  third: { type: noop }\n`);
  await said('Somebody has applied version');
  await button('Plan').click();
  await page.locator('.cm-deletedChunk').filter({ hasText: 'third' }).waitFor();
  await page.keyboard.press('Escape');
  await button('Apply').click();
  await page.getByRole('dialog').getByText('This text was not made from version').waitFor();
  await submit('Apply');
  await said('as applied');
  await page.getByText('Somebody has applied version').waitFor({ state: 'detached' });
  expect(Object.keys((await dag('two')).spec.tasks)).toEqual(['first', 'second']);
});

test('a test run starts a copy without its schedule', async () => {
  await button('Test run').click();
  await submit('Test run');
  await page.waitForURL('**/runs/**');
  const copy = await dag('two.test');
  expect(Object.keys(copy.spec.tasks)).toEqual(['first', 'second']);
  expect(copy).toMatchObject({ schedules: [] });
});

test('a new DAG is written with the help of the schema', async () => {
  await page.goto(`${origin}/editor`);
  await line('id: my_dag').waitFor();
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('overl');
  await page.getByRole('option', { name: 'overlap' }).click();
  await page.keyboard.type('sk');
  await page.getByRole('option', { name: 'skip' }).click();
  await line('overlap: skip').waitFor();
  await said('no problems');
});

test('the editor has no serious fault for those who cannot see it', async () => {
  await page.evaluate(readFileSync('node_modules/axe-core/axe.min.js', 'utf8'));
  const found = await page.evaluate(
    `axe.run().then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html).join(' ')))`,
  );
  expect(found).toEqual([]);
});

test('the console had nothing to say, and no markup of a text was run', async () => {
  expect(await page.title()).not.toBe('pwned');
  expect(errors).toEqual([]);
});

/** What is large is quick all the same: 2,000 tasks in a graph, 100,000 lines in a log. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../../cluster/browser.ts';
import { beginStory, ended, type Story } from '../stories/story-cluster.ts';

let story: Story;
let browser: Browser;
beforeAll(async () => {
  story = await beginStory({ broker: 'embedded' });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await story?.end();
});

const patience = { timeout: 20_000 };
const count = 2_000;
const lines = 100_000;

/** Nothing of it begins until a person says so. */
const largeYaml = (): string =>
  JSON.stringify({
    id: 'large',
    tasks: {
      gate: { type: 'approval', message: 'Begin?' },
      ...Object.fromEntries(
        Array.from({ length: count - 1 }, (_, at) => {
          const before = [at - 20, at - 33].filter((each) => each >= 0).map((each) => `t${each}`);
          return [`t${at}`, { type: 'noop', dependsOn: before.length === 0 ? ['gate'] : before }];
        }),
      ),
    },
  });

const loudYaml = `
id: loud
tasks: { loud: { type: shell, command: 'seq -f "line %.0f" 1 ${lines}' } }
`;

const urlOf = (runId: string, search = ''): string =>
  `${story.cluster.alive[0]?.api.url}/runs/${runId}${search}`;

it('draws a graph of 2,000 tasks as blocks, and names when one comes near', async () => {
  await story.apply('large', largeYaml());
  const { runId } = await story.cluster.ask((api) => api.startRun('large'));
  const { page, errors } = await browser.page();
  await page.goto(urlOf(runId));
  await page.locator('.skein-graph-blocks path').first().waitFor(patience);
  expect(await page.locator('*').count()).toBeLessThan(1_000);
  await page.getByRole('region', { name: 'Graph of tasks' }).focus();
  for (let zoom = 0; zoom < 8; zoom += 1) await page.keyboard.press('+');
  await page.locator('.skein-node').first().waitFor(patience);
  expect(errors).toEqual([]);
});

it('shows a log of 100,000 lines at its end, and finds a line in it', async () => {
  await story.apply('loud', loudYaml);
  const { runId } = await story.cluster.ask((api) => api.startRun('loud'));
  await ended(story.cluster, runId);
  const { page, errors } = await browser.page();
  await page.goto(urlOf(runId, '?tab=logs'));
  await page.getByText(`line ${lines}`, { exact: true }).waitFor(patience);
  expect(await page.locator('.skein-log-line').count()).toBeLessThan(150);
  await page.getByRole('textbox', { name: 'Search in this log' }).fill('line 5432');
  await page.getByText('1 of 11').waitFor(patience);
  await page.locator('.skein-log-line[data-current]', { hasText: 'line 5432' }).waitFor(patience);
  expect(errors).toEqual([]);
});

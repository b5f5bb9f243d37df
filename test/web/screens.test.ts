/**
 * Every screen, light and dark, on a cluster on which something has happened: nothing complains,
 * and nobody's names are taken for markup. With SKEIN_WRITE_DOCS=1 it makes the guide's pictures.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, openBrowser } from '../../cluster/browser.ts';
import { checkout } from '../../cluster/places.ts';
import { beginStory, type Story } from '../stories/story-cluster.ts';
import { stage } from './stage.ts';

const picturesFolder = join(checkout, 'docs', 'guide', 'pictures');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let story: Story;
let browser: Browser;
let places: Readonly<Record<string, string>>;

beforeAll(async () => {
  story = await beginStory();
  places = await stage(story);
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await story?.end();
});

/** Those that the guide shows: a picture says it where words would be long. */
const pictured: ReadonlySet<string> = new Set([
  ...['overview', 'dags', 'dag-grid', 'dag-schedule', 'run-form', 'run-graph', 'run-timeline'],
  ...['run-logs', 'editor', 'nodes', 'packing'],
]);

const schemes = ['light', 'dark'] as const;

test.each(schemes)('web: every screen is shown, %s', async (colorScheme) => {
  const origin = story.cluster.nodes[0]!.api.url;
  const { page, errors } = await browser.page({ colorScheme });
  for (const [name, path] of Object.entries(places)) {
    await page.goto(`${origin}${path}`);
    await page.locator('main h1, main h2').first().waitFor({ timeout: 20_000 });
    await page.getByText('loading…').first().waitFor({ state: 'hidden' });
    expect([name, await seriousFindings(page)]).toEqual([name, []]);
    const isPictured = process.env.SKEIN_WRITE_DOCS && pictured.has(name);
    if (isPictured) await picture(page, `${name}-${colorScheme}`);
  }
  expect(errors).toEqual([]);
});

test('web: the overview fits on a phone', async () => {
  const origin = story.cluster.nodes[0]!.api.url;
  const { page, errors } = await browser.page({ width: 390, height: 800 });
  await page.goto(`${origin}/`);
  await page.locator('main h1').first().waitFor();
  const widths = 'document.documentElement.scrollWidth <= window.innerWidth';
  expect(await page.evaluate(widths)).toBe(true);
  expect(errors).toEqual([]);
});

/** What axe finds that keeps people out: its rule, and where. */
async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const found: readonly { id: string; impact: string; nodes: { target: string[] }[] }[] =
    await page.evaluate('axe.run(document).then(({ violations }) => violations)');
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ')}`);
}

/** WebP takes a third of what PNG takes. */
async function picture(page: Page, name: string): Promise<void> {
  // Charts and graphs come to rest.
  await page.waitForTimeout(1_500);
  const session = await page.context().newCDPSession(page);
  const options = { format: 'webp', quality: 60 } as const;
  const { data } = await session.send('Page.captureScreenshot', options);
  await session.detach();
  mkdirSync(picturesFolder, { recursive: true });
  writeFileSync(join(picturesFolder, `${name}.webp`), Buffer.from(data, 'base64'));
}

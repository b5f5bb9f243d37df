/** What an operator does by clicking, on a real cluster: nodes, pools, letters, backfills… */
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, openBrowser } from '../../cluster/browser.ts';
import { beginStory, ended, type Story } from '../stories/story-cluster.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const secret = 'hunter2-never-shown';
/** Ends with a mark that turns the direction of what follows. */
const hostile = '<img src=x onerror="document.title=`pwned`"> \u202Egnp.exe';
const shownHostile = '<img src=x onerror="document.title=`pwned`">';

const ask = `
id: ask
tasks:
  sign:
    type: approval
    message: ${JSON.stringify(hostile)}
    fields: { size: { type: integer }, why: { type: string, default: because } }
`;

const wants = (type: string): string => `
id: wants
params: { n: { type: ${type}, default: ${type === 'integer' ? '1' : 'a'} } }
triggers:
  - { name: told, subject: told.of, params: { n: "{{ trigger.payload.n }}" } }
tasks: { a: { type: noop, produces: ["asset://made"] } }
`;

const daily = `
id: daily
schedule: "0 0 * * *"
startDate: 2099-01-01T00:00:00Z
tasks: { a: { type: shell, command: sleep 3, pool: narrow } }
`;

/** What weighs heavily, and three places where it stands. */
const faults = `axe.run().then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html).join(' ')))`;

let story: Story;
let browser: Browser;
let origin: string;
let page: Page;
let errors: string[];

beforeAll(async () => {
  const nodeEnv = { SKEIN_ENCRYPTION_KEY: key };
  [story, browser] = await Promise.all([beginStory({ nodeEnv }), openBrowser()]);
  origin = story.cluster.nodes[0]!.api.url;
  for (const [id, text] of Object.entries({ ask, wants: wants('integer') })) {
    await story.apply(id, text);
  }
  ({ page, errors } = await browser.page());
  page.setDefaultTimeout(15_000);
});

afterAll(async () => {
  await browser?.close();
  await story?.end();
});

const go = (path: string): Promise<unknown> => page.goto(`${origin}${path}`);
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const submit = (name: string): Promise<void> =>
  dialog().getByRole('button', { name, exact: true }).click();
const said = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
const focused = (what: Locator): Promise<void> => what.and(page.locator(':focus')).waitFor();
const row = (name: string | RegExp) => page.getByRole('row', { name });

const askNode = async <T>(path: string, init?: RequestInit): Promise<T> =>
  (await (await fetch(`${origin}/api/v1${path}`, init)).json()) as T;

async function tellNode(method: 'POST' | 'PUT', path: string, body: object): Promise<void> {
  const reply = await fetch(`${origin}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(await reply.text());
}

const sendEvent = (n: string | number): Promise<void> =>
  tellNode('POST', '/events/send', { kind: 'subject', subject: 'told.of', payload: { n } });

test('nodes: each tells how it is; one is drained and taken back, another one leads', async () => {
  await go('/cluster');
  for (const name of ['n1', 'n2', 'n3']) {
    const card = page.getByRole('region', { name, exact: true });
    await card.getByText('both connections up').waitFor();
    await card.getByText('alive').waitFor();
  }
  await button('Drain n3').click();
  await dialog().getByText('takes no new tasks').waitFor();
  await dialog().getByRole('textbox').fill('10m');
  await submit('Drain');
  await button('Resume n3').click();
  await button('Drain n3').waitFor();
  const other = button(/^Make leader/).first();
  const name = (await other.getAttribute('aria-label'))!.replace('Make leader ', '');
  await other.click();
  await submit('Make leader');
  await said(`${name} leads`);
  await page.getByRole('region', { name, exact: true }).getByText('leader').waitFor();
});

test('node pools: rules are given and taken back; what was decided has a place', async () => {
  await go('/cluster?tab=pools');
  await button('Rules for a pool').click();
  await dialog().getByLabel('Name').fill('burst');
  await dialog().getByLabel('At most so many nodes').fill('0');
  await submit('Save');
  await row('burst').waitFor();
  await page.getByRole('tab', { name: 'Autoscaler' }).click();
  await page.getByRole('region', { name: 'burst' }).waitFor();
  await page.getByRole('tab', { name: 'Node pools' }).click();
  await button('Delete burst').click();
  await submit('Delete');
  await said('No node pool has rules.');
});

test('pools: one is made and changed, and tells who holds it and who waits', async () => {
  await go('/queues?tab=pools');
  await button('New pool').click();
  await dialog().getByLabel('Name').fill('narrow');
  await submit('Save');
  await said('0 / 1');
  await button('Edit narrow').click();
  await focused(dialog().getByLabel('Slots'));
  await dialog().getByLabel('Slots').fill('2');
  await submit('Save');
  await focused(button('Edit narrow'));
  await said('0 / 2');
});

test('namespaces and scheduling: a quota, a weight, another order', async () => {
  await go('/queues?tab=namespaces');
  await button('New namespace').click();
  await dialog().getByLabel('Name').fill('team');
  await dialog().getByLabel('Running tasks').fill('three');
  await dialog().getByText('This is no number.').waitFor();
  expect(await dialog().getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await dialog().getByLabel('Running tasks').fill('3');
  await dialog().getByLabel('Memory').fill('2Gi');
  await submit('Save');
  await row('team').getByText('/ 2Gi').waitFor();
  await button('Take back what was said of team').click();
  await submit('Take back');
  await row('team').waitFor({ state: 'detached' });
  await page.getByRole('tab', { name: 'Scheduling' }).click();
  await page.getByRole('combobox', { name: 'Order of waiting tasks' }).click();
  await page.getByRole('option', { name: 'First come' }).click();
  await button('Save').click();
  await said('Scheduling was changed');
  expect((await askNode<{ order: string }>('/scheduling')).order).toBe('fcfs');
});

test('variables: a hostile value is a text; it is changed and deleted', async () => {
  await go('/variables');
  await button('New variable').click();
  await dialog().getByLabel('Name').fill('word');
  await dialog().getByLabel('Value').fill(hostile);
  await submit('Save');
  await row('word').getByText('<img src=x').waitFor();
  await button('Edit word').click();
  await dialog().getByLabel('Value').fill('42');
  await submit('Save');
  await row('word').getByText('42', { exact: true }).waitFor();
  await button('Delete word').click();
  await submit('Delete');
  await row('word').waitFor({ state: 'detached' });
});

test('connections: a secret goes in and never comes back, not into the page either', async () => {
  await go('/connections');
  await button('New connection').click();
  await dialog().getByLabel('Name').fill('db');
  await dialog().getByLabel('host').fill('127.0.0.1');
  await dialog().getByLabel('port').fill('1');
  await dialog().getByRole('textbox', { name: 'password' }).fill(secret);
  expect(await page.content()).not.toContain(secret);
  await submit('Save');
  await row('db').getByText('password').waitFor();
  expect(await page.content()).not.toContain(secret);
  await button('Test db').click();
  await said(/not reached/);
  await page.keyboard.press('Escape');
  await button('Edit db').click();
  await dialog().getByText('given again: password').waitFor();
  expect(await page.content()).not.toContain(secret);
  await submit('Cancel');
  await button('Who uses db').click();
  await said('No task of the current versions');
  await page.keyboard.press('Escape');
  await button('Rotate keys').click();
  await submit('Rotate keys');
  await dialog().getByText('0 sealed again, 1 had').waitFor();
  await page.keyboard.press('Escape');
  await button('Delete db').click();
  await submit('Delete');
  await row('db').waitFor({ state: 'detached' });
});

test('approvals: the question is a text, the form is filled in, and the run goes on', async () => {
  const { runId } = await story.cluster.ask((api) => api.startRun('ask', { params: {} }));
  await go('/approvals');
  await said(shownHostile);
  const card = page.getByRole('region', { name: 'ask sign' });
  await card.getByLabel('size').fill('7');
  await card.getByRole('button', { name: 'Approve sign' }).click();
  await dialog().getByLabel('Note').fill('fine with me');
  await submit('Approve');
  await said('Nothing waits for you.');
  const run = await ended(story.cluster, runId);
  expect(run.state).toBe('success');
  expect(await page.title()).not.toBe('pwned');
});

test('letters: the payload is a text; one is replayed, others are dropped at once', async () => {
  for (const n of ['<b>one</b>', 'two', 'three']) await sendEvent(n);
  await go('/letters');
  await page.getByRole('row', { name: /wants/ }).nth(2).waitFor();
  const filter = page.getByRole('textbox', { name: 'Filter by DAG or reason' });
  await filter.pressSequentially('wans');
  await filter.press('ArrowLeft');
  await filter.pressSequentially('xt');
  await page.waitForURL('**/letters?q=wanxts');
  expect(await filter.inputValue()).toBe('wanxts');
  await filter.fill('');
  const first = page.getByRole('row', { name: /wants/ }).first();
  await first.getByRole('button', { name: /^Replay/ }).click();
  await submit('Replay');
  await dialog().getByRole('alert').waitFor();
  await submit('Cancel');
  await story.apply('wants', wants('string'));
  await page
    .getByRole('row', { name: /wants/ })
    .last()
    .getByRole('button', { name: /^Show/ })
    .click();
  await said('"n": "<b>one</b>"');
  await first.getByRole('button', { name: /^Replay/ }).click();
  await submit('Replay');
  await page.getByRole('row', { name: /wants/ }).nth(2).waitFor({ state: 'detached' });
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await button('Drop 2 chosen').click();
  await submit('Drop');
  await said('There are no dead letters.');
});

test('backfills: counted first, begun, paused, resumed and cancelled', async () => {
  await story.apply('daily', daily);
  await go('/backfills?create=daily');
  await dialog().getByLabel('First logical date').fill('2026-01-01');
  await dialog().getByLabel('Last logical date').fill('2026-01-20');
  await button('Count first').click();
  await said('20 runs would start.');
  await submit('Start');
  await page.getByRole('heading', { name: /^Backfill backfill-/ }).waitFor();
  await page.getByRole('button', { name: /2026-01-01T00:00/ }).waitFor();
  await page.getByRole('button', { name: /^Pause / }).click();
  await page.getByRole('button', { name: /^Resume / }).click();
  await page.getByRole('button', { name: /^Pause / }).waitFor();
  await go('/queues?tab=pools');
  await row('narrow').getByText('2 / 2').waitFor();
  await row('narrow').getByRole('link').nth(2).waitFor();
  await page.getByRole('tab', { name: 'Queues' }).click();
  await said('POOL_FULL');
  await go('/cluster?tab=packing');
  await said('still fits');
  await row(/daily|backfill-/)
    .first()
    .waitFor();
  await go('/backfills');
  await page.getByRole('button', { name: /^Cancel backfill / }).click();
  await submit('Cancel backfill');
  await row(/daily/).getByText('cancelled').waitFor();
});

test('triggers: one is fired, switched off and on; an asset is told of', async () => {
  await go('/triggers');
  await button('Fire told').click();
  await dialog().getByLabel('Payload').fill('{"n": "x"}');
  await submit('Fire');
  await said('The event was taken');
  await button('Switch off told').click();
  await submit('Switch off');
  await button('Switch on told').click();
  await button('Switch off told').waitFor();
  await page.getByRole('tab', { name: 'Assets' }).click();
  await row('asset://made').waitFor();
  await button('Say it is new asset://made').click();
  await submit('Say it is new');
  await said('It was told');
});

test('the palette pauses a DAG, goes to a node, and changes the language', async () => {
  const search = dialog().getByRole('textbox');
  const palette = async (text: string): Promise<void> => {
    await dialog().waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await search.fill(text);
  };
  await go('/variables');
  await page.getByRole('heading', { name: 'Variables' }).waitFor();
  await palette('pause dag');
  await page.getByRole('button', { name: 'Pause DAG…', exact: true }).click();
  await search.fill('dail');
  await page.getByRole('button', { name: 'daily' }).click();
  await said('Pause DAG daily: done');
  expect((await askNode<{ paused: boolean }>('/dags/daily')).paused).toBe(true);
  await palette('n2');
  await page.getByRole('button', { name: /^n2/ }).click();
  await page.waitForURL('**/cluster');
  await palette('language');
  await page.getByRole('button', { name: 'Language…' }).click();
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { name: '集群' }).waitFor();
});

/** A row on each page that has rows: their buttons have names of their own. */
async function fill(): Promise<void> {
  const sealed = { kind: 'postgres', fields: { host: '127.0.0.1' }, secrets: { password: secret } };
  await tellNode('PUT', '/connections/seen', sealed);
  await tellNode('PUT', '/variables/seen', { value: 'x' });
  await tellNode('PUT', '/node-pools/seen', { max: 0, provider: { kind: 'local-process' } });
  await tellNode('PUT', '/namespaces/seen', { weight: 2 });
  await sendEvent(1);
  await story.cluster.ask((api) => api.startRun('ask', { params: {} }));
}

test('no page has a serious fault for those who cannot see it, in light and in dark', async () => {
  const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
  await fill();
  const inTheDark = ['/cluster', '/cluster?tab=pools', '/queues?tab=pools', '/connections'];
  const all = [
    ...['/cluster', '/cluster?tab=packing', '/queues', '/queues?tab=pools'],
    ...['/queues?tab=scheduling', '/backfills', '/triggers', '/triggers?tab=assets'],
  ];
  const shown: Record<string, string> = {
    '/': 'Drop the letter of wants',
    '/approvals': 'Approve sign',
    '/cluster?tab=pools': 'Delete seen',
    '/connections': 'Delete seen',
    '/letters': 'Show letter-',
    '/queues?tab=namespaces': 'Take back what was said of seen',
    '/variables': 'Delete seen',
  };
  const opened = [
    ['dialog', 'Delete seen'],
    ['dialog', 'New variable'],
    ['dialog', /^Search or do/],
    ['menu', /^Appearance/],
  ] as const;
  for (const [colorScheme, paths] of [
    ['light', [...all, ...Object.keys(shown)]],
    ['dark', inTheDark],
  ] as const) {
    const watched = await browser.page({ colorScheme, reducedMotion: 'reduce' });
    watched.page.setDefaultTimeout(15_000);
    for (const path of paths) {
      await watched.page.goto(`${origin}${path}`);
      await watched.page.getByRole('heading', { level: 1 }).waitFor();
      await watched.page.getByText('live', { exact: true }).first().waitFor();
      const name = shown[path];
      if (name !== undefined) await watched.page.getByRole('button', { name }).first().waitFor();
      await watched.page.evaluate(axe);
      expect.soft(await watched.page.evaluate(faults), `${colorScheme} ${path}`).toEqual([]);
    }
    await watched.page.goto(`${origin}/variables`);
    for (const [role, name] of opened) {
      await watched.page.getByRole('button', { name }).click();
      await watched.page.getByRole(role).waitFor();
      await watched.page.evaluate(axe);
      expect.soft(await watched.page.evaluate(faults), `${colorScheme} ${name}`).toEqual([]);
      await watched.page.keyboard.press('Escape');
      await watched.page.getByRole(role).waitFor({ state: 'detached' });
    }
    expect(watched.errors).toEqual([]);
  }
});

test('the console had nothing to say', () => {
  expect(errors).toEqual([]);
});

/** What people do by clicking that changes runs and the cluster; the API tells what came of it. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../../cluster/browser.ts';
import { until } from '../../cluster/problem.ts';
import { beginStory, ended, type Story, statesOf } from '../stories/story-cluster.ts';

const key = Buffer.alloc(32, 9).toString('base64');
const secret = 'hunter2-never-shown';

const dags = {
  asking: `
id: asking
tasks:
  ask: { type: approval, message: 'May it go on?' }
  go: { type: noop, dependsOn: [ask] }
`,
  flaky: `
id: flaky
tasks:
  good: { type: noop }
  bad: { type: shell, dependsOn: [good], command: 'test -e {{ params.flag }}' }
  after: { type: noop, dependsOn: [bad] }
params: { flag: { type: string, default: /nonexistent } }
`,
  maker: `
id: maker
params: { word: { type: string, default: hello } }
tasks:
  make:
    type: shell
    env: { GREETED: '{{ params.word }} world' }
    command: 'echo {{ params.word | quote }} "$GREETED"; printf "%s" "$GREETED" > left.txt'
    artifacts: { greeting: left.txt }
    connections: [db]
`,
  holding: `
id: holding
maxActiveRuns: 1
tasks:
  hold: { type: shell, command: 'sleep 600', pool: seats, poolSlots: 2 }
`,
  hourly: `
id: hourly
schedule: [{ cron: '0 9 * * *', timezone: Asia/Shanghai }]
tasks: { load: { type: noop, produces: ['asset://loaded'] } }
triggers: [{ name: told, webhook: {} }]
`,
};

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
  [story, browser] = await Promise.all([
    beginStory({ nodeEnv: { SKEIN_ENCRYPTION_KEY: key } }),
    openBrowser(),
  ]);
  origin = story.cluster.nodes[0]!.api.url;
  await send('PUT', '/pools/seats', { slots: 3 });
  const fields = { host: '127.0.0.1', port: '1' };
  await send('PUT', '/connections/db', { kind: 'postgres', fields, secrets: { password: secret } });
  for (const [id, text] of Object.entries(dags)) await story.apply(id, text);
  ({ page, errors } = await browser.page());
  page.setDefaultTimeout(20_000);
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

async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${origin}/api/v1${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const reply: unknown = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(reply));
  return reply as T;
}

const ask = <T>(path: string): Promise<T> => send<T>('GET', path);

async function start(dag: string, params: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await story.cluster.ask((api) => api.startRun(dag, { params }))).runId;
}

const stateOf = async (runId: string) => statesOf(await story.cluster.ask((api) => api.run(runId)));

/** Waits until the API says so. */
const becomes = (what: string, look: () => Promise<boolean>): Promise<true> =>
  until(what, { withinMs: 30_000, everyMs: 100 }, async () => (await look()) || undefined);

/** Chooses in the palette: a verb by its whole name, then what it is done to. */
async function palette(verb: string, ...then: readonly (string | RegExp)[]): Promise<void> {
  await dialog().waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await dialog().getByRole('textbox').fill(verb);
  await button(`${verb}…`).click();
  for (const name of then) await dialog().getByRole('button', { name }).first().click();
}

describe('runs', () => {
  it('an approval is rejected: the task fails, and what stands behind it', async () => {
    const runId = await start('asking');
    await go('/approvals');
    const card = page.getByRole('region', { name: 'asking ask' });
    await card.getByRole('button', { name: 'Reject ask' }).click();
    await dialog().getByLabel('Note').fill('not today');
    await submit('Reject');
    const run = await ended(story.cluster, runId);
    expect([run.state, statesOf(run)]).toEqual([
      'failed',
      { ask: 'failed', go: 'upstream_failed' },
    ]);
    await said('Nothing waits for you.');
  });

  it('what failed is run again from a list of many, and in the palette', async () => {
    const runs = [await start('flaky'), await start('flaky')];
    for (const runId of runs) await ended(story.cluster, runId);
    await go('/runs?dag=flaky&state=failed');
    for (const runId of runs) await page.getByLabel(`Choose ${runId}`).check();
    await button(/^Rerun/)
      .first()
      .click();
    await dialog().getByText('2 runs').first().waitFor();
    await dialog()
      .getByRole('button', { name: /^Rerun/ })
      .click();
    for (const runId of runs) {
      await becomes(`${runId} to be run again`, async () => {
        const { generation } = await ask<{ generation: number }>(`/runs/${runId}`);
        return generation === 2;
      });
      const run = await ended(story.cluster, runId);
      const [good, bad] = run.tasks;
      expect([good!.attempts.length, bad!.attempts.length]).toEqual([1, 2]);
    }
    await palette('Rerun what failed of run', runs[0]!);
    await becomes('a third generation', async () => {
      const { generation } = await ask<{ generation: number }>(`/runs/${runs[0]}`);
      return generation === 3;
    });
  });

  it('tasks are marked from the menu of a run that has ended, and it goes on', async () => {
    const runId = await start('flaky');
    await ended(story.cluster, runId);
    await palette('Mark tasks of run', runId);
    await page.waitForURL(/do=mark/);
    await dialog().getByRole('combobox', { name: 'Tasks' }).click();
    await page.getByRole('option', { name: 'bad' }).click();
    await dialog().getByText('What stands behind it goes by that (1):').waitFor();
    await submit('Mark');
    await becomes('the end after the mark', async () => {
      const states = await stateOf(runId);
      return states.bad === 'success' && states.after === 'success';
    });
    await page.waitForURL((url) => !url.searchParams.has('do'));
  });

  it('an approval is given in the palette', async () => {
    const runId = await start('asking');
    await go('/runs');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await palette('Approve', /asking ask/, /^Yes/);
    await said('Approve asking ask: done');
    expect((await ended(story.cluster, runId)).state).toBe('success');
  });

  it('what a task was given is shown as it was rendered, and its artifact comes down', async () => {
    const { runId } = await story.run('maker', { word: 'bonjour' });
    await go(`/runs/${runId}?task=make`);
    const panel = page.getByRole('region', { name: 'Task make' });
    await panel.getByText('What it was given').waitFor();
    await panel.getByText('"GREETED": "bonjour world"').first().waitFor();
    await panel
      .getByText(/^echo '?bonjour'? "\$GREETED"/)
      .first()
      .waitFor();
    expect(await page.content()).not.toContain(secret);
    const given = await ask<{ env: object; connections: readonly string[] }>(
      `/runs/${runId}/tasks/make/attempts/latest/given`,
    );
    expect(given).toMatchObject({ env: { GREETED: 'bonjour world' }, connections: ['db'] });
    expect(JSON.stringify(given)).not.toContain(secret);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      panel.getByRole('link', { name: 'greeting' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toBe('bonjour world');
  });
});

describe('another namespace', () => {
  it('a run of it leads to what is of it, and its artifact comes down', async () => {
    const left = {
      type: 'shell',
      command: 'printf team > left.txt',
      artifacts: { it: 'left.txt' },
    };
    await send('PUT', '/dags/maker?namespace=team', { id: 'maker', tasks: { make: left } });
    const { runId } = await send<{ runId: string }>('POST', '/dags/maker/runs?namespace=team', {});
    await becomes('its end', async () => {
      const { state } = await ask<{ state: string }>(`/runs/${runId}?namespace=team`);
      return state === 'success';
    });
    await go(`/runs/${runId}?task=make&namespace=team`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'it', exact: true }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toBe('team');
    await button('More actions').click();
    await page.getByRole('menuitem', { name: 'New run with the same params…' }).click();
    await submit('Start a new run');
    await page.waitForURL((url) => !url.pathname.includes(runId));
    await page.getByRole('link', { name: 'maker', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'maker' }).waitFor();
    await page.getByRole('tab', { name: 'Runs', exact: true }).click();
    await page.getByRole('link', { name: runId }).click();
    await page.getByRole('heading', { level: 1, name: runId }).waitFor();
    expect(new URL(page.url()).searchParams.get('namespace')).toBe('team');
  });
});

describe('queues, assets and clocks', () => {
  it('who holds slots and places is named, with a way there', async () => {
    const [first, second] = [await start('holding'), await start('holding')];
    await becomes('it to run', async () => (await stateOf(first)).hold === 'running');
    await go('/queues?tab=pools');
    const pool = page.getByRole('row', { name: /seats/ });
    await pool.getByText('2 / 3').waitFor();
    await pool.getByRole('link', { name: new RegExp(`hold · ${first} ×2`) }).waitFor();
    await page.getByRole('tab', { name: 'Holders' }).click();
    const row = page.getByRole('row', { name: /holding/ });
    await row.getByText('1 / 1').waitFor();
    await row.getByRole('link', { name: first }).click();
    await page.getByRole('heading', { level: 1, name: first }).waitFor();
    for (const runId of [second, first]) await send('POST', `/runs/${runId}/cancel`);
    await ended(story.cluster, first);
  });

  it('an asset tells which run made it last', async () => {
    await go('/triggers?tab=assets');
    const row = page.getByRole('row', { name: /asset:\/\/loaded/ });
    await row.getByText('by nobody yet').waitFor();
    const { runId } = await story.run('hourly');
    await row.locator(`a[href*="${runId}"]`).waitFor();
    type Assets = { items: readonly { freshness: { last: { runId: string } } }[] };
    const { items } = await ask<Assets>('/assets?freshness=true');
    expect(items[0]?.freshness.last.runId).toBe(runId);
  });

  it('the clock of the DAG is that of its schedule, also on the page of its run', async () => {
    const { runId } = await story.run('hourly');
    await go(`/runs/${runId}?tab=events`);
    await palette('Clock', 'the DAG’s zone');
    const { createdAt } = await ask<{ createdAt: string }>(`/runs/${runId}`);
    const there = new Date(Date.parse(createdAt) + 8 * 3_600_000).toISOString();
    await said(there.slice(0, 16).replace('T', ' '));
    await palette('Clock', 'UTC');
  });

  it('a trigger is switched off, on and fired in the palette', async () => {
    type Triggers = { items: readonly { enabled: boolean }[] };
    const isEnabled = async () => (await ask<Triggers>('/triggers')).items[0]?.enabled;
    await palette('Switch off trigger', 'hourly/told', /^Yes/);
    await becomes('it to be off', async () => (await isEnabled()) === false);
    await palette('Switch on trigger', 'hourly/told');
    await becomes('it to be on', async () => (await isEnabled()) === true);
    const runs = async () => (await story.cluster.ask((api) => api.runs('hourly'))).items.length;
    const before = await runs();
    await palette('Fire trigger', 'hourly/told', /^Yes/);
    await becomes('a run of it', async () => (await runs()) === before + 1);
  });
});

describe('what if', () => {
  it('a node more is looked at beside the cluster as it is, and changes nothing', async () => {
    await go('/cluster?tab=whatif');
    await page.getByLabel('Add so many nodes').fill('1');
    const pools = page.getByRole('combobox', { name: 'Pools with other slots' });
    await pools.fill('seats');
    await pools.press('Enter');
    await said('seats is not name=value');
    await pools.press('Backspace');
    await pools.fill('seats=6');
    await pools.press('Enter');
    await button('Look').click();
    const table = page.getByRole('table', { name: 'What if' });
    await table.getByRole('row', { name: /Mean wait/ }).waitFor();
    await table.getByRole('row', { name: /Use of n1/ }).waitFor();
    expect(await ask<{ slots: number }>('/pools/seats')).toMatchObject({ slots: 3 });
  });

  it('no screen of these has a serious flaw for assistants', async () => {
    const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
    const { runId } = await story.run('maker');
    const paths = [
      ...['/queues?tab=holders', '/triggers?tab=assets', '/cluster?tab=whatif'],
      ...[`/runs/${runId}?task=make`, `/runs/${runId}?do=mark`],
    ];
    for (const colorScheme of ['light', 'dark'] as const) {
      const watched = await browser.page({ colorScheme });
      for (const path of paths) {
        await watched.page.goto(`${origin}${path}`);
        await watched.page.getByText('live', { exact: true }).waitFor();
        await watched.page.locator('[aria-busy="true"]').waitFor({ state: 'detached' });
        await watched.page.evaluate(axe);
        expect(await watched.page.evaluate(faults), `${colorScheme} ${path}`).toEqual([]);
      }
      expect(watched.errors).toEqual([]);
    }
  });
});

describe('members', () => {
  const roleOf = async (name: string): Promise<string | undefined> =>
    (await story.cluster.ask((api) => api.cluster())).members.find(({ node }) => node === name)
      ?.role;

  it('a voter is demoted, promoted, demoted again and removed', async () => {
    const leader = (await story.cluster.leader()).name;
    // The page is served by n1, which stays.
    const name = ['n3', 'n2'].find((each) => each !== leader)!;
    await go('/cluster');
    await button(`Demote ${name}`).click();
    await submit('Demote');
    await becomes('a learner', async () => (await roleOf(name)) === 'learner');
    await button(`Promote ${name}`).click();
    await submit('Promote');
    await becomes('a voter', async () => (await roleOf(name)) === 'voter');
    await button(`Demote ${name}`).click();
    await submit('Demote');
    await becomes('a learner', async () => (await roleOf(name)) === 'learner');
    await button(`Remove ${name}`).click();
    await submit('Remove');
    await becomes('gone', async () => !['voter', 'learner'].includes((await roleOf(name)) ?? ''));
    expect((await story.run('hourly')).state).toBe('success');
  });

  it('the console had nothing to say', () => {
    expect(errors).toEqual([]);
  });
});

/** The examples of schedules and of runs for the past, on one real cluster, side by side. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { contract } from '../../src/api/contract.ts';
import { Examples, mostAtOnce, patience, taskOf } from './examples-kit.ts';
import { beginStory, type Story } from './story-cluster.ts';

let story: Story;
let examples: Examples;
beforeAll(async () => {
  story = await beginStory();
  examples = new Examples(story);
});
afterAll(() => story?.end());

const pause = (dagId: string) => examples.call(contract.pauseDag, { at: { dagId } });

/** What became of the due instants, the oldest first. */
const firesOf = async (dagId: string) =>
  (
    await examples.call(contract.listFires, { at: { dagId }, query: { since: '2025-01-01' } })
  ).items.toReversed();

const variable = (name: string, value: unknown) =>
  examples.call(contract.putVariable, { at: { name }, body: { value } });

const spanOfRun = (run: {
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}) => ({
  from: Date.parse(run.startedAt ?? ''),
  to: Date.parse(run.endedAt ?? ''),
});

describe.concurrent('examples: schedules', () => {
  it('calendar: it fires on open days only, also when the calendar changes', async () => {
    const at = { name: 'open_days' };
    await examples.call(contract.putCalendar, { at, body: { days: ['2020-12-24'] } });
    const dagId = await examples.apply('35-calendar.yaml');
    const { items } = await examples.call(contract.previewSchedule, { at: { dagId } });
    expect(items).toEqual([]);
    const today = new Date().toISOString().slice(0, 10);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    await examples.skein('calendar', 'set', 'open_days', '--day', today, '--day', tomorrow);
    const [run] = await examples.endedRuns(dagId, 1);
    await pause(dagId);
    expect(run).toMatchObject({ state: 'success', trigger: 'schedule' });
    expect(await examples.skein('schedule', 'preview', dagId, '-n', '2')).toContain(today);
  });

  it('overlap: skip starts nothing beside a run that is alive', async () => {
    const dagId = await examples.apply('36-overlap.yaml');
    const runs = await examples.endedRuns(dagId, 2);
    await pause(dagId);
    expect(mostAtOnce(runs.map(spanOfRun))).toBe(1);
    const fires = await firesOf(dagId);
    expect(fires.some(({ state, reason }) => state === 'skipped' && reason === 'overlap')).toBe(
      true,
    );
  });

  it('overlap: queue lets none be lost, one after the other', async () => {
    const change = (text: string) =>
      text.replace('id: overlap', 'id: overlap_queue').replace('overlap: skip', 'overlap: queue');
    const dagId = await examples.apply('36-overlap.yaml', change);
    const runs = await examples.endedRuns(dagId, 3);
    await pause(dagId);
    expect(mostAtOnce(runs.map(spanOfRun))).toBe(1);
    const due = runs.map(({ logicalDate }) => Date.parse(logicalDate ?? ''));
    expect(due.slice(1).map((at, place) => at - (due[place] ?? 0))).toEqual(
      due.slice(1).map(() => 1_000),
    );
    const begun = runs.map((run) => spanOfRun(run).from);
    expect(begun).toEqual(begun.toSorted((a, b) => a - b));
    // What waits would go on without end.
    const { items } = await story.cluster.ask((api) => api.runs(dagId));
    for (const { runId, state } of items) {
      if (state === 'queued') await examples.call(contract.cancelRun, { at: { runId } });
    }
  });

  it('overlap: replace cancels the run that is alive', async () => {
    const change = (text: string) =>
      text
        .replace('id: overlap', 'id: overlap_replace')
        .replace('overlap: skip', 'overlap: replace');
    const dagId = await examples.apply('36-overlap.yaml', change);
    await until('a run to be replaced', patience, async () => {
      const { items } = await story.cluster.ask((api) => api.runs(dagId));
      return items.filter(({ state }) => state === 'cancelled').length >= 2 || undefined;
    });
    await pause(dagId);
    const runs = await examples.endedRuns(dagId, 3);
    expect(mostAtOnce(runs.map(spanOfRun))).toBe(1);
    expect(runs[0]).toMatchObject({ state: 'cancelled' });
    expect(runs[0]?.reason).toMatch(/replace/);
    expect(runs.at(-1)?.state).toBe('success');
  });

  it('depends on past: runs wait behind a failure until it is mended', async () => {
    await variable('past_is_fine', false);
    const dagId = await examples.apply('37-depends-on-past.yaml');
    const waiting = await until('a run to be held', patience, async () => {
      const { items } = await story.cluster.ask((api) => api.runs(dagId));
      const [first, second] = items.toReversed();
      return first?.state === 'failed' && second?.heldBy ? { first, second } : undefined;
    });
    await pause(dagId);
    const { first, second } = waiting;
    expect(second).toMatchObject({ state: 'queued', startedAt: null });
    expect(second.heldBy).toContain(first.logicalDate);
    await variable('past_is_fine', true);
    await examples.call(contract.rerun, { at: { runId: first.runId }, body: { failedOnly: true } });
    const [mended, next] = await examples.endedRuns(dagId, 2);
    expect([mended?.state, next?.state]).toEqual(['success', 'success']);
    expect(spanOfRun(next ?? second).from).toBeGreaterThanOrEqual(
      Date.parse(mended?.endedAt ?? ''),
    );
  });

  it('fixed delay: it counts from the end of a run', async () => {
    const dagId = await examples.apply('38-fixed-delay.yaml');
    const [first, second] = await examples.endedRuns(dagId, 2);
    await pause(dagId);
    const rest = Date.parse(second?.createdAt ?? '') - Date.parse(first?.endedAt ?? '');
    expect(rest).toBeGreaterThanOrEqual(1_000);
    expect(rest).toBeLessThan(10_000);
  });

  it('catch-up: each of the missed days, with its interval', async () => {
    const runs = await examples.endedRuns(await examples.apply('39-catch-up.yaml'), 4);
    expect(runs.map(({ logicalDate }) => logicalDate)).toEqual(
      [1, 2, 3, 4].map((day) => `2025-03-0${day}T00:00:00.000Z`),
    );
    expect(await examples.log(runs[1] ?? { runId: '' }, 'day')).toBe(
      '2025-03-01T00:00:00Z 2025-03-02T00:00:00Z\n',
    );
    expect(mostAtOnce(runs.map(spanOfRun))).toBeLessThanOrEqual(2);
  });

  it('catch-up: one run for all of them', async () => {
    const change = (text: string) =>
      text
        .replace('id: catch_up', 'id: coalesced')
        .replace(/^catchup: true$/m, 'catchup: { coalesce: true }');
    const dagId = await examples.apply('39-catch-up.yaml', change);
    const runs = await examples.endedRuns(dagId, 1);
    expect(runs.map(({ logicalDate }) => logicalDate)).toEqual(['2025-03-04T00:00:00.000Z']);
    const [skipped] = await firesOf(dagId);
    expect(skipped).toMatchObject({ state: 'skipped', reason: 'coalesced', count: 3 });
  });

  it('clock changes: the preview says what the clock does to each rule', async () => {
    const file = join(checkout, 'examples/45-clock-changes.yaml');
    const preview = async (from: string, n: number): Promise<readonly string[]> => {
      const more = ['-f', file, '--from', from, '-n', String(n)];
      const [, ...lines] = (await examples.skein('schedule', 'preview', ...more)).split('\n');
      return lines.filter((line) => line !== '').map((line) => line.replace(/ +/g, ' '));
    };
    // In spring 02:31 does not exist; the others fire right behind the gap, at one instant.
    const gap = 'right behind a gap: the clock is set forward by 1h00m';
    expect(await preview('2027-03-27T12:00:00Z', 3)).toEqual([
      `2027-03-28 03:00:00+02:00 2027-03-28T01:00:00.000Z 30 2 * * * Europe/Berlin ${gap}`,
      `2027-03-28 03:00:00+02:00 2027-03-28T01:00:00.000Z 32 2 * * * Europe/Berlin ${gap}`,
      '2027-03-29 02:30:00+02:00 2027-03-29T00:30:00.000Z 30 2 * * * Europe/Berlin',
    ]);
    // In autumn each of them exists twice, and only `both` fires twice.
    const autumn = await preview('2027-10-30T12:00:00Z', 4);
    expect(autumn.map((line) => line.slice(11, 25))).toEqual([
      ...['02:30:00+02:00', '02:31:00+02:00', '02:32:00+02:00', '02:32:00+01:00'],
    ]);
  });
});

describe.concurrent('examples: runs for the past', () => {
  it('backfill: a dry run, a range with a limit, and only what failed', async () => {
    await variable('bad_day', '2025-03-02');
    const dagId = await examples.apply('42-backfill.yaml');
    await pause(dagId);
    const at = { dagId };
    const range = { from: '2025-03-01', to: '2025-03-05' };
    const dry = await examples.call(contract.startBackfill, {
      at,
      body: { ...range, dryRun: true },
    });
    expect(dry).toMatchObject({ backfillId: null, total: 5, passedOver: 0 });
    expect(dry.dates[0]).toBe('2025-03-01T00:00:00.000Z');
    const start = async (body: Readonly<Record<string, unknown>>) => {
      const { backfillId } = await examples.call(contract.startBackfill, {
        at,
        body: { ...range, ...body },
      });
      return until('the backfill to be done', patience, async () => {
        const found = await examples.call(contract.getBackfill, {
          at: { backfillId: backfillId ?? '' },
        });
        return found.state === 'done' ? found : undefined;
      });
    };
    const first = await start({ activeMax: 2, direction: 'backward' });
    expect(first).toMatchObject({ total: 5, started: 5, succeeded: 4, failed: 1, active: 0 });
    const runs = await examples.endedRuns(dagId, 5);
    expect(runs.every(({ trigger }) => trigger === 'backfill')).toBe(true);
    expect(mostAtOnce(runs.map(spanOfRun))).toBeLessThanOrEqual(2);
    const newestFirst = runs.toSorted((a, b) =>
      (b.logicalDate ?? '').localeCompare(a.logicalDate ?? ''),
    );
    const created = newestFirst.map(({ createdAt }) => createdAt);
    expect(created).toEqual(created.toSorted());
    expect(await start({ only: 'missing' })).toMatchObject({ passedOver: 5, started: 0 });
    await variable('bad_day', 'none');
    const mended = await start({ only: 'failed' });
    expect(mended).toMatchObject({ passedOver: 4, started: 1, succeeded: 1 });
    const again = (await examples.endedRuns(dagId, 6)).at(-1);
    expect(await examples.log(again ?? { runId: '' }, 'day')).toBe('2025-03-02\n');
  });

  it('backfill: it can be paused, resumed and cancelled', async () => {
    const change = (text: string) =>
      text.replace('id: backfill', 'id: long_backfill').replace('echo {{ ds }};', 'sleep 0.3;');
    const dagId = await examples.apply('42-backfill.yaml', change);
    await pause(dagId);
    const said = await examples.skein(
      ...[
        'backfill',
        'start',
        dagId,
        '--from',
        '2025-01-01',
        '--to',
        '2025-12-31',
        '--active',
        '1',
      ],
    );
    const backfillId = /backfill-[\w-]+/.exec(said)?.[0] ?? said;
    const at = { backfillId };
    await examples.endedRuns(dagId, 1);
    await examples.call(contract.pauseBackfill, { at });
    const { started } = await examples.call(contract.getBackfill, { at });
    await examples.endedRuns(dagId, started);
    expect(await examples.call(contract.getBackfill, { at })).toMatchObject({
      state: 'paused',
      started,
    });
    await examples.call(contract.resumeBackfill, { at });
    await examples.endedRuns(dagId, started + 1);
    await examples.call(contract.cancelBackfill, { at });
    const ended = await examples.call(contract.getBackfill, { at });
    expect(ended).toMatchObject({ state: 'cancelled', total: 365 });
    expect(ended.started).toBeLessThan(60);
  });

  it('past dates by hand: a run takes the date that it is given', async () => {
    await variable('bad_day', 'none');
    await examples.apply('42-backfill.yaml', (text) => text.replace('id: backfill', 'id: by_date'));
    const runId = await examples.start('by_date', { logicalDate: '2025-07-01' });
    expect(taskOf(await examples.ended(runId), 'day').state).toBe('success');
    expect(await examples.log({ runId }, 'day')).toBe('2025-07-01\n');
  });
});

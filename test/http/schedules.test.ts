import { describe, expect, it } from 'vitest';
import { dagId, namespace, runId, wallMs } from '../../src/base/brand.ts';
import { runFact, scheduleFact } from '../../src/model/fact.ts';
import { newScheduleRow } from '../../src/model/schedule.ts';
import { skippedOnce } from '../../src/model/schedule-skips.ts';
import { json, kit, putDag } from './kit.ts';

const nightly = `
id: nightly
schedule: { cron: "30 2 * * *", timezone: Europe/Berlin, dst: skip }
tasks: { a: { type: noop } }
`;
const here = namespace('default');

describe('the preview of a schedule', () => {
  const query = 'n=2&from=2026-03-27T12:00:00Z';

  it('shows local times, and what a change of clocks leaves out', async () => {
    const { app } = kit();
    await putDag(app, 'nightly', nightly);
    const reply = await app.request(`/api/v1/dags/nightly/schedule/preview?${query}`);
    expect(reply.status).toBe(200);
    const { items } = await json(reply);
    expect(
      items.map((each: { local: string; startsAt: unknown }) => [each.local, each.startsAt]),
    ).toEqual([
      ['2026-03-28T02:30:00+01:00', '2026-03-28T01:30:00.000Z'],
      ['2026-03-29T03:00:00+02:00', null],
      ['2026-03-30T02:30:00+02:00', '2026-03-30T00:30:00.000Z'],
    ]);
  });

  it('is the same for a file that nobody has applied', async () => {
    const { app } = kit();
    const sent = { method: 'POST', headers: { 'content-type': 'application/yaml' } };
    const path = `/api/v1/schedule/preview?${query}`;
    const reply = await app.request(path, { ...sent, body: nightly });
    expect(reply.status).toBe(200);
    expect((await json(reply)).items).toHaveLength(3);
    const broken = await app.request(path, { ...sent, body: 'id: x\nschedule: nonsense\n' });
    expect(broken.status).toBe(400);
  });

  it('of a DAG that is not there is refused', async () => {
    const { app } = kit();
    expect((await app.request('/api/v1/dags/none/schedule/preview')).status).toBe(404);
    expect((await app.request('/api/v1/dags/none/fires')).status).toBe(404);
  });
});

describe('the fires of a schedule', () => {
  it('are what ran, how late, and what was let go and why', async () => {
    const { app, service } = kit();
    await putDag(app, 'nightly', nightly);
    const dag = service.state.dag(here, dagId('nightly'))!;
    const version = service.state.version(here, dag.dagId, dag.versionId)!;
    const at = wallMs(Date.parse('2026-01-10T01:30:00Z'));
    const fresh = newScheduleRow(dag, version.spec, wallMs(at - 1));
    const skip = skippedOnce(wallMs(Date.parse('2026-01-11T01:30:00Z')), 'overlap');
    service.commit('schedule', [
      scheduleFact({ ...fresh, doneUntil: skip.to, skips: [skip], skipped: 1 }),
      runFact({
        namespace: here,
        runId: runId('scheduled-nightly-1'),
        dagId: dag.dagId,
        versionId: dag.versionId,
        logicalDate: at,
        trigger: 'schedule',
        params: {},
        priority: 0,
        createdAt: wallMs(at + 100),
        createdBy: 'scheduler',
        generation: 1,
        status: 'running',
        startedAt: wallMs(at + 250),
      }),
    ]);
    const range = 'since=2026-01-10T00:00:00Z&until=2026-01-12T12:00:00Z';
    const reply = await app.request(`/api/v1/dags/nightly/fires?${range}`);
    const { items, truncated, skipsKnownSince } = await json(reply);
    expect(
      items.map((each: object) => ({ ...each, to: undefined, count: undefined })),
    ).toMatchObject([
      { at: '2026-01-12T01:30:00.000Z', state: 'pending' },
      { at: '2026-01-11T01:30:00.000Z', state: 'skipped', reason: 'overlap' },
      { state: 'ran', runId: 'scheduled-nightly-1', runState: 'running', lateMs: 250 },
    ]);
    expect({ truncated, skipsKnownSince }).toEqual({ truncated: false, skipsKnownSince: null });
  });
});

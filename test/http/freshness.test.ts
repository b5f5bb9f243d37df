import { describe, expect, it } from 'vitest';
import { namespace, runId, type WallMs, wallMs } from '../../src/base/brand.ts';
import { readFreshness } from '../../src/http/asset-freshness.ts';
import { assetViews } from '../../src/model/views/trigger.ts';
import { json, kit, post, putDag } from './kit.ts';

/** When the DAG is applied. */
const begin = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

const hourly = `
id: up
schedule: [{ cron: "0 * * * *" }]
tasks:
  load: { type: shell, command: echo, produces: ["asset://raw"] }
  other: { type: shell, command: echo }
`;

async function story(yaml = hourly) {
  const { app, service } = kit();
  await putDag(app, 'up', yaml);
  const start = (id: string) => post(app, '/api/v1/dags/up/runs', { runId: id });
  /** How fresh the only asset is, so long after the DAG was applied. */
  const look = async (afterMs: number) => {
    const { value: dags } = await service.reader.dags(namespace('default'));
    const assets = assetViews(dags);
    const now: WallMs = wallMs(begin + afterMs);
    const asked = { namespace: namespace('default'), now, dags };
    return (await readFreshness(service.reader, asked, assets)).get(assets[0]!);
  };
  return { app, service, start, look };
}

describe('freshness of an asset', () => {
  it('is not asked of an asset before a schedule wanted it the first time', async () => {
    const { look } = await story();
    expect(await look(hourMs / 2)).toEqual({ state: 'unplanned', last: null, wantedAt: null });
  });

  it('is overdue when its time has come and nothing makes it, also behind a failure', async () => {
    const { service, start, look } = await story();
    const overdue = { state: 'overdue', last: null, wantedAt: '2026-01-01T01:00:00.000Z' };
    expect(await look(1.5 * hourMs)).toEqual(overdue);
    await start('r1');
    expect(await look(1.5 * hourMs)).toEqual({ ...overdue, state: 'coming' });
    service.setTask(runId('r1'), 'load', 'failed');
    service.setTask(runId('r1'), 'other', 'success');
    service.endRun(runId('r1'), 'failed');
    expect(await look(1.5 * hourMs)).toEqual(overdue);
  });

  it('lasts from the success of the task to the next time that it is wanted', async () => {
    const { service, start, look } = await story();
    await start('r1');
    service.setTask(runId('r1'), 'load', 'success');
    const last = { dagId: 'up', runId: 'r1', taskId: 'load', mapIndex: 0 };
    // Of a run that goes on: the event was told when the task succeeded.
    expect(await look(hourMs / 2)).toMatchObject({ last, state: 'unplanned' });
    service.endRun(runId('r1'), 'failed');
    expect(await look(1.5 * hourMs)).toMatchObject({ last, state: 'overdue' });
  });

  it('is given back by a success behind the time at which it was wanted', async () => {
    const { service, start, look } = await story(hourly.replace('0 * * * *', '* * * * *'));
    // Every commit of this service takes a second.
    while (service.index < 70) service.commit('time passes', []);
    await start('r1');
    service.setTask(runId('r1'), 'load', 'success');
    service.endRun(runId('r1'), 'success');
    expect(await look(90_000)).toMatchObject({ state: 'fresh', last: { runId: 'r1' } });
    expect(await look(120_000)).toMatchObject({ state: 'overdue', last: { runId: 'r1' } });
  });

  it('is nobody else’s plan while the DAG is paused, or has no schedule', async () => {
    const { app, look } = await story();
    await post(app, '/api/v1/dags/up/pause');
    expect(await look(5 * hourMs)).toMatchObject({ state: 'unplanned' });
    const manual = await story(hourly.replace(/schedule.*\n/, ''));
    expect(await manual.look(5 * hourMs)).toMatchObject({ state: 'unplanned' });
  });

  it('does not count an instant that jitter still holds back', async () => {
    const { look } = await story(hourly.replace('* * *" }', '* * *", jitter: 59m }'));
    const before = await look(hourMs + 1);
    const after = await look(2 * hourMs - 1);
    expect([before?.state, after?.wantedAt]).toEqual(['unplanned', '2026-01-01T01:00:00.000Z']);
  });

  it('is part of the list where it is asked for', async () => {
    const { app, service, start } = await story(hourly.replace(/schedule.*\n/, ''));
    await start('r1');
    service.setTask(runId('r1'), 'load', 'success');
    const [plain] = (await json(await app.request('/api/v1/assets'))).items;
    expect(plain.freshness).toBeNull();
    const [asked] = (await json(await app.request('/api/v1/assets?freshness=true'))).items;
    expect(asked.freshness).toMatchObject({ state: 'unplanned', last: { runId: 'r1' } });
  });
});

import { describe, expect, test } from 'vitest';
import { taskId, wallMs } from '../base/brand.ts';
import { contextJson, inheritable, taskEnvironment } from './context.ts';
import { dispatchOf } from './testing/executor-story.ts';
import { workspaceIn } from './workspace.ts';

const dispatch = dispatchOf('load', 4097, {
  attempt: 3,
  logicalDate: wallMs(Date.UTC(2026, 0, 2, 3)),
  params: { 'batch-size': 500, env: 'it\'s "prod"; $(rm)', dry: false, list: [1, { a: 'b' }] },
  env: { TABLE: 'orders', SKEIN_RUN_ID: 'forged', PATH: '/opt/bin' },
  dataInterval: { start: wallMs(Date.UTC(2026, 0, 1, 3)), end: wallMs(Date.UTC(2026, 0, 2, 3)) },
  item: '{"id":12345678901234567890}',
  trigger: '{"kind":"event","payload":{"n":1}}',
  upstreamOmitted: [taskId('huge')],
  upstream: { extract: '{"rows":12345678901234567890}', 'say "hi"': '[1,2]' },
});
const given = {
  workspace: workspaceIn('/data/a'),
  inherited: inheritable({ PATH: '/usr/bin', HOME: '/root', SECRET: 'x' }),
};

describe('task process contract', () => {
  test('the environment names the attempt, the params and the files', () => {
    expect(taskEnvironment(dispatch, given)).toEqual({
      HOME: '/root',
      PATH: '/opt/bin',
      TABLE: 'orders',
      SKEIN_NAMESPACE: 'default',
      SKEIN_DAG_ID: 'dag-1',
      SKEIN_RUN_ID: 'run-1',
      SKEIN_TASK_ID: 'load',
      SKEIN_MAP_INDEX: '0',
      SKEIN_ATTEMPT: '3',
      SKEIN_TOKEN: '4097',
      SKEIN_LOGICAL_DATE: '2026-01-02T03:00:00.000Z',
      SKEIN_DATA_INTERVAL_START: '2026-01-01T03:00:00.000Z',
      SKEIN_DATA_INTERVAL_END: '2026-01-02T03:00:00.000Z',
      SKEIN_CONTEXT: '/data/a/context.json',
      SKEIN_OUTPUT: '/data/a/output.json',
      SKEIN_PARAM_BATCH_SIZE: '500',
      SKEIN_PARAM_ENV: 'it\'s "prod"; $(rm)',
      SKEIN_PARAM_DRY: 'false',
      SKEIN_PARAM_LIST: '[1,{"a":"b"}]',
      DAG_ID: 'dag-1',
      TASK_ID: 'load',
      EXECUTION_DATE: '2026-01-02T03:00:00.000Z',
    });
  });

  test('a run without a logical date has empty dates', () => {
    const environment = taskEnvironment(dispatchOf('a', 1), given);
    expect(environment).toMatchObject({ SKEIN_LOGICAL_DATE: '', EXECUTION_DATE: '' });
    expect(environment).toMatchObject({ SKEIN_DATA_INTERVAL_START: '' });
    expect(JSON.parse(contextJson(dispatchOf('a', 1)))).toMatchObject({
      ...{ logicalDate: null, dataInterval: null, item: null, trigger: null, upstreamOmitted: [] },
    });
  });

  test('the context file has what a mapped task works on, and what started its run', () => {
    const json = contextJson(dispatch);
    expect(json).toContain('"item":{"id":12345678901234567890}');
    expect(JSON.parse(json)).toMatchObject({
      mapIndex: 0,
      dataInterval: { start: '2026-01-01T03:00:00.000Z', end: '2026-01-02T03:00:00.000Z' },
      trigger: { kind: 'event', payload: { n: 1 } },
      upstreamOmitted: ['huge'],
    });
  });

  test('the context file has params with their types, and upstream outputs to the digit', () => {
    const json = contextJson(dispatch);
    expect(json).toContain('{"rows":12345678901234567890}');
    expect(JSON.parse(json)).toMatchObject({
      dagId: 'dag-1',
      attempt: 3,
      token: 4097,
      params: { 'batch-size': 500, dry: false },
      upstream: { 'say "hi"': [1, 2] },
    });
  });
});

import { describe, expect, test } from 'vitest';
import type { KubernetesAction } from '../../../model/container-action.ts';
import type { JsonObject } from '../../../model/json.ts';
import { dispatchOf } from '../../testing/executor-story.ts';
import { containerName } from '../container-owner.ts';
import { contextBytesMax, jobManifest } from './job-manifest.ts';
import { labelValue } from './names.ts';

const owner = { cluster: 'c'.repeat(80), node: 'n1', life: 'life-1' };

const bare: KubernetesAction = {
  ...{ kind: 'kubernetes', image: 'busybox', command: null, args: null, namespace: null },
  ...{ serviceAccount: null, pull: null, requests: {}, limits: {}, pod: null },
};

function manifestOf(more: Partial<KubernetesAction>, about: Parameters<typeof dispatchOf>[2] = {}) {
  const action = { ...bare, ...more };
  const dispatch = dispatchOf('load', 7, { action, ...about });
  const made = jobManifest({ dispatch, action, owner });
  if (!made.ok) throw new Error(made.error);
  const job: JsonObject = made.value;
  return JSON.parse(JSON.stringify(job));
}

describe('kubernetes: a manifest', () => {
  test('tries once, and says whose it is', () => {
    const { metadata, spec } = manifestOf({});
    expect(spec).toMatchObject({ backoffLimit: 0, completions: 1, parallelism: 1 });
    expect(spec.template.spec.restartPolicy).toBe('Never');
    expect(metadata.labels['skein.dev/token']).toBe('7');
    expect(metadata.labels).toEqual(spec.template.metadata.labels);
    for (const value of Object.values<string>(metadata.labels)) {
      expect(value).toMatch(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
    }
    expect(metadata.annotations['skein.dev/cluster']).toBe(owner.cluster);
  });

  test('has a deadline behind the time limit of the task, and none without one', () => {
    expect(manifestOf({}, { timeoutMs: 90_500 }).spec.activeDeadlineSeconds).toBe(691);
    expect(manifestOf({}).spec).not.toHaveProperty('activeDeadlineSeconds');
  });

  test('asks for what the task asks for, in the words of Kubernetes', () => {
    const requests = { cpu: 250, memory: 1024, disk: 2048, slots: 1, 'example.com/fpga': 2000 };
    const limits = { cpu: 1500, gpu: 1000 };
    const { resources } = manifestOf({ requests, limits }).spec.template.spec.containers[0];
    expect(resources.requests).toEqual({
      ...{ cpu: '250m', memory: '1024', 'ephemeral-storage': '2048', 'example.com/fpga': '2' },
    });
    expect(resources.limits).toEqual({ cpu: '1500m', 'nvidia.com/gpu': '1' });
  });

  test('lies over the pod template, and leaves the rest of it', () => {
    const pod = {
      metadata: { labels: { team: 'data' }, annotations: { note: 'kept' } },
      spec: {
        restartPolicy: 'Always',
        nodeSelector: { disk: 'ssd' },
        volumes: [{ name: 'cache', emptyDir: {} }],
        containers: [
          { name: 'proxy', image: 'proxy:1' },
          {
            name: 'task',
            image: 'theirs:1',
            env: [{ name: 'EXTRA', value: '1' }],
            volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
            resources: { requests: { cpu: '1', memory: '1Gi' } },
          },
        ],
      },
    };
    const { metadata, spec } = manifestOf({ pod, requests: { cpu: 500 } }).spec.template;
    expect(metadata.labels.team).toBe('data');
    expect(metadata.annotations.note).toBe('kept');
    expect(spec).toMatchObject({ restartPolicy: 'Never', nodeSelector: { disk: 'ssd' } });
    expect(spec.volumes.map(({ name }: { name: string }) => name)).toEqual([
      ...['cache', 'skein-context'],
    ]);
    const [task, proxy] = spec.containers;
    expect(proxy).toEqual({ name: 'proxy', image: 'proxy:1' });
    expect(task).toMatchObject({ name: 'task', image: 'busybox' });
    expect(task.resources.requests).toEqual({ cpu: '500m', memory: '1Gi' });
    expect(task.env[0]).toEqual({ name: 'EXTRA', value: '1' });
    expect(task.volumeMounts.length).toBe(2);
  });

  test('names outputs that are too large for a pod, and refuses params that are', () => {
    const large = JSON.stringify('x'.repeat(contextBytesMax));
    const { annotations } = manifestOf({}, { upstream: { big: large } }).spec.template.metadata;
    const context = JSON.parse(annotations['skein.dev/context']);
    expect(context).toMatchObject({ upstream: {}, upstreamOmitted: ['big'] });
    expect(() => manifestOf({}, { params: { big: large } })).toThrow('its params take more than');
  });
});

describe('kubernetes: names', () => {
  test.each(['Daily_Report:2026 ü', '---', 'x'.repeat(250), 'ends-with-'])(
    'a task called %j has a name by RFC 1123',
    (task) => {
      const name = containerName(dispatchOf(task, 123_456), ['cluster']);
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(name).toContain('-123456-');
    },
  );

  test('attempts that differ in anything have different names', () => {
    const names = [
      containerName(dispatchOf('a.b', 1), ['one']),
      containerName(dispatchOf('a-b', 1), ['one']),
      containerName(dispatchOf('a-b', 1), ['two']),
      containerName(dispatchOf('a-b', 2), ['one']),
    ];
    expect(new Set(names).size).toBe(4);
  });

  test('a value of a label is itself where it may be', () => {
    expect(labelValue('run-1')).toBe('run-1');
    expect(labelValue('')).toMatch(/^[0-9a-f]{12}$/);
    expect(labelValue('scheduled:2026-01-01T00:00:00+02:00')).toMatch(
      /^scheduled-[\w.-]+-[0-9a-f]{12}$/,
    );
  });
});

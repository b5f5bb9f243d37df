/**
 * The examples of tasks in containers on one real cluster: with a real engine, and with a small
 * Kubernetes of our own.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { busyboxImage, DockerEngine, findDocker } from '../support/docker-engine.ts';
import { FakeKubernetes } from '../support/fake-kubernetes.ts';
import { Examples, taskOf } from './examples-kit.ts';
import { beginStory, type Story, statesOf } from './story-cluster.ts';

const programs = findDocker();

let story: Story;
let examples: Examples;
let engine: DockerEngine | undefined;
const kubernetes = new FakeKubernetes();

beforeAll(async () => {
  await kubernetes.start();
  if (programs !== undefined) {
    engine = new DockerEngine(programs);
    await engine.start();
    await engine.importBusybox();
  }
  story = await beginStory({
    nodes: 1,
    nodeEnv: {
      SKEIN_CONTAINERS_KUBECONFIG: kubernetes.kubeconfig,
      ...(engine && { SKEIN_CONTAINERS_DOCKER_HOST: engine.host }),
    },
  });
  examples = new Examples(story);
});
afterAll(async () => {
  await story?.end();
  await engine?.stop();
  await kubernetes.stop();
});

const logOf = (runId: string, task: string): Promise<string> =>
  story.cluster.ask((api) => api.log(runId, task));

describe('examples: containers', () => {
  it.runIf(programs !== undefined)('docker: outputs travel, and values stay whole', async () => {
    const run = await examples.run('50-docker.yaml', { image: busyboxImage });
    expect(statesOf(run)).toEqual({ count: 'success', tell: 'success' });
    expect(await logOf(run.runId, 'count')).toBe('counting\n');
    expect(await logOf(run.runId, 'tell')).toMatch(/^two words; \$\(id\) has \d+ files\n$/);
    const left = await present(engine, 'it runs').client.listContainers({ all: true });
    expect(left).toEqual([]);
  });

  it.runIf(programs !== undefined)('docker options: the container gets what is said', async () => {
    const run = await examples.run('51-docker-options.yaml', { image: busyboxImage });
    const log = await logOf(run.runId, 'look');
    expect(log).toBe(`1000\n/tmp\n${readFileSync('/etc/hostname', 'utf8')}lo\n`);
    expect(run.state).toBe('success');
  });

  it('kubernetes: a Job from a template, and its output', async () => {
    const run = await examples.run('52-kubernetes.yaml');
    expect(await logOf(run.runId, 'sum')).toBe('summing for data\n');
    expect(await logOf(run.runId, 'tell')).toBe('the sum is 42\n');
    expect(taskOf(run, 'sum').state).toBe('success');
    expect(kubernetes.jobs.size).toBe(0);
  });
});

/** A node's side of the fake Kubernetes: its data directory, its lives, and attempts on it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Clock } from '../../src/base/ports.ts';
import type { Trace } from '../../src/base/trace.ts';
import { nodeFiles } from '../../src/executor/node-files.ts';
import type { Work } from '../../src/executor/runner.ts';
import { KubernetesHost } from '../../src/executor/runners/kubernetes/kubernetes-host.ts';
import { kubernetesRunner } from '../../src/executor/runners/kubernetes.ts';
import { dispatchOf } from '../../src/executor/testing/executor-story.ts';
import { type Observed, observed } from '../../src/executor/testing/observed.ts';
import { workspaceOf } from '../../src/executor/workspace.ts';
import type { KubernetesAction } from '../../src/model/container-action.ts';
import type { Dispatch } from '../../src/model/protocol.ts';
import { realClock } from '../../src/node/real-ports.ts';
import { FakeKubernetes } from './fake-kubernetes.ts';

export interface Attempt extends Observed {
  readonly dispatch: Dispatch;
  log(): string;
}

interface About extends Partial<Work> {
  readonly host?: KubernetesHost;
  readonly clock?: Clock;
}

interface Left {
  readonly jobs: number;
  readonly contextBytes: number;
}

/** What waits, waits a tenth of its time. */
export const quickClock: Clock = {
  ...realClock,
  after: (delayMs, run) => realClock.after(delayMs / 10, run),
};

let attempts = 0;

export class KubernetesBench {
  readonly kubernetes = new FakeKubernetes();
  readonly dataDir = mkdtempSync(join(tmpdir(), 'skein-kubernetes-node-'));
  #shared: KubernetesHost | undefined;

  begin(): Promise<void> {
    return this.kubernetes.start();
  }

  async end(): Promise<void> {
    await this.kubernetes.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  hostOf(life: string, trace?: Trace): KubernetesHost {
    const { dataDir } = this;
    return new KubernetesHost({
      ...{ owner: { cluster: 'cluster-1', node: 'n1', life }, clock: realClock, dataDir },
      ...{ kubeconfig: this.kubernetes.kubeconfig, context: null, namespace: null },
      ...(trace !== undefined && { trace }),
    });
  }

  start(
    command: readonly string[],
    more: Partial<KubernetesAction> = {},
    about: About = {},
  ): Attempt {
    attempts += 1;
    this.#shared ??= this.hostOf('life-1');
    const { dataDir } = this;
    const { host = this.#shared, clock = realClock, ...dispatched } = about;
    const action: KubernetesAction = {
      ...{ kind: 'kubernetes', image: 'busybox', command, args: null, namespace: null },
      ...{ serviceAccount: null, pull: null, requests: {}, limits: {}, pod: null, ...more },
    };
    const dispatch = dispatchOf('load', attempts, { action, ...dispatched });
    const found = workspaceOf(dataDir, { id: dispatch.id, number: dispatch.attempt });
    if (!found.ok) throw new Error(found.error);
    const { stdout } = found.value;
    const runner = kubernetesRunner({ clock, files: nodeFiles, dataDir, host });
    const log = () => readFileSync(stdout, 'utf8');
    return { ...observed(runner, dispatch), dispatch, log };
  }

  /** Jobs of an earlier life, as large as their contexts; their pods have gone. */
  leave(namespace: string, { jobs, contextBytes }: Left): void {
    const owner = { cluster: 'cluster-1', node: 'n1', life: 'life-0' };
    const labels = Object.fromEntries(
      Object.entries(owner).map(([key, value]) => [`skein.dev/${key}`, value]),
    );
    const annotations = { 'skein.dev/context': 'x'.repeat(contextBytes) };
    const spec = { template: { metadata: { annotations }, spec: { containers: [] } } };
    for (let at = 0; at < jobs; at += 1) {
      const name = `left-${at}`;
      const metadata = { name, namespace, labels, uid: name, resourceVersion: '1' };
      this.kubernetes.jobs.set(`${namespace}/${name}`, { metadata, spec });
    }
  }

  nothingIsLeft(): void {
    expect(this.kubernetes.jobs.size).toBe(0);
    expect(this.kubernetes.pods.size).toBe(0);
  }
}

export const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script];

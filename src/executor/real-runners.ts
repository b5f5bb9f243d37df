/** The runners of a real node. The simulator makes a registry of its own from the same parts. */
import type { WorkAction } from '../model/dag.ts';
import type { ProcessTools } from './process-job.ts';
import type { Runner, Runners } from './runner.ts';
import type { DockerHost } from './runners/docker/docker-host.ts';
import { dockerRunner } from './runners/docker.ts';
import { type EmailTools, emailRunner } from './runners/email.ts';
import { fileRunner } from './runners/file.ts';
import { functionRunner } from './runners/function.ts';
import { httpRunner } from './runners/http.ts';
import type { KubernetesHost } from './runners/kubernetes/kubernetes-host.ts';
import { kubernetesRunner } from './runners/kubernetes.ts';
import { noopRunner } from './runners/noop.ts';
import { notifyRunner } from './runners/notify.ts';
import { pythonRunner } from './runners/python.ts';
import { scriptRunner } from './runners/script.ts';
import { shellRunner } from './runners/shell.ts';
import { sqlRunner } from './runners/sql.ts';

/** What tasks in containers need; an executor without it leaves them to others. */
export interface ContainerHosts {
  readonly docker: DockerHost;
  readonly kubernetes: KubernetesHost;
}

/** What all of them need. */
export type RunnerTools = ProcessTools & EmailTools & { readonly containers?: ContainerHosts };

export const realRunners = (tools: RunnerTools): Runners =>
  new Map<WorkAction['kind'], Runner>([
    ...(tools.containers === undefined ? [] : containerRunners(tools, tools.containers)),
    ['noop', noopRunner(tools.clock)],
    ['shell', shellRunner(tools)],
    ['script', scriptRunner(tools)],
    ['python', pythonRunner(tools)],
    ['function', functionRunner(tools)],
    ['http', httpRunner(tools)],
    ['sql', sqlRunner(tools)],
    ['email', emailRunner(tools)],
    ['notify', notifyRunner(tools)],
    ['file', fileRunner(tools)],
  ]);

const containerRunners = (
  tools: ProcessTools,
  { docker, kubernetes }: ContainerHosts,
): readonly (readonly [WorkAction['kind'], Runner])[] => [
  ['docker', dockerRunner({ ...tools, host: docker })],
  ['kubernetes', kubernetesRunner({ ...tools, host: kubernetes })],
];

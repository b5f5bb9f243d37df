/** Where a node finds the container engine and the Kubernetes cluster of its tasks. */
import { z } from 'zod';
import { strict } from './schema-kit.ts';

const text = z.string().min(1).max(4096);

export const containers = strict({
  /** `unix:///var/run/docker.sock` or `tcp://host:2376`; else DOCKER_HOST, else Docker's own. */
  dockerHost: text.optional(),
  /** A path; else KUBECONFIG, the service account of the node's pod, or `~/.kube/config`. */
  kubeconfig: text.optional(),
  /** Else the current one. */
  kubernetesContext: text.optional(),
  /** Of Jobs whose tasks name none; else that of the context. */
  kubernetesNamespace: text.optional(),
});

/** What is not said is null. */
export interface ContainerSettings {
  readonly dockerHost: string | null;
  readonly kubeconfig: string | null;
  readonly kubernetesContext: string | null;
  readonly kubernetesNamespace: string | null;
}

export const containerSettings = (said: z.output<typeof containers>): ContainerSettings => ({
  dockerHost: said.dockerHost ?? null,
  kubeconfig: said.kubeconfig ?? null,
  kubernetesContext: said.kubernetesContext ?? null,
  kubernetesNamespace: said.kubernetesNamespace ?? null,
});

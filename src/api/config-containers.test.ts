import { expect, test } from 'vitest';
import { fail } from '../base/result.ts';
import { readConfig } from './config.ts';

const flags = { name: 'n1', nats: 'nats://127.0.0.1:4222', expect: '3', data: '/data' };
const machine = {
  cpus: 4,
  memoryBytes: 2 ** 33,
  memoryBytesMax: 2 ** 33,
  freeDiskBytes: () => undefined,
};

function containersOf(text: string, env: Readonly<Record<string, string>> = {}) {
  const file = { path: 'skein.yaml', text };
  const read = readConfig({ flags, env, file, machine, readFile: () => fail('no file') });
  return read.ok ? read.value.containers : read.error;
}

test('config: where containers run may be said in the file and in the environment', () => {
  const env = { SKEIN_CONTAINERS_DOCKER_HOST: 'unix:///run/podman/podman.sock' };
  expect(containersOf('containers: { kubeconfig: /etc/kube, dockerHost: /x }', env)).toEqual({
    dockerHost: 'unix:///run/podman/podman.sock',
    kubeconfig: '/etc/kube',
    kubernetesContext: null,
    kubernetesNamespace: null,
  });
  expect(containersOf('containers: { dockerhost: /x }')).toMatchObject([
    { key: 'containers.dockerhost' },
  ]);
});

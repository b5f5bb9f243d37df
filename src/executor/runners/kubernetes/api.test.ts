import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { connectKubernetes } from './api.ts';

test('kubernetes: a node without a kubeconfig says where it has looked for one', async () => {
  const home = mkdtempSync(join(tmpdir(), 'skein-home-'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('KUBECONFIG', undefined);
  const place = { kubeconfig: null, context: null, namespace: null };
  await expect(connectKubernetes(place)).rejects.toMatchObject({
    fault: 'kubernetes_not_set_up',
    message: expect.stringContaining('there is no kubeconfig'),
  });
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

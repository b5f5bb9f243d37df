import { expect, test } from 'vitest';
import { silentTrace } from '../base/trace.ts';
import { enterNetwork } from './network-entry.ts';

const enter = (nats: string) =>
  enterNetwork({
    config: { name: 'n1', cluster: 'main', nats },
    trace: silentTrace,
    givesUp: () => false,
    connectTimeoutMs: 1,
  });

test('network entry: only what trying again cannot mend is kept from a supervisor', async () => {
  const passing = { code: 1, why: expect.stringContaining('NATS_UNREACHABLE') };
  expect(await enter('nats://127.0.0.1:1')).toEqual({ ok: false, error: passing });
  const wrong = { code: 73, why: expect.stringContaining('NATS_URL_INVALID') };
  expect(await enter('http://127.0.0.1:1')).toEqual({ ok: false, error: wrong });
});

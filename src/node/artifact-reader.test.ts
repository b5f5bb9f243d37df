import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { Sender, Wire } from '../actors/wire.ts';
import { incarnation, namespace, nodeId, runId } from '../base/brand.ts';
import type { ArtifactRuns } from '../model/artifact-protocol.ts';
import { ArtifactReader } from './artifact-reader.ts';

const self = { node: nodeId('n1'), side: 'peer', incarnation: incarnation('p') } as const;

test('artifacts: while the ledger cannot be read nobody is told anything', async () => {
  const sent: unknown[] = [];
  let hear: (message: unknown, from: Sender) => void = () => {};
  const wire: Wire = {
    self,
    send: (_to, _inbox, _lane, message) => void sent.push(message),
    listen: (_inbox, listener) => {
      hear = listener;
      return { cancel: () => {} };
    },
  };
  const reader = new ArtifactReader(wire, new VirtualClock(), undefined);
  let isBroken = true;
  const run = async () => {
    if (isBroken) throw new Error('the database is not open');
    return { index: 1, value: undefined };
  };
  reader.knows({ reader: { run } as never, isReady: () => true });
  const runs = [{ namespace: namespace('default'), runId: runId('r1') }];
  const question: ArtifactRuns = { kind: 'artifact-runs', requestId: 'q1', runs };
  const ask = async (): Promise<void> => {
    hear(question, { ...self, side: 'executor' });
    await new Promise((resolve) => setImmediate(resolve));
  };
  await ask();
  expect(sent).toEqual([]);
  isBroken = false;
  await ask();
  expect(sent).toEqual([
    { kind: 'artifact-run-fates', requestId: 'q1', fates: [{ status: 'unknown' }] },
  ]);
});

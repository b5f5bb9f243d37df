import { expect, it } from 'vitest';
import { dagId, versionId, wallMs } from '../base/brand.ts';
import {
  expansionFact,
  type Fact,
  letterFact,
  runFact,
  variableFact,
  versionFact,
} from '../model/fact.ts';
import { roughBytes } from './rough-bytes.ts';
import { here, queuedRun, spec, start, startRun, task } from './testing/rows.ts';

const long = 'x'.repeat(10_000);
const run = queuedRun('r1', { name: 'd', content: spec({ a: task() }) });
const letter = {
  ...{ namespace: here, letterId: 'l', dagId: dagId('d'), at: start },
  kind: 'event',
} as const;

it.each<[string, Fact]>([
  [
    'the texts of a version',
    versionFact({
      ...{ namespace: here, dagId: dagId('d'), versionId: versionId('v'), createdBy: 'ada' },
      ...{ createdAt: start, spec: spec({ a: task({ env: { long } }) }) },
    }),
  ],
  ['the params of a run', runFact({ ...run, params: { long } })],
  ['the payload of an event', runFact({ ...run, payload: long })],
  [
    'the items of a map',
    expansionFact({ namespace: here, runId: run.runId, mapId: 'm', size: 1, items: long }),
  ],
  [
    'a variable',
    variableFact({ namespace: here, name: 'v', value: long, updatedAt: start, updatedBy: 'ada' }),
  ],
  [
    'what a dead letter tries again',
    letterFact({ ...letter, reason: '', replay: startRun('d', null, { params: { long } }) }),
  ],
])('%s counts towards the size of a turn', (_what, fact) => {
  expect(roughBytes(fact)).toBeGreaterThan(long.length);
  expect(roughBytes(runFact({ ...run, createdAt: wallMs(0) }))).toBeLessThan(1000);
});

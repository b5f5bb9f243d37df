/** A search of logs whose node is gone: what its copies on other nodes say. */
import { expect, it } from 'vitest';
import { namespace, nodeId, runId, taskId, token } from '../base/brand.ts';
import type { LogFound, LogMatch } from '../model/protocol.ts';
import { searchEverywhere } from './log-searches.ts';

const run = { namespace: namespace('default'), runId: runId('r1') };
const id = { ...run, taskId: taskId('a'), mapIndex: 0, token: token(7) };
const matchAt = (line: number): LogMatch => ({
  ...{ id, attempt: 1, stream: 'stdout', line, offset: 10 * line, text: `line ${line}` },
  ...{ before: [], after: [] },
});
const foundOf = (matches: readonly LogMatch[], isCopy: boolean): LogFound => ({
  ...{ kind: 'log-found', requestId: 's', matches, isCut: false },
  tokens: isCopy ? [id.token] : [],
});

it('finds a line in whichever copy has it, and each line once', async () => {
  const rows = [{ taskId: id.taskId, attempts: [{ node: nodeId('n1'), token: id.token }] }];
  const asked = { runIds: [run.runId], taskId: null, query: 'line', limit: 100, context: 0 };
  const found = await searchEverywhere({ ...asked, namespace: run.namespace } as never, {
    searches: {
      ask: ({ copiesOf }) => {
        const isCopy = copiesOf !== undefined;
        // The first target of the copy was left with its begin; it answers first all the same.
        const begin = foundOf(isCopy ? [matchAt(1)] : [], isCopy);
        const whole = foundOf(isCopy ? [matchAt(1), matchAt(2)] : [], isCopy);
        return Promise.resolve(
          new Map([
            [nodeId('n2'), begin],
            [nodeId('n3'), whole],
          ]),
        );
      },
    },
    reader: { run: () => Promise.resolve({ index: 1, value: { tasks: rows } } as never) },
    nodes: () => [],
  });
  expect(found.matches.map(({ line, copyOn }) => [line, copyOn])).toEqual([
    [1, 'n2'],
    [2, 'n3'],
  ]);
  expect(found.unsearched).toBe(0);
});

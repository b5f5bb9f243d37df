import { afterAll, describe, expect, test } from 'vitest';
import type { FunctionAction } from '../../model/code-action.ts';
import type { Dispatch } from '../../model/protocol.ts';
import { realClock } from '../../node/real-ports.ts';
import { type Run, RunnerStory } from '../testing/runner-story.ts';

const story = new RunnerStory(realClock);
afterAll(() => story.close());

const call = (action: Partial<FunctionAction>, more: Partial<Dispatch> = {}): Run =>
  story.run(
    {
      ...{ kind: 'function', code: null, file: null, export: 'default', input: null, reuse: true },
      ...action,
    },
    more,
  );
const inline = (code: string, more: Partial<Dispatch> = {}): Run => call({ code }, more);

describe('a function with reuse', () => {
  test('what its module keeps in memory is there for the next call', async () => {
    const code = 'let calls = 0; export default () => [++calls, process.pid]';
    const outputs = [];
    for (let at = 0; at < 5; at++) {
      const { output, error } = await inline(code).result;
      expect(error).toBeNull();
      outputs.push(JSON.parse(output ?? ''));
    }
    expect(outputs.map(([calls]) => calls)).toEqual([1, 2, 3, 4, 5]);
  });
});

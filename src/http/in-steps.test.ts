import { expect, test } from 'vitest';
import { inSteps, jsonSteps } from './in-steps.ts';

const many = Array.from({ length: 1_234 }, (_, at) => ({ id: `t${at}`, none: undefined, at }));

test('in-steps: the text is that of JSON.stringify, whatever is in the value', async () => {
  const values: readonly unknown[] = [
    ...[null, 7, 'text', [], many, { tasks: [] }, { tasks: [undefined, 1] }],
    { tasks: many, none: undefined, at: new Date(0), more: { deep: many } },
    { 'a "key"': Array(300).fill(undefined), empty: [], at: null },
  ];
  for (const value of values) {
    expect(await inSteps(jsonSteps(value))).toBe(JSON.stringify(value));
  }
});

test('in-steps: others have their turn between long steps', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
  };
  function* steps(): Generator<undefined, string> {
    for (let step = 0; step < 3; step++) {
      setImmediate(count);
      const until = performance.now() + 9;
      while (performance.now() < until);
      yield;
    }
    return 'done';
  }
  expect(await inSteps(steps())).toBe('done');
  expect(turns).toBe(3);
});

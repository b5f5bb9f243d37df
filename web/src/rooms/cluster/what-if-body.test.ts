import { expect, test } from 'vitest';
import { nothingTyped, whatIfBody, wrongPair } from './what-if-body.ts';

test('what if: nothing typed asks nothing, a horizon alone neither', () => {
  expect(whatIfBody(nothingTyped)).toBeUndefined();
  expect(whatIfBody({ ...nothingTyped, horizon: '2h' })).toBeUndefined();
});

test('what if: pairs become numbers and texts, and a cron keeps its equals signs', () => {
  const typed = {
    ...nothingTyped,
    ...{ addNodes: 2, removeNodes: ['n1'], pools: ['db = 4'], weights: ['etl=0.5'] },
    ...{ crons: ['nightly=0 3 * * *', 'odd=a=b'], order: 'sjf', horizon: ' 2h ' },
  };
  expect(wrongPair(typed)).toBeUndefined();
  expect(whatIfBody(typed)).toEqual({
    ...{ addNodes: 2, removeNodes: ['n1'], pools: { db: 4 }, namespaceWeights: { etl: 0.5 } },
    ...{ crons: { nightly: '0 3 * * *', odd: 'a=b' }, order: 'sjf', horizon: '2h' },
  });
});

test.each([
  ['pools', 'db'],
  ['pools', 'db=many'],
  ['weights', '=3'],
  ['crons', 'nightly='],
])('what if: among %s %s is told to be wrong', (field, text) => {
  expect(wrongPair({ ...nothingTyped, [field]: [text] })).toBe(text);
});

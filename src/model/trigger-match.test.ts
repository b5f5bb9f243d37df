import { describe, expect, it } from 'vitest';
import { labelsFit, pathFits, subjectFits, subjectsMeet, watchedFolder } from './trigger-match.ts';

describe('a subject pattern', () => {
  it.each([
    ['orders.new', 'orders.new', true],
    ['orders.new', 'orders.old', false],
    ['orders.new', 'orders.new.eu', false],
    ['orders.*', 'orders.new', true],
    ['orders.*', 'orders', false],
    ['orders.*', 'orders.new.eu', false],
    ['*.new', 'orders.new', true],
    ['orders.>', 'orders.new', true],
    ['orders.>', 'orders.new.eu', true],
    ['orders.>', 'orders', false],
    ['>', 'orders', true],
    ['orders.*.eu', 'orders.new.eu', true],
    // Within a token neither means anything to NATS.
    ['orders.n*', 'orders.new', false],
  ])('%s against %s: %s', (pattern, subject, fits) => {
    expect(subjectFits(pattern, subject)).toBe(fits);
  });
});

describe('two subject patterns', () => {
  it.each([
    ['orders.new', 'orders.new', true],
    ['orders.new', 'orders.old', false],
    ['orders.*', '*.new', true],
    ['orders.*', 'bills.*', false],
    ['orders.>', 'orders.*.eu', true],
    ['orders.>', 'orders', false],
    ['orders', 'orders.>', false],
    ['>', '*.new', true],
    ['orders.*', 'orders.*.eu', false],
    ['orders.*.eu', 'orders.*', false],
  ])('%s and %s have a subject in common: %s', (left, right, meet) => {
    expect(subjectsMeet(left, right)).toBe(meet);
  });
});

describe('a path pattern', () => {
  it.each([
    ['/in/a.csv', '/in/a.csv', true],
    ['/in/*.csv', '/in/a.csv', true],
    ['/in/*.csv', '/in/deep/a.csv', false],
    ['/in/*.csv', '/in/a.csv.part', false],
    ['/in/?.csv', '/in/a.csv', true],
    ['/in/?.csv', '/in/ab.csv', false],
    ['/in/**/*.csv', '/in/a.csv', true],
    ['/in/**/*.csv', '/in/2026/11/a.csv', true],
    ['/in/*/done', '/in/job-1/done', true],
    ['/in/a+b.csv', '/in/aab.csv', false],
    ['/in/*a*b*c', '/in/xaxbxc', true],
  ])('%s against %s: %s', (pattern, path, fits) => {
    expect(pathFits(pattern, path)).toBe(fits);
  });

  it('costs little, however hostile it is', () => {
    const stars = '*a'.repeat(200);
    expect(pathFits(`/${stars}b`, `/${'a'.repeat(4_000)}`)).toBe(false);
    const folders = '/**/a'.repeat(100);
    expect(pathFits(`${folders}/b`, '/a'.repeat(1_000))).toBe(false);
  });

  it.each([
    ['/in/a.csv', '/in/a.csv'],
    ['/in/*.csv', '/in'],
    ['/in/job-*/done', '/in'],
    ['/in/**/x', '/in'],
    ['/*', '/'],
  ])('%s is watched at %s', (pattern, folder) => {
    expect(watchedFolder(pattern)).toBe(folder);
  });
});

describe('labels', () => {
  it('fit when the node has all that are asked for', () => {
    expect(labelsFit({ zone: 'a' }, { zone: 'a', disk: 'fast' })).toBe(true);
    expect(labelsFit({ zone: 'a' }, { zone: 'b' })).toBe(false);
    expect(labelsFit({}, {})).toBe(true);
  });
});

import { expect, test } from 'vitest';
import { CreditWindow } from './credit-window.ts';

test('credit window: what is full opens as far as is confirmed', () => {
  const window = new CreditWindow({ limitBytes: 100, confirmEveryBytes: 40 });
  expect(window.admit(30)).toBe(true);
  expect(window.claim()).toBeUndefined();
  expect(window.admit(30)).toBe(true);
  const first = window.claim()!;
  expect(window.claim()).toBeUndefined();
  expect([window.admit(41), window.admit(40)]).toEqual([false, true]);
  window.confirm(first);
  expect([window.admit(61), window.admit(60)]).toEqual([false, true]);
});

test('credit window: a claim of the old connection gives nothing back on the new one', () => {
  const window = new CreditWindow({ limitBytes: 100, confirmEveryBytes: 1 });
  window.admit(100);
  const old = window.claim()!;
  window.reset();
  expect(window.admit(100)).toBe(true);
  window.confirm(old);
  expect(window.admit(1)).toBe(false);
});

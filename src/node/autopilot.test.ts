import { expect, test } from 'vitest';
import { nodeId } from '../base/brand.ts';
import { type AutopilotSettings, type MemberHealth, nextChange } from './autopilot.ts';

const settings: AutopilotSettings = {
  votersWanted: 3,
  replaceDead: false,
  stableMs: 10_000,
  deadMs: 60_000,
};
const autopilot = { ...settings, replaceDead: true };

const voter = (name: string, silentMs = 0): MemberHealth => ({
  node: nodeId(name),
  isVoter: true,
  isHeld: false,
  keptUpMs: 0,
  silentMs,
});

const learner = (name: string, keptUpMs: number, isHeld = false): MemberHealth => ({
  node: nodeId(name),
  isVoter: false,
  isHeld,
  keptUpMs,
  silentMs: 0,
});

test('autopilot: a learner that has kept up takes a free place among the voters', () => {
  const members = [voter('b'), learner('d', 12_000), learner('c', 11_000)];
  expect(nextChange(members, 2, settings)).toEqual({ kind: 'promote', node: 'c' });
  expect(nextChange(members, 3, settings)).toBeUndefined();
  expect(nextChange([voter('b'), learner('c', 9_999)], 2, settings)).toBeUndefined();
});

test('autopilot: a voter that a person demoted is not promoted again', () => {
  expect(nextChange([voter('b'), learner('c', 60_000, true)], 2, settings)).toBeUndefined();
});

test('autopilot: a dead voter is replaced when asked for, the learner comes first', () => {
  const members = [voter('b'), voter('c', 61_000), learner('d', 12_000)];
  expect(nextChange(members, 3, settings)).toBeUndefined();
  expect(nextChange(members, 3, autopilot)).toEqual({ kind: 'promote', node: 'd' });
  const promoted = [voter('b'), voter('c', 61_000), voter('d')];
  expect(nextChange(promoted, 4, autopilot)).toEqual({ kind: 'remove', node: 'c' });
});

test('autopilot: without a learner no vote is taken away, however many are dead (P65)', () => {
  const members = [voter('b', 1e9), voter('c', 1e9)];
  expect(nextChange(members, 3, autopilot)).toBeUndefined();
});

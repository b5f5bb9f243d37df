import { describe, expect, it } from 'vitest';
import { readDag } from '../../../src/api/dag-file.ts';
import { GraphOracle } from './graph-oracle.ts';

function oracleOf(
  tasks: object,
  rows: Readonly<Record<string, string>>,
  more: {
    readonly outputs?: Readonly<Record<string, string>>;
    readonly items?: Readonly<Record<string, number>>;
  } = {},
): GraphOracle {
  const text = JSON.stringify({ id: 'd', tasks });
  const read = readDag({ text, format: 'json', id: null, namespace: null, limits: null });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return new GraphOracle(read.value.spec, {
    status: (id, at) => rows[`${id}[${at}]`] ?? rows[id],
    output: (id, at) => more.outputs?.[`${id}[${at}]`] ?? more.outputs?.[id],
    items: (mapId) => more.items?.[mapId],
  });
}

const noop = { type: 'noop' } as const;

describe('the oracle of run graphs', () => {
  it('judges by the trigger rule', () => {
    const tasks = {
      ...{ a: noop, b: noop, c: { ...noop, dependsOn: ['a', 'b'] } },
      d: { ...noop, dependsOn: ['a', 'b'], triggerRule: 'one_success' },
    };
    const oracle = oracleOf(tasks, { a: 'success' });
    expect([oracle.judge('c', 0), oracle.judge('d', 0)]).toEqual(['wait', 'run']);
    expect(oracleOf(tasks, { a: 'success', b: 'failed' }).judge('c', 0)).toBe('upstream_failed');
    expect(oracleOf(tasks, { a: 'success', b: 'skipped' }).judge('c', 0)).toBe('skip');
  });

  it('an item depends on its own item, and on everything of a parent outside', () => {
    const each = {
      type: 'group',
      forEach: [1, 2],
      tasks: { b: noop, c: { ...noop, dependsOn: ['b'] } },
    };
    const tasks = { g: each, end: { ...noop, dependsOn: ['g'] } };
    const rows = { 'g.b[0]': 'success', 'g.b[1]': 'failed', 'g.c[0]': 'success' };
    const oracle = oracleOf(tasks, rows, { items: { g: 2 } });
    expect(oracle.instances('g.c')).toEqual([0, 1]);
    expect([oracle.judge('g.c', 0), oracle.judge('g.c', 1)]).toEqual(['run', 'upstream_failed']);
    expect(oracle.judge('end', 0)).toBe('wait');
    const done = oracleOf(tasks, { ...rows, 'g.c[1]': 'upstream_failed' }, { items: { g: 2 } });
    expect(done.judge('end', 0)).toBe('upstream_failed');
  });

  it('nothing to map over skips the members', () => {
    const tasks = { m: { ...noop, forEach: [] } };
    expect(oracleOf(tasks, {}, { items: { m: 0 } }).judge('m', 0)).toBe('skip');
  });

  it('a branch leaves aside what it does not follow and nothing followed leads to', () => {
    const tasks = {
      // biome-ignore lint/suspicious/noThenProperty: it is the name of a key in the file
      b: { type: 'branch', condition: 'true', then: ['x'] },
      x: { ...noop, dependsOn: ['b'] },
      y: { ...noop, dependsOn: ['b'] },
      z: { ...noop, dependsOn: ['b', 'x'] },
    };
    const rows = { b: 'success', x: 'success' };
    const oracle = oracleOf(tasks, rows, { outputs: { b: '{"follow":["x"]}' } });
    const said = ['x', 'y', 'z'].map((id) => oracle.judge(id, 0));
    expect(said).toEqual(['run', 'skip', 'run']);
  });

  it('a branch that has not chosen yet holds up what its rule would let run', () => {
    const tasks = {
      // biome-ignore lint/suspicious/noThenProperty: it is the name of a key in the file
      b: { type: 'branch', condition: 'true', then: ['x'] },
      x: { ...noop, dependsOn: ['b'], triggerRule: 'always' },
    };
    expect(oracleOf(tasks, {}).isChosenLater('x')).toBe(true);
    expect(oracleOf(tasks, { b: 'failed' }).isChosenLater('x')).toBe(false);
  });

  it('a short circuit takes along what is far behind it, but for teardowns', () => {
    const tasks = {
      s: { ...noop, setup: true },
      // biome-ignore lint/suspicious/noThenProperty: it is the name of a key in the file
      b: { type: 'branch', condition: 'false', then: ['x'], shortCircuit: true, dependsOn: ['s'] },
      x: { ...noop, dependsOn: ['b'] },
      y: { ...noop, dependsOn: ['x'], triggerRule: 'all_done' },
      t: { ...noop, dependsOn: ['y'], teardown: ['s'] },
    };
    const rows = { s: 'success', b: 'success', x: 'skipped', y: 'skipped' };
    const oracle = oracleOf(tasks, rows, { outputs: { b: '{"follow":[]}' } });
    expect(['x', 'y', 't'].map((id) => oracle.judge(id, 0))).toEqual(['skip', 'skip', 'run']);
    expect([oracle.isLeft('x', 0), oracle.isLeft('y', 0)]).toEqual(['direct', 'far']);
  });

  it('a map that is left aside before it is expanded is so with all its members', () => {
    const members = { c: noop, d: { ...noop, dependsOn: ['c'], triggerRule: 'always' } };
    const tasks = {
      a: noop,
      // biome-ignore lint/suspicious/noThenProperty: it is the name of a key in the file
      b: { type: 'branch', condition: 'true', then: ['x'] },
      x: { ...noop, dependsOn: ['b'] },
      g: { type: 'group', forEach: [1], dependsOn: ['a', 'b'], tasks: members },
    };
    const rows = { a: 'failed', b: 'success' };
    const oracle = oracleOf(tasks, rows, { outputs: { b: '{"follow":["x"]}' } });
    // Whichever is known first, the failure or the branch, decides how they end (seed 140912).
    expect([oracle.isLeft('g.c', 0), oracle.isLeft('g.d', 0)]).toEqual(['direct', 'direct']);
    expect(oracle.judgeByRule('g.d', 0)).toBe('upstream_failed');
  });

  it('a teardown runs when a set-up has succeeded, and does not fail the run', () => {
    const tasks = { s: { ...noop, setup: true }, t: { ...noop, dependsOn: ['s'], teardown: true } };
    expect(oracleOf(tasks, { s: 'failed' }).judge('t', 0)).toBe('skip');
    const torn = oracleOf(tasks, { s: 'success', t: 'failed' });
    expect(torn.judge('t', 0)).toBe('run');
    expect(torn.failures()).toEqual([]);
    expect(oracleOf(tasks, { s: 'failed', t: 'skipped' }).failures()).toEqual(['s']);
  });
});

/** The list of mutants fits the source, and `docs/mutants.md` tells of each what killed it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mutants } from './list/all.ts';
import { adversary, families, familiesOf, mutated } from './mutant.ts';
import { readTable } from './table.ts';
import { type Fate, tryMutants, tryUnchanged } from './trial.ts';
import { Workshop } from './workshop.ts';

const project = resolve('.');

describe('mutants', () => {
  it('each replaces a piece of text that its file has once', () => {
    for (const mutant of mutants) {
      const text = readFileSync(join(project, 'src', mutant.file), 'utf8');
      expect(mutated(text, mutant)).not.toBe(text);
    }
  });

  it('there are more than enough of them, for every family, and no two of a name', () => {
    expect(mutants.length).toBeGreaterThan(40);
    const missing = families.filter(
      (family) => !mutants.some((mutant) => familiesOf(mutant).includes(family)),
    );
    expect(missing).toEqual([]);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it('each is asked of tests that are there', () => {
    const files = readdirSync(project, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.test.ts') && !path.startsWith('node_modules'),
    );
    const killers = mutants.flatMap((mutant) => mutant.killers);
    const wanted = killers.flatMap((killer) => (killer.kind === 'tests' ? killer.files : []));
    expect(wanted.filter((file) => !files.some((path) => path.startsWith(file)))).toEqual([]);
    const scenarios = readdirSync(join(project, 'test', 'raft', 'scenarios')).map(
      (file) => `scenario ${file.replace('.txt', '').replaceAll('-', ' ')}$`,
    );
    const named = killers.flatMap((killer) => (killer.kind === 'tests' ? (killer.only ?? []) : []));
    expect(named.filter((name) => !scenarios.includes(name))).toEqual([]);
  });

  it('all are in the table of docs/mutants.md, in order, and none is alive', () => {
    const rows = readTable(project);
    expect(rows.map(({ name }) => name)).toEqual(mutants.map(({ name }) => name));
    expect(rows.filter(({ isAlive }) => isAlive)).toEqual([]);
  });

  it('what would fit twice, or not at all, is an error', () => {
    const [mutant] = mutants;
    for (const text of ['', `${mutant!.find} ${mutant!.find}`]) {
      expect(() => mutated(text, mutant!)).toThrow('exactly once');
    }
  });
});

/** One of each kind of killer. */
const few = ['hears a frame twice', 'votes twice in a term', 'dispatches before the commit'];

describe('mutants: a trial', { timeout: 120_000 }, () => {
  let shop: Workshop;

  beforeAll(() => {
    shop = Workshop.open(project);
  }, 120_000);

  afterAll(() => shop.close());

  it('kills mutants by tests and seeds that pass without them', async () => {
    const chosen = mutants.filter(({ name }) => few.includes(name));
    const told: Fate[] = [];
    const fates = await tryMutants([shop], chosen, (fate) => told.push(fate));
    expect(fates).toEqual(told);
    const kinds = fates.map(({ kill }) => kill?.killer.kind);
    expect(kinds.sort()).toEqual(['adversary', 'simulator', 'tests']);
    expect(await tryUnchanged(shop, fates)).toBeGreaterThan(0);
  });

  it('says that a mutant lives if nobody notices, or that a killer is red anyway', async () => {
    const real = { ...mutants.find(({ name }) => name === few[1])!, killers: [adversary(1, 5)] };
    const harmless = { ...real, replace: real.find };
    const [lives, dies] = await tryMutants([shop], [harmless, real], () => {});
    expect(lives).toMatchObject({ kill: undefined });
    const redAnyway = shop.with(real, () => tryUnchanged(shop, [dies!]));
    await expect(redAnyway).rejects.toThrow('does not pass');
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpHtml, dumpText } from './dump.ts';
import { type Judged, judge } from './judge.ts';
import { type RegisterInput, type RegisterOutput, registerModel } from './register-model.ts';
import { saveDump } from './save-dump.ts';
import { defaultBudget } from './search.ts';
import { type RegisterHistory, read, write } from './testing/make-history.ts';

const model = registerModel(0);
const modelOf = () => model;
const good = { ...write('a', 1, [0, 5]), key: 'good' };
const bad: RegisterHistory = [
  write('<writer>', 1, [0, 5]),
  read('b', 1, [6, 9]),
  read('c', 0, [7, 8]),
  write('d', 2, [9, null]),
];

const judgedBad = (): Judged<RegisterInput, RegisterOutput> =>
  judge({ history: bad, modelOf })[0] as Judged<RegisterInput, RegisterOutput>;

describe('linear: a whole history', () => {
  it('each key has its verdict', () => {
    const verdicts = judge({ history: [good, ...bad], modelOf });
    expect(verdicts.map(({ key, verdict }) => [key, verdict.status])).toEqual([
      ['good', 'linearizable'],
      ['x', 'broken'],
    ]);
  });
});

describe('linear: what is written down of a broken partition', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skein-linear-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('a few lines say what fits nowhere, behind what, and what was under way', () => {
    const stuck = 'behind them the state is "1", and "read: 0" of c fits nowhere.';
    expect(dumpText(judgedBad(), model.describe).split('\n')).toEqual([
      `x: 2 of 4 operations have an order; ${stuck}`,
      '  fits nowhere: read: 0 (c, 7 to 8)',
      '  placed before: write 1: written (<writer>, 0 to 5)',
      '  placed before: read: 1 (b, 6 to 9)',
    ]);
  });

  it('a search that gave up says so', () => {
    const [judged] = judge({ history: bad, modelOf, budget: { ...defaultBudget, stepsMax: 1 } });
    expect(judged && dumpText(judged, model.describe)).toBe('x: unknown after 3 steps');
  });

  it('the page is complete in itself, and texts are escaped', () => {
    const page = dumpHtml(judgedBad(), model.describe);
    expect(page).not.toMatch(/(src|href)=|@import|url\(/);
    expect(page).not.toContain('<writer>');
    expect(page).toContain('&lt;writer&gt;');
    expect(page.match(/<rect class="(\w+)"/g)).toEqual(
      ['placed', 'placed', 'stuck', 'open'].map((kind) => `<rect class="${kind}"`),
    );
    expect(page).toContain('<tr class="stuck"><td></td><td>c</td><td>read: 0</td>');
  });

  it('both files are written, and the JSON can be judged again', async () => {
    const judged = { ...judgedBad(), key: 'default/../run 1' };
    const paths = await saveDump(join(folder, 'new'), judged, model.describe);
    expect(paths.map((path) => path.slice(folder.length))).toEqual([
      '/new/linear-default-..-run-1.json',
      '/new/linear-default-..-run-1.html',
    ]);
    const read = JSON.parse(await readFile(paths[0] ?? '', 'utf8')) as typeof judged;
    expect(judge({ history: read.history, modelOf })[0]?.verdict).toEqual(judged.verdict);
  });
});

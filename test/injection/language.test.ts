/** The author's side: payloads as the text of every field of a DAG file. */
import { expect, test } from 'vitest';
import { readDag } from '../../src/api/dag-file.ts';
import type { Finding } from '../../src/api/source-document.ts';
import { wallMs } from '../../src/base/brand.ts';
import type { DagSpec } from '../../src/model/dag.ts';
import { runFact } from '../../src/model/fact.ts';
import { Decider } from '../../src/scheduler/testing/decider.ts';
import { dagFacts, nodes, queuedRun, start } from '../../src/scheduler/testing/rows.ts';
import { expectNoPollution, expectPlain } from './harmless.ts';
import { languageFields, readWith } from './language.ts';
import { payloadGroups, payloads, payloadsAt, shown } from './payloads.ts';

const perField = 200;

/** Keys that the schema knows and the rules behind it refuse in any case, with the reason. */
const neverAllowed = [
  'triggers[].cron',
  'triggers[].timezone',
  'onSuccess.task(docker).cwd',
  'onSuccess.task(kubernetes).cwd',
  'tasks.*(docker).cwd',
  'tasks.*(kubernetes).cwd',
  'tasks.*(sensor).spread',
  'tasks.*(sensor).repeat.until',
  'tasks.*(sensor).repeat.delay',
];

test('injection: there are two hundred payloads at least, and hundreds of fields', () => {
  expect(payloads.length).toBeGreaterThanOrEqual(perField);
  expect(languageFields.length).toBeGreaterThan(300);
});

test('injection: every field takes a text that belongs there', () => {
  const refused = languageFields.filter(
    (field) => readWith(field, [field.harmless]).accepted.length === 0,
  );
  // A new field that stands here needs a line in `language.ts`.
  expect(refused.map(({ path }) => path)).toEqual(neverAllowed);
});

/** The leader takes the run up, expands, evaluates, renders and places what it can. */
function leadRun(content: DagSpec): void {
  const run = { ...queuedRun('r1', { name: 'd', content }), status: 'running' as const };
  const begun = runFact({ ...run, startedAt: start, params: { list: ['x'] } });
  const story = new Decider(...dagFacts('d', content), begun, ...nodes('n1'));
  story.wake();
  story.assign();
  story.now = wallMs(start + 60_000);
  story.wake();
}

const codes = /^(DAG_INVALID|DAG_CYCLE|DAG_UNSUPPORTED|LIMIT_REACHED|TOO_LARGE)$/;
const accidents = /^$|undefined is not|is not a function|Cannot read/;

/** Not said for people, or by accident. */
const isPoor = ({ code, path, message }: Finding): boolean =>
  !codes.test(code) || typeof path !== 'string' || accidents.test(message);

for (const [place, field] of languageFields.entries()) {
  test(`injection: in ${field.path} payloads are refused with a place, or are data`, () => {
    const some = payloadsAt(place, perField);
    const { accepted, refused, dags } = readWith(field, some);
    expect(refused.filter(isPoor)).toEqual([]);
    for (const { spec } of dags) expectPlain(spec);
    const [first] = dags;
    if (first !== undefined) leadRun(first.spec);
    if (field.isClosed) expect(accepted.filter((text) => text !== field.harmless)).toEqual([]);
    expectNoPollution();
  });
}

/** Places in a YAML text, with nothing quoted by us. */
const splices: Readonly<Record<string, (text: string) => string>> = {
  'a plain scalar': (text) => `id: d\ndescription: ${text}\ntasks: {a: {type: noop}}\n`,
  'single quotes': (text) => `id: d\ndescription: '${text}'\ntasks: {a: {type: noop}}\n`,
  'double quotes': (text) => `id: d\ndescription: "${text}"\ntasks: {a: {type: noop}}\n`,
  'a block': (text) => `id: d\ndescription: |\n  ${text}\ntasks: {a: {type: noop}}\n`,
  'a flow map': (text) => `{id: d, description: ${text}, tasks: {a: {type: noop}}}\n`,
  'a key': (text) => `id: d\ntasks:\n  ${text}: {type: noop}\n`,
  'a flow list': (text) => `id: d\ntags: [x, ${text}]\ntasks: {a: {type: noop}}\n`,
  'an anchor': (text) => `id: d\ntags: [&${text} x, *${text}]\ntasks: {a: {type: noop}}\n`,
  'a comment': (text) => `id: d # ${text}\ntasks: {a: {type: noop}}\n`,
};

for (const [where, splice] of Object.entries(splices)) {
  test(`injection: a payload that stands bare in ${where} of YAML makes no object`, () => {
    for (const payload of payloads) {
      const text = splice(payload);
      const read = readDag({ text, format: 'yaml', id: null, namespace: null, limits: null });
      if (read.ok) expectPlain(read.value.spec);
      else expect(read.error.length, shown(payload)).toBeGreaterThan(0);
    }
    expectNoPollution();
  });
}

test('injection: a payload that stands bare in JSON makes no object', () => {
  for (const payload of [...payloadGroups.json, ...payloadGroups.prototypes]) {
    for (const text of [
      `{"id":"d","description":"${payload}","tasks":{"a":{"type":"noop"}}}`,
      `{"id":"d","tasks":{"a":{"type":"noop"}},"description":${payload}}`,
      `{"id":"d","tasks":{"${payload}":{"type":"noop"}}}`,
    ]) {
      const read = readDag({ text, format: 'json', id: null, namespace: null, limits: null });
      if (read.ok) expectPlain(read.value.spec);
    }
  }
  expectNoPollution();
});

/**
 * The other side: texts that come from elsewhere (params, outputs, variables, events, items) and
 * that templates put into the fields of tasks. They stay what they are: one text in one field.
 */
import { expect, test } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { runId, taskId, token } from '../../src/base/brand.ts';
import type { DagSpec } from '../../src/model/dag.ts';
import { nodeFact, outputFact, runFact, variableFact } from '../../src/model/fact.ts';
import type { Dispatch } from '../../src/model/protocol.ts';
import { Decider } from '../../src/scheduler/testing/decider.ts';
import { dagFacts, here, node, queuedRun, start } from '../../src/scheduler/testing/rows.ts';
import { expectNoPollution } from './harmless.ts';
import { languageFields, readFile } from './language.ts';
import { payloads, shown } from './payloads.ts';

/** Where a value may come from, and how a template asks for it. */
const sources = {
  'a param': 'params.v',
  'an output': 'tasks.up.output.v',
  'a variable': 'vars.v',
  'an event': 'trigger.payload.v',
  'a nested param': 'params.deep.list[0].v',
} as const;

const up = { type: 'noop' };
const params = { v: { type: 'string', default: '' }, deep: { type: 'object', default: {} } };

interface Templated {
  readonly name: string;
  readonly task: Readonly<Record<string, unknown>>;
}

/** Behind what such a text has to begin with. */
function templateFor(harmless: string, expression: string): string {
  const [start = 'word-'] = /^(\/|\w+:\/\/)/.exec(harmless) ?? [];
  return `${start}x{{ ${expression} }}`;
}

/** A task for each field of the language that takes a template, made by walking the schema. */
function tasksWith(expression: string): readonly Templated[] {
  return languageFields.flatMap((field, place): Templated[] => {
    if (field.isClosed || !/^(tasks\.\*\(|onSuccess\.)/.test(field.path)) return [];
    const { tasks, onSuccess } = Object(field.fill(templateFor(field.harmless, expression)));
    // An inline task is a task; what else a callback says stands in the callback of one.
    const callback = onSuccess === undefined ? undefined : { type: 'noop', onSuccess };
    const said = onSuccess?.task ?? callback ?? tasks?.a;
    if (said?.type === undefined || said.type === 'group') return [];
    const task = { ...said, dependsOn: ['up'] };
    const read = readFile({ params, tasks: { up, t: task } });
    const renders = /\.key$|\.produces|\.params\./.test(field.path);
    const takes = read.ok && (renders || read.value.spec.templates === true);
    return takes ? [{ name: `t${place}`, task }] : [];
  });
}

function specWith(tasks: readonly Templated[]): DagSpec {
  const named = Object.fromEntries(tasks.map(({ name, task }) => [name, task]));
  const read = readFile({ params, tasks: { up, ...named } });
  if (!read.ok) throw new Error(read.error.map(({ message }) => message).join('\n'));
  return read.value.spec;
}

/** What a leader sends to the executors when every source says `text`. */
function dispatched(content: DagSpec, text: string): Readonly<Record<string, Dispatch>> {
  const given = { v: text, deep: { list: [{ v: text }] } };
  const whose = { namespace: here, runId: runId('r1') };
  const variable = { namespace: here, name: 'v', updatedAt: start, updatedBy: text };
  const output = { ...whose, taskId: taskId('up'), mapIndex: 0, token: token(1) };
  const story = new Decider(
    ...dagFacts('d', content),
    runFact({
      ...queuedRun('r1', { name: 'd', content }),
      ...{ status: 'running', startedAt: start, createdBy: text },
      ...{ trigger: 'event', params: given, payload: JSON.stringify({ v: text }) },
    }),
    variableFact({ ...variable, value: text }),
    outputFact({ ...output, json: JSON.stringify({ v: text }) }),
    nodeFact(node('n1', { capacity: { slots: 500 } })),
  );
  const sent: Record<string, Dispatch> = {};
  const take = (): void => {
    for (const effect of story.assign().effects) {
      if (effect.kind === 'dispatch') sent[effect.dispatch.id.taskId] = effect.dispatch;
    }
  };
  story.wake();
  take();
  story.when(story.ends('up', 'success', { output: JSON.stringify({ v: text }) }));
  take();
  // Callbacks of what has ended.
  for (const id of Object.keys(sent)) {
    if (story.status(id) === 'queued') story.when(story.ends(id));
  }
  take();
  return sent;
}

/** The same with `from` replaced by `to`, in texts and never in names; in JSON, as JSON has it. */
function replaced(value: unknown, from: string, to: string): unknown {
  if (typeof value === 'string') {
    if (!value.startsWith('{')) return value.replaceAll(from, () => to);
    return JSON.stringify(replaced(JSON.parse(value), from, to));
  }
  if (Array.isArray(value)) return value.map((element) => replaced(element, from, to));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, inner]) => [key, replaced(inner, from, to)]));
}

const plainWord = 'Zebra42';

for (const [nth, [what, path]] of Object.entries(sources).entries()) {
  const tasks = tasksWith(path);
  const content = specWith(tasks);
  const baseline = dispatched(content, plainWord);

  test(`injection: ${what} is one text in one field, whatever it says`, () => {
    expect(tasks.length).toBeGreaterThan(20);
    expect(JSON.stringify(baseline)).toContain(`x${plainWord}`);
    // Every payload meets every field; from where it comes, they take turns.
    const some = payloads.filter((_, place) => place % Object.keys(sources).length === nth);
    for (const payload of some) {
      const sent = dispatched(content, payload);
      for (const [id, { action, env }] of Object.entries(sent)) {
        const { action: known, env: knownEnv } = present(baseline[id], `${id} ran before as well`);
        const wanted = replaced({ action: known, env: knownEnv }, plainWord, payload);
        expect({ action, env }, `${id} ${shown(payload)}`).toEqual(wanted);
      }
    }
    expectNoPollution();
  });
}

/** The fields of DAG files, and what the JSON Schema does not say about them. */
import { type CheckedDag, readDag } from '../../src/api/dag-file.ts';
import { dagFileJsonSchema } from '../../src/api/dag-file-json-schema.ts';
import type { Finding } from '../../src/api/source-document.ts';
import { assert } from '../../src/base/assert.ts';
import type { Result } from '../../src/base/result.ts';
import { type Field, fieldsOf, type Hints } from './fields.ts';

const aDuration = /(every|after|jitter|window|[tT]imeout|sla|[dD]elay|RetryDelay|per|for|giveUp)$/;

const hints: Hints = {
  samples: [
    [aDuration, '5m'],
    [/(memory|disk)$/, '1Gi'],
    [/^(start|end)Date$/, '2026-01-31'],
    [/(schedule|schedule\[\]|cron)$/, '0 3 * * *'],
    [/timezone$/, 'UTC'],
    [/secret$/, 'a secret of some length'],
    [/secretSha256$/, 'a'.repeat(64)],
    [/(filter|condition|repeat\.until)$/, 'true'],
    [/onTimeout$/, 'fail'],
    [/forEach(\.\*)?$/, 'range(2)'],
    [/(file|cwd)$/, '/a'],
    [/(asset|produces|produces\[\])$/, 'asset://a/b'],
    [/(url|webhook|http)$/, 'http://x/'],
    [/(dependsOn(\[\])?|compensate)$/, 'b'],
    [/(then|else)(\[\])?$/, 'c'],
    [/teardown(\[\])?$/, 'b'],
    [/affinity\.near(\[\])?$/, 'g0'],
    [/affinity\.apart(\[\])?$/, 'self'],
    [/\(wait\)\.until$/, '2026-01-31T03:00:00Z'],
    [/\(python\)\.callable$/, 'm:f'],
    [/\(email\)\.(to|cc|bcc|replyTo)(\[\])?$/, 'a@b.example'],
    [/\(docker\)\.(mounts\[\]\.(source|target)|workdir)$/, '/a'],
    [/\.inputs\.\*$/, 'b:x'],
  ],
  companions: [
    [/schedule(\[\])?\.(timezone|dst|jitter|calendar)$/, { cron: '0 3 * * *' }],
    [/calendar\.shift$/, { include: 'a' }],
    [/triggers\[\]\.(name|params|whilePaused)$/, { webhook: {} }],
    [/triggers\[\]\.window$/, { all: [{ dag: 'a' }] }],
    [/triggers\[\](\.(all|any)\[\])?\.filter$/, { subject: 'a.b' }],
    [/triggers\[\](\.(all|any)\[\])?\.labels$/, { file: '/a' }],
    [/triggers\[\](\.(all|any)\[\])?\.states$/, { dag: 'a' }],
    [/(all|any)\[\]\.timezone$/, { cron: '0 3 * * *' }],
    [/on[A-Z]\w+(\[\])?\.(method|headers|body|timeout)$/, { webhook: 'http://x/' }],
    [/on[A-Z]\w+(\[\])?\.params$/, { dag: 'a' }],
    [/\(python\)\.(?!script$|file$|callable$)\w+$/, { script: 'pass' }],
    [/\(python\)\.kwargs$/, { callable: 'm:f' }],
    [/\(python\)\.inputs$/, { script: 'pass', dependsOn: 'b' }],
    [/\((script|function)\)\.(?!code$|file$)\w+$/, { code: 'a' }],
    [/\((script|function)\)\.inputs$/, { code: 'a', dependsOn: 'b' }],
    [/\((shell|docker)\)\.inputs$/, { dependsOn: 'b' }],
    [/\(email\)\.(?!text$|html$)\w+$/, { text: 'a' }],
    [/\(kubernetes\)\.(?!image$|pod$)\w+$/, { image: 'a' }],
    [/\(wait\)\.(?!for$|until$)\w+$/, { for: '5m' }],
    [/\(wait\)\.timezone$/, { until: '15:00' }],
    [/\(sensor\)\.(?!(file|http|command|subject|asset|dag)$)\w+$/, { file: '/a' }],
    [/\(sensor\)\.filter$/, { subject: 'a.b' }],
    [/\(sensor\)\.(states|sameLogicalDate)$/, { dag: 'a' }],
    [/params\.\*\.(default|enum|pattern)$/, { type: 'string' }],
  ],
  entries: [[/(^|\.)tasks$/, { a: { type: 'noop' } }]],
  neighbours: [
    [/\.(dependsOn(\[\])?|compensate|teardown(\[\])?)$/, { b: { type: 'noop' } }],
    [/\.(then|else)(\[\])?$/, { c: { type: 'noop', dependsOn: ['a'] } }],
    [/\.inputs\.[~*]$/, { b: { type: 'shell', command: 'a', artifacts: { x: 'a' } } }],
  ],
};

export const languageFields: readonly Field[] = fieldsOf(dagFileJsonSchema(), hints);

/** With an id, where the place is not the id itself. */
export function readFile(file: unknown): Result<CheckedDag, readonly Finding[]> {
  const whole = Object.hasOwn(Object(file), 'id') ? file : { id: 'd', ...Object(file) };
  const text = JSON.stringify(whole);
  return readDag({ text, format: 'json', id: null, namespace: null, limits: null });
}

export interface Outcome {
  /** The texts that may stand there. */
  readonly accepted: readonly string[];
  readonly refused: readonly Finding[];
  readonly dags: readonly CheckedDag[];
}

const batchSize = 10;

/**
 * Reads files that hold these texts in this place: where that can be, many texts in one file, each
 * in a task of its own, which saves most of the time.
 */
export function readWith(field: Field, texts: readonly string[]): Outcome {
  const size = /^(tasks|onSuccess|defaults)\./.test(field.path) ? batchSize : 1;
  const accepted: string[] = [];
  const refused: Finding[] = [];
  const dags: CheckedDag[] = [];
  for (let at = 0; at < texts.length; at += size) {
    let left = texts.slice(at, at + size);
    // What is refused is taken out, until the rest is accepted.
    while (left.length > 0) {
      const read = readFile(size === 1 ? field.fill(left[0]) : inGroups(field, left));
      if (read.ok) {
        accepted.push(...left);
        dags.push(read.value);
        break;
      }
      refused.push(...read.error);
      const named = read.error.map(({ path }) => Number(/^tasks\.g(\d+)/.exec(path)?.[1]));
      const rest = size === 1 ? [] : left.filter((_, index) => !named.includes(index));
      assert(rest.length < left.length, `${field.path}: ${read.error[0]?.message}`);
      left = rest;
    }
  }
  return { accepted, refused, dags };
}

/** A group is a world of its own for names; callbacks and defaults stand in tasks as well. */
function inGroups(field: Field, texts: readonly string[]): unknown {
  const groups = texts.map((text, index) => {
    const { tasks, onSuccess, defaults } = Object(field.fill(text));
    const task =
      onSuccess === undefined ? { type: 'group', tasks, defaults } : { type: 'noop', onSuccess };
    return [`g${index}`, task];
  });
  return { tasks: Object.fromEntries(groups) };
}

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDag } from '../../../../src/api/dag-file.ts';
import type { DagSpec } from '../../../../src/model/dag.ts';
import { textOfFile } from './dag-text.ts';
import { specFile } from './spec-file.ts';
import { durationText, sizeText } from './spec-words.ts';

const folder = new URL('../../../../examples/', import.meta.url);
const examples = readdirSync(folder).filter((name) => /^\d+-.*\.yaml$/.test(name));

function read(text: string): { readonly id: string; readonly spec: DagSpec } {
  const from = { format: 'yaml', id: null, namespace: null, limits: null } as const;
  const dag = readDag({ text, ...from });
  if (!dag.ok) throw new Error(`${JSON.stringify(dag.error, null, 2)}\n${text}`);
  return { id: dag.value.dagId, spec: dag.value.spec };
}

describe('a version as a file', () => {
  it.each(examples)('%s: the file that is written says what the version says', (name) => {
    const { id, spec } = read(readFileSync(new URL(name, folder), 'utf8'));
    expect(read(textOfFile(specFile(id, spec))).spec).toEqual(spec);
  });

  it('siblings in a group are called by their own names, set-ups and teardowns too', () => {
    const { id, spec } = read(`id: g
tasks:
  box:
    type: group
    tasks:
      rent: { type: noop, setup: true }
      use: { type: noop, dependsOn: [rent] }
      back: { type: noop, dependsOn: [use], teardown: true }
      near: { type: noop, dependsOn: [rent], teardown: rent }
`);
    const text = textOfFile(specFile(id, spec));
    expect(text).toContain('dependsOn: [use]');
    expect(read(text).spec).toEqual(spec);
  });

  it('durations and sizes lose nothing', () => {
    expect(durationText(5_400_250)).toBe('1h30m250ms');
    expect(durationText(0)).toBe('0s');
    expect(sizeText(128 * 1024 * 1024)).toBe('128Mi');
    expect(sizeText(1_000_001)).toBe('1000001');
  });
});

/** A version as text: what it says, without what it does not say. */
import type { DagSpec } from '../../../../src/model/dag.ts';
import { yamlText } from './yaml-text.ts';

export type TextKind = 'yaml' | 'json';

/** Keys in an order of their own, so that two versions differ only where they say other things. */
export function definitionText(dagId: string, spec: DagSpec, kind: TextKind): string {
  const { tasks, ...rest } = spec;
  const whole = said({ id: dagId, ...rest, tasks });
  if (kind === 'json') return `${JSON.stringify(whole, null, 2)}\n`;
  return yamlText(whole);
}

/** Without nulls and what is empty: that is how it is when nothing is said. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [key, said(each)] as const)
      .filter(([, each]) => !isEmpty(each)),
  );
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

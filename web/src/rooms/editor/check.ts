/** Whether a text is a valid definition: asked of a node shortly after somebody stopped writing. */
import { useEffect, useState } from 'react';
import { call } from '../../data/api.ts';
import { ApiProblem } from '../../data/api-problem.ts';
import type { TextFinding } from './code.tsx';
import { readText } from './dag-text.ts';

export type Check =
  | { readonly kind: 'checking' }
  | { readonly kind: 'fine'; readonly versionId: string }
  | { readonly kind: 'problems'; readonly findings: readonly TextFinding[] }
  /** Nobody answers. */
  | { readonly kind: 'unknown' };

const waitMs = 350;

export interface Checked {
  readonly text: string;
  readonly namespace: string;
  /** From the address; '' for a new DAG. */
  readonly dag: string;
}

export const definitionOf = (text: string) => ({ type: 'application/yaml', text }) as const;

/** What the file says comes first; the address counts where it says nothing. */
export function placeOf({ text, namespace, dag }: Checked) {
  const read = readText(text);
  const model = read.ok ? read.model : undefined;
  return { dagId: model?.id ?? dag, namespace: model?.namespace ?? namespace };
}

export async function check(asked: Checked, signal?: AbortSignal): Promise<Check> {
  const read = readText(asked.text);
  if (!read.ok) {
    const { line, column, message } = read;
    return { kind: 'problems', findings: [{ line, column, message, path: '' }] };
  }
  const { dagId, namespace } = placeOf(asked);
  try {
    const { versionId } = await call('applyDag', {
      params: { dagId: dagId === '' ? 'unnamed' : dagId },
      query: { namespace, dryRun: 'true' },
      definition: definitionOf(asked.text),
      ...(signal && { signal }),
    });
    return { kind: 'fine', versionId };
  } catch (error) {
    if (!(error instanceof ApiProblem)) return { kind: 'unknown' };
    const { problems, detail, title } = error.problem;
    const whole = { line: null, column: null, message: detail ?? title, path: '' };
    return { kind: 'problems', findings: problems.length === 0 ? [whole] : problems };
  }
}

export function useCheck({ text, namespace, dag }: Checked): Check {
  const [result, setResult] = useState<Check>({ kind: 'checking' });
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      void check({ text, namespace, dag }, stop.signal).then((found) => {
        if (!stop.signal.aborted) setResult(found);
      });
    }, waitMs);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [text, namespace, dag]);
  return result;
}

/** What an attempt was given, as its node kept it: texts as they were rendered, params, outputs. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { AttemptView } from '../../../../src/model/views/attempt.ts';
import type { TaskDetailView } from '../../../../src/model/views/task.ts';
import { call, type Reply } from '../../data/api.ts';
import { ApiProblem } from '../../data/api-problem.ts';
import { useWords } from '../../kit/words.ts';
import { Json, Part } from './parts.tsx';
import { useRun } from './use-run.ts';
import { runWords } from './words.ts';

interface Props {
  readonly view: TaskDetailView;
  readonly attempt: AttemptView;
}

/** Tasks of these types are given nothing that would be kept. */
const keepsNothing: ReadonlySet<string> = new Set(['noop', 'file']);

export function GivenPart({ view, attempt: { attempt, state } }: Props) {
  const w = useWords(runWords);
  const { namespace, runId } = useRun();
  const { taskId, mapIndex, type } = view;
  const { data, error } = useQuery({
    // It is written while the attempt begins: looked for again when that has changed.
    queryKey: ['given', namespace, runId, taskId, mapIndex, attempt, state],
    queryFn: ({ signal }) =>
      call('getGiven', {
        params: { runId, taskId, attempt: String(attempt) },
        query: { namespace, mapIndex: String(mapIndex) },
        signal,
      }),
    enabled: !keepsNothing.has(type) && state !== 'queued',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (data === undefined && error === null) return null;
  return (
    <Part title={w.given}>
      {data === undefined ? (
        <Text size="xs" c="dimmed">
          {error instanceof ApiProblem ? error.problem.title : String(error)}
        </Text>
      ) : (
        partsOf(data)
      )}
      {data !== undefined && data.leftOut.length > 0 && (
        <Text size="xs" c="dimmed">
          {w.givenLeftOut(data.leftOut.join(', '))}
        </Text>
      )}
    </Part>
  );
}

/** Each with its name; what is nothing is not shown. Names are those of the definition. */
function partsOf(given: Reply<'getGiven'>): ReactNode {
  const { attempt: _1, node: _2, at: _3, leftOut: _4, action, ...rest } = given;
  const parts = { ...action, ...rest };
  return Object.entries(parts).map(([name, value]) =>
    isNothing(value) ? null : (
      <div key={name}>
        <Text size="xs" c="dimmed" className="skein-name">
          {name}
        </Text>
        <Json value={value} />
      </div>
    ),
  );
}

const isNothing = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);

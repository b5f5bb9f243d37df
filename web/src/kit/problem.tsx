/** What went wrong, in the words of the node: what, why, and what to do next. */
import { Alert, Code, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ApiProblem } from '../data/api-problem.ts';

export function ProblemBox({ error }: { readonly error: unknown }) {
  const problem = error instanceof ApiProblem ? error.problem : undefined;
  const title = problem?.title ?? 'Something went wrong';
  return (
    <Alert color="red" variant="light" title={title} role="alert">
      <Stack gap={4}>
        <Text size="sm">{problem?.detail ?? textOf(error)}</Text>
        {problem?.problems.map((finding) => (
          <Text size="sm" key={`${finding.path}${finding.message}`}>
            {finding.line === null ? '' : `${finding.line}:${finding.column ?? 1} `}
            {finding.path} {finding.message}
          </Text>
        ))}
        {problem !== undefined && (
          <Text size="sm" c="dimmed">
            {problem.next} <Code>{problem.code}</Code>
          </Text>
        )}
      </Stack>
    </Alert>
  );
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The same, in passing: for an action whose place on the page has nothing to say. */
export function showProblem(error: unknown): void {
  const problem = error instanceof ApiProblem ? error.problem : undefined;
  notifications.show({
    color: 'red',
    title: problem?.title ?? 'It was not done',
    message: `${problem?.detail ?? textOf(error)} ${problem?.next ?? ''}`.trim(),
    autoClose: 12_000,
  });
}

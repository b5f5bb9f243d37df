/** What went wrong, in the words of the node: what, why, and what to do next. */
import { Alert, Code, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ApiProblem, NoAnswer } from '../data/api-problem.ts';
import { formWords } from './form-words.ts';
import { useWords } from './words.ts';

export function ProblemBox({ error }: { readonly error: unknown }) {
  const w = useWords(formWords);
  const problem = problemOf(error);
  const title = problem?.title ?? w.wentWrong;
  return (
    <Alert color="red" variant="light" title={title} role="alert">
      <Stack gap={4}>
        <Text size="sm">
          <ErrorText error={error} />
        </Text>
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

const problemOf = (error: unknown) => (error instanceof ApiProblem ? error.problem : undefined);

interface ErrorProps {
  readonly error: unknown;
}

function ErrorText({ error }: ErrorProps) {
  const w = useWords(formWords);
  if (error instanceof NoAnswer) return w.noAnswer;
  return problemOf(error)?.detail ?? (error instanceof Error ? error.message : String(error));
}

function NotDone({ error }: ErrorProps) {
  const w = useWords(formWords);
  return problemOf(error)?.title ?? w.notDone;
}

/** The same, in passing: for an action whose place on the page has nothing to say. */
export function showProblem(error: unknown): void {
  notifications.show({
    color: 'red',
    title: <NotDone error={error} />,
    message: (
      <>
        <ErrorText error={error} /> {problemOf(error)?.next}
      </>
    ),
    autoClose: 12_000,
  });
}

/** The editor: one text, seen as text, as a graph and as the form of a task. */
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from '../../app/search.ts';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { Editor } from './editor.tsx';
import { loadText } from './load-text.ts';

const newText = `id: my_dag
description: What it does, in a sentence
tasks:
  hello:
    type: shell
    command: echo "Hello from run $SKEIN_RUN_ID"
`;

export default function EditorPage() {
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const [{ dag = '' }] = useSearchParams();
  const { data, error } = useQuery({
    queryKey: ['editor-text', namespace, dag],
    enabled: dag !== '',
    // What is being written is not replaced under somebody's hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: ({ signal }) => loadText(namespace, dag, signal),
  });
  if (error !== null) return <ProblemBox error={error} />;
  if (dag === '') {
    return <Editor key={`${namespace}/`} {...{ namespace, dag }} loaded={newText} version={null} />;
  }
  if (data === undefined) return <Text c="dimmed">{f.loading}</Text>;
  return (
    <Stack>
      <Editor
        key={`${namespace}/${dag}/${data.version}`}
        {...{ namespace, dag }}
        loaded={data.text}
        version={data.version}
      />
    </Stack>
  );
}

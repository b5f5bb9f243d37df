/** What applying the text would do: which version, which lines, which fires. */
import { Modal, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { call } from '../../data/api.ts';
import { ProblemBox } from '../../kit/problem.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { check, definitionOf } from './check.ts';
import { loadText } from './load-text.ts';
import { editorWords } from './words.ts';

interface PlanDialogProps {
  readonly namespace: string;
  readonly dag: string;
  readonly id: string;
  readonly text: string;
  readonly loaded: string;
  readonly version: string | null;
  readonly onClose: () => void;
}

const firesShown = '8';

export function PlanDialog(props: PlanDialogProps) {
  const { namespace, dag, id, text, loaded, version, onClose } = props;
  const w = useWords(editorWords);
  const checked = useQuery({
    queryKey: ['plan-check', namespace, dag, text],
    queryFn: ({ signal }) => check({ text, namespace, dag }, signal),
  });
  const fires = useQuery({
    queryKey: ['plan-fires', namespace, text],
    retry: false,
    queryFn: ({ signal }) =>
      call('previewFile', {
        query: { namespace, n: firesShown },
        definition: definitionOf(text),
        signal,
      }),
  });
  const found = checked.data;
  // Somebody may have applied another one since the text was loaded.
  const applied = useQuery({
    queryKey: ['plan-applied', namespace, dag],
    enabled: dag !== '',
    gcTime: 0,
    queryFn: ({ signal }) => loadText(namespace, dag, signal),
  }).data;
  const current = applied ?? { text: loaded, version };
  const becomes =
    found?.kind !== 'fine'
      ? ''
      : found.versionId === current.version
        ? w.planSame
        : `${version === null ? `${w.planNew} ` : ''}${w.planChanged(found.versionId)}`;
  return (
    <Modal opened onClose={onClose} title={w.planTitle(id)} size="xl">
      <Stack gap="sm">
        {found?.kind === 'problems' && (
          <Text size="sm" c="var(--state-failed)">
            {w.problems(found.findings.length)}: {found.findings[0]?.message}
          </Text>
        )}
        <Text size="sm" role="status">
          {becomes}
        </Text>
        <Title order={2} size="h6">
          {w.changes}
        </Title>
        {version !== null && current.text === text ? (
          <Text size="sm" c="dimmed">
            {w.noChanges}
          </Text>
        ) : (
          <Changes before={version === null ? '' : current.text} after={text} />
        )}
        <Title order={2} size="h6">
          {w.fires}
        </Title>
        {fires.error !== null && <ProblemBox error={fires.error} />}
        {fires.data?.items.length === 0 && <Text size="sm">{w.noFires}</Text>}
        {fires.data !== undefined && fires.data.items.length > 0 && (
          <Table verticalSpacing={2}>
            <Table.Tbody>
              {fires.data.items.map(({ at, local, timezone, notes }) => (
                <Table.Tr key={at}>
                  <Table.Td>
                    <Time at={at} zone={timezone} />
                  </Table.Td>
                  <Table.Td>{`${local} ${timezone}`}</Table.Td>
                  <Table.Td>{notes.join(', ')}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </Modal>
  );
}

interface ChangesProps {
  readonly before: string;
  readonly after: string;
}

/** Loaded when somebody looks. */
function Changes({ before, after }: ChangesProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let close = (): void => {};
    let isGone = false;
    void import('./text-diff.ts').then(({ showDiff }) => {
      if (!isGone && box.current !== null) close = showDiff(box.current, before, after);
    });
    return () => {
      isGone = true;
      close();
    };
  }, [before, after]);
  return <div ref={box} style={{ maxHeight: 320, overflow: 'auto' }} />;
}

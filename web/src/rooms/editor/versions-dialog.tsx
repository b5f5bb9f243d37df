/** The versions from before: into the editor, or current again. */
import { Badge, Button, Group, Modal } from '@mantine/core';
import { useMemo } from 'react';
import { useIsShown } from '../../app/is-shown.ts';
import { call } from '../../data/api.ts';
import { useAnswer } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { tell } from '../../kit/form.tsx';
import { formWords } from '../../kit/form-words.ts';
import { ProblemBox, showProblem } from '../../kit/problem.tsx';
import { DataTable } from '../../kit/table.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { loadText } from './load-text.ts';
import { editorWords } from './words.ts';

interface VersionsDialogProps {
  readonly namespace: string;
  readonly dag: string;
  readonly onText: (text: string) => void;
  readonly onClose: () => void;
}

export function VersionsDialog({ namespace, dag, onText, onClose }: VersionsDialogProps) {
  const w = useWords(editorWords);
  const f = useWords(formWords);
  const input = useMemo(() => ({ params: { dagId: dag }, query: { namespace } }), [dag, namespace]);
  const { data, error } = useAnswer('listVersions', input, ['dag']);
  const isShown = useIsShown();
  const restore = async (version: string): Promise<void> => {
    try {
      const { text } = await loadText(namespace, dag, undefined, version);
      // Whoever has closed the dialog goes on with the text as it is.
      if (!isShown()) return;
      onText(text);
      tell(w.restored(version));
      onClose();
    } catch (refusal) {
      showProblem(refusal);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`${w.versions}: ${dag}`} size="xl">
      {error !== null && <ProblemBox error={error} />}
      <DataTable
        label={w.versions}
        rows={data?.items ?? []}
        rowKey={({ versionId }) => versionId}
        empty={data === undefined ? f.loading : w.noVersions}
        columns={[
          {
            id: 'version',
            name: w.version,
            cell: ({ versionId, current }) => (
              <Group gap={6} wrap="nowrap">
                <span className="skein-mono">{versionId.slice(0, 12)}</span>
                {current && (
                  <Badge variant="default" size="sm" tt="none">
                    {w.current}
                  </Badge>
                )}
              </Group>
            ),
          },
          { id: 'created', name: w.created, cell: ({ createdAt }) => <Time at={createdAt} /> },
          { id: 'by', name: w.by, cell: ({ createdBy }) => <bdi>{createdBy}</bdi> },
          { id: 'tasks', name: w.tasks, right: true, cell: ({ tasks }) => tasks },
          {
            id: 'actions',
            name: f.actions,
            right: true,
            cell: ({ versionId, current }) => (
              <Group gap={6} justify="flex-end" wrap="nowrap">
                <Button
                  size="compact-xs"
                  variant="default"
                  fw={500}
                  aria-label={`${w.restore} ${versionId}`}
                  onClick={() => void restore(versionId)}
                >
                  {w.restore}
                </Button>
                {!current && (
                  <ConfirmButton
                    label={w.promote}
                    name={`${w.promote} ${versionId}`}
                    says={w.promoteSays(versionId)}
                    done={w.promoted(versionId)}
                    onConfirm={() =>
                      call('promoteVersion', {
                        params: { dagId: dag, version: versionId },
                        query: { namespace },
                      })
                    }
                  />
                )}
              </Group>
            ),
          },
        ]}
      />
    </Modal>
  );
}

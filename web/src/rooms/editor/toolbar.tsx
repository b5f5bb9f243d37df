/** What is done with the text: check, plan, test, apply; and the versions from before. */
import { Button, Group, Select, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type RefObject, useRef, useState } from 'react';
import { useIsShown } from '../../app/is-shown.ts';
import { runPath, seg, useGo } from '../../app/link.tsx';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { FormDialog, tell } from '../../kit/form.tsx';
import { showProblem } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { check, definitionOf, placeOf } from './check.ts';
import { editText } from './dag-text.ts';
import { dropDraft, keepApplied } from './draft.ts';
import { PlanDialog } from './plan-dialog.tsx';
import { VersionsDialog } from './versions-dialog.tsx';
import { editorWords } from './words.ts';

interface ToolbarProps {
  readonly namespace: string;
  readonly dag: string;
  /** As the text says it. */
  readonly id: string;
  readonly text: string;
  readonly loaded: string;
  readonly version: string | null;
  /** What somebody has applied since; null: nobody has. */
  readonly newer: string | null;
  readonly isDirty: boolean;
  readonly status: ReactNode;
  readonly applyRef: RefObject<HTMLButtonElement | null>;
  readonly onText: (text: string) => void;
  /** The version that the text comes from, from now on. */
  readonly onBase: (version: string | null) => void;
}

export function Toolbar(props: ToolbarProps) {
  const { namespace, dag, id, text, loaded, version, newer, isDirty, status } = props;
  const { onText, onBase } = props;
  const w = useWords(editorWords);
  const [shown, setShown] = useState<'plan' | 'versions'>();
  const checkNow = async (): Promise<void> => {
    const found = await check({ text, namespace, dag });
    if (found.kind === 'fine') tell(found.versionId === version ? w.unchanged : w.checkedNow);
    else if (found.kind === 'problems') {
      showProblem(new Error(found.findings.map(({ message }) => message).join(' · ')));
    }
  };
  return (
    <Group justify="space-between" gap="xs">
      <Group gap="sm">
        <Title order={1} size="h4" className="skein-name">
          {dag === '' ? w.newDag : dag}
        </Title>
        <OpenSelect dag={dag} namespace={namespace} />
        {status}
      </Group>
      <Group gap={6}>
        {isDirty && (
          <ConfirmButton
            label={w.discard}
            says={w.discardSays}
            done={w.discarded}
            size="xs"
            variant="subtle"
            danger
            onConfirm={async () => {
              onText(loaded);
              onBase(version);
            }}
          />
        )}
        <Button size="xs" variant="default" onClick={() => void checkNow()}>
          {w.check}
        </Button>
        <Button size="xs" variant="default" onClick={() => setShown('plan')}>
          {w.plan}
        </Button>
        <TestRun namespace={namespace} id={id} text={text} />
        {dag !== '' && (
          <Button size="xs" variant="default" onClick={() => setShown('versions')}>
            {w.versions}
          </Button>
        )}
        <Apply {...props} />
      </Group>
      {shown === 'plan' && (
        <PlanDialog
          {...{ namespace, dag, id, text, loaded, version }}
          onClose={() => setShown(undefined)}
        />
      )}
      {shown === 'versions' && (
        <VersionsDialog
          {...{ namespace, dag }}
          onText={(chosen) => {
            onText(chosen);
            // Who chooses among the versions has seen which of them is current.
            if (newer !== null) onBase(newer);
          }}
          onClose={() => setShown(undefined)}
        />
      )}
    </Group>
  );
}

function OpenSelect({ dag, namespace }: Pick<ToolbarProps, 'dag' | 'namespace'>) {
  const w = useWords(editorWords);
  const go = useGo();
  const dags = useTable('dag').filter((row) => row.namespace === namespace);
  const choices = dags.map(({ dagId }) => ({ value: String(dagId), label: String(dagId) }));
  return (
    <Select
      size="xs"
      w={170}
      aria-label={w.open}
      placeholder={w.open}
      searchable
      data={[{ value: '', label: `+ ${w.newDag}` }, ...choices]}
      value={dag === '' ? null : dag}
      onChange={(chosen) =>
        chosen !== null && go(chosen === '' ? '/editor' : `/editor?dag=${seg(chosen)}`)
      }
    />
  );
}

function Apply(props: ToolbarProps) {
  const { namespace, dag, id, text, version, newer, applyRef, onBase } = props;
  const w = useWords(editorWords);
  const go = useGo();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const isShown = useIsShown();
  const latest = useRef(text);
  latest.current = text;
  const isNew = !useTable('dag').some((row) => row.namespace === namespace && row.dagId === id);
  // Under another id, it replaces nothing of this DAG.
  const isOver = newer !== null && id === dag;
  const apply = async (): Promise<void> => {
    const place = placeOf({ text, namespace, dag });
    const applied = await call('applyDag', {
      params: { dagId: place.dagId },
      query: { namespace: place.namespace },
      definition: definitionOf(text),
    });
    keepApplied(applied.versionId, text);
    // Who has written on meanwhile keeps that, as changes of what was applied.
    if (latest.current !== text) return onBase(applied.versionId);
    dropDraft({ namespace, dag });
    // The text that was loaded is this one from now on.
    const key = ['editor-text', namespace, applied.dagId];
    client.setQueryData(key, { text, version: applied.versionId });
    if (isShown() && (dag !== applied.dagId || version !== applied.versionId)) {
      go(`/editor?dag=${seg(applied.dagId)}`);
    }
  };
  return (
    <>
      <Button ref={applyRef} size="xs" disabled={id === ''} onClick={() => setOpened(true)}>
        {w.apply}
      </Button>
      <FormDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title={w.apply}
        submit={w.apply}
        done={w.appliedDone(id)}
        danger={isOver}
        onSubmit={apply}
      >
        <Text size="sm">{w.applySays(id, isNew)}</Text>
        {isOver && (
          <Text size="sm" c="var(--state-failed)">
            {w.applyOver(newer)}
          </Text>
        )}
      </FormDialog>
    </>
  );
}

type TestRunProps = Pick<ToolbarProps, 'namespace' | 'id' | 'text'>;

/** A version is what runs, so the text becomes one, of a DAG of its own. */
function TestRun({ namespace, id, text }: TestRunProps) {
  const w = useWords(editorWords);
  const go = useGo();
  const testId = `${id}.test`;
  const start = async (): Promise<void> => {
    const copy = editText(text, (document) => {
      document.set('id', testId);
      for (const key of ['schedule', 'triggers', 'catchup', 'failover']) document.delete(key);
    });
    const params = { dagId: testId };
    const definition = definitionOf(copy ?? text);
    await call('applyDag', { params, query: { namespace }, definition });
    const { runId } = await call('startRun', { params, query: { namespace }, body: {} });
    go(runPath(runId));
  };
  return (
    <ConfirmButton
      label={w.testRun}
      says={w.testSays(testId)}
      done={w.testStarted}
      size="xs"
      disabled={id === ''}
      onConfirm={start}
    />
  );
}

/** What waits for a person: the question, its form, and yes or no with a note. */
import { Card, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMemo, useState } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { Link, runPath, seg } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { useAnswerOfAny } from '../../data/any-fact.ts';
import { call, type Reply } from '../../data/api.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { ValueFields, valueTexts } from '../../kit/form-value-fields.tsx';
import { parseValues } from '../../kit/form-values.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { Empty } from '../../kit/table.tsx';
import { PageHead } from '../../kit/table-page.tsx';
import { Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { approvalsWords } from './words.ts';

type Approval = Reply<'listApprovals'>['items'][number];

export default function ApprovalsPage() {
  const w = useWords(approvalsWords);
  const { namespace } = usePrefs();
  const [{ run }] = useSearchParams();
  const input = useMemo(() => ({ query: { namespace, limit: '1000' } }), [namespace]);
  const { data, error } = useAnswerOfAny('listApprovals', input);
  const open = (data?.items ?? []).filter(({ runId }) => run === undefined || runId === run);
  return (
    <Stack maw={860}>
      <PageHead title={w.title} about={data === undefined ? '' : w.about(open.length)} />
      {error !== null && data === undefined && <ProblemBox error={error} />}
      {data !== undefined && open.length === 0 && <Empty>{w.empty}</Empty>}
      {open.map((approval) => (
        <ApprovalCard
          key={`${approval.runId}/${approval.taskId}/${approval.mapIndex}`}
          approval={approval}
        />
      ))}
    </Stack>
  );
}

function ApprovalCard({ approval }: { readonly approval: Approval }) {
  const w = useWords(approvalsWords);
  const { runId, dagId, taskId, mapIndex, message, fields, since, until } = approval;
  const now = useNow();
  const [texts, setTexts] = useState(() => valueTexts(fields));
  const name = `${dagId} ${taskId}`;
  return (
    <Card withBorder padding="md" component="section" aria-label={name}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Text fw={600} className="skein-name" style={{ whiteSpace: 'pre-wrap' }}>
            {message}
          </Text>
          <Text size="sm" c="dimmed">
            {w.waiting(formatDuration(Math.max(0, now - Date.parse(since))))}
          </Text>
        </Group>
        <Group gap="xs">
          <Link to={runPath(runId)} size="sm" className="skein-name">
            {`${dagId} · ${runId}`}
          </Link>
          <Link to={runPath(runId, `?task=${seg(taskId)}`)} size="sm" className="skein-name">
            {mapIndex > 0 ? `${taskId}[${mapIndex}]` : taskId}
          </Link>
          {until !== null && (
            <Text size="sm" c="var(--state-paused)">
              {w.until} <Time at={until} />
            </Text>
          )}
        </Group>
        {Object.keys(fields).length > 0 && (
          <ValueFields
            specs={fields}
            texts={texts}
            onChange={(field, text) => setTexts((before) => ({ ...before, [field]: text }))}
          />
        )}
        <Decision approval={approval} texts={texts} />
      </Stack>
    </Card>
  );
}

interface DecisionProps {
  readonly approval: Approval;
  readonly texts: Readonly<Record<string, string>>;
}

function Decision({ approval, texts }: DecisionProps) {
  const w = useWords(approvalsWords);
  const { namespace } = usePrefs();
  const [note, setNote] = useState('');
  const { runId, taskId, mapIndex, fields } = approval;
  const values = parseValues(fields, texts);
  const decide = (name: 'approve' | 'reject') => () =>
    call(name, {
      params: { runId, taskId },
      query: { namespace },
      body: {
        mapIndex,
        ...(note !== '' && { note }),
        ...(name === 'approve' && values !== undefined && { values }),
      },
    });
  const noteField = (
    <Textarea
      label={w.note}
      description={w.noteHint}
      value={note}
      autosize
      minRows={2}
      onChange={(event) => setNote(event.currentTarget.value)}
    />
  );
  return (
    <Group gap="xs" justify="flex-end">
      <ConfirmButton
        label={w.reject}
        name={`${w.reject} ${taskId}`}
        says={
          <>
            <Text size="sm">{w.rejectSays}</Text>
            {noteField}
          </>
        }
        done={w.rejected}
        danger
        size="sm"
        onConfirm={decide('reject')}
      />
      <ConfirmButton
        label={w.approve}
        name={`${w.approve} ${taskId}`}
        says={
          <>
            <Text size="sm" className="skein-name">
              {approval.message}
            </Text>
            {noteField}
          </>
        }
        done={w.approved}
        size="sm"
        variant="filled"
        disabled={values === undefined}
        onConfirm={decide('approve')}
      />
    </Group>
  );
}

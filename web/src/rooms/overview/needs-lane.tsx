/** What needs a person, with what is to be done about it. */
import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { dagPath, Link, runPath, seg } from '../../app/link.tsx';
import { call } from '../../data/api.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { StateSign } from '../../kit/state.tsx';
import { agoText, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import type { Need } from './needs.ts';
import type { Needs } from './use-needs.ts';
import { overviewWords } from './words.ts';

/** More than this is not read in one look. */
const shownMax = 12;

export function NeedsLane({ needs, isCut }: Needs) {
  const w = useWords(overviewWords);
  if (needs.length === 0) {
    return (
      <Group gap={6}>
        <StateSign state="success" />
        <Text size="sm" c="dimmed">
          {w.noNeeds}
        </Text>
      </Group>
    );
  }
  return (
    <Stack gap={0}>
      {needs.slice(0, shownMax).map((need) => (
        <NeedLine key={need.key} need={need} />
      ))}
      {needs.length > shownMax && (
        <Text size="xs" c="dimmed" pt={6}>
          {(isCut ? w.moreThan : w.more)(needs.length - shownMax)}
        </Text>
      )}
    </Stack>
  );
}

function NeedLine({ need }: { readonly need: Need }) {
  const w = useWords(overviewWords);
  switch (need.kind) {
    case 'node':
      return (
        <Line state="failed" name={need.node} to="/cluster" says={w.node} since={need.since} />
      );
    case 'approval':
      return <ApprovalLine approval={need.approval} />;
    case 'letter':
      return <LetterLine letter={need.letter} />;
    case 'sla-missed':
      return <RunLine run={need.run} state="failed" says={w.slaMissed} />;
    case 'sla-risk':
      return (
        <RunLine
          run={need.run}
          state="up_for_retry"
          says={w.slaRisk(formatDuration(need.leftMs))}
        />
      );
    case 'slow':
      return <RunLine run={need.run} state="running" says={w.slow(formatDuration(need.usualMs))} />;
    case 'waits':
      return <RunLine run={need.run} state="queued" says={w.waits} note={need.run.heldBy} />;
    case 'tasks-wait': {
      const { waiting, since, first, gates } = need.queue;
      return (
        <Line
          state="scheduled"
          name={`${first.dagId} · ${first.taskId}`}
          to={runPath(first.runId, `?task=${seg(first.taskId)}`)}
          says={w.tasksWait(waiting)}
          since={since}
          note={gates[0]?.text}
        />
      );
    }
  }
}

interface RunLineProps {
  readonly run: Extract<Need, { readonly run: unknown }>['run'];
  readonly state: string;
  readonly says: string;
  readonly note?: string | null;
}

function RunLine({ run, state, says, note }: RunLineProps) {
  return (
    <Line
      state={state}
      name={run.dagId}
      to={runPath(run.runId)}
      says={says}
      since={run.startedAt ?? run.createdAt}
      note={note ?? run.runId}
    />
  );
}

function ApprovalLine({ approval }: Pick<Extract<Need, { kind: 'approval' }>, 'approval'>) {
  const w = useWords(overviewWords);
  const { namespace } = usePrefs();
  const { runId, dagId, taskId, mapIndex, message, fields, since } = approval;
  const to = runPath(runId, `?task=${seg(taskId)}`);
  const decide = (verb: 'approve' | 'reject') =>
    call(verb, { params: { runId, taskId }, query: { namespace }, body: { mapIndex } });
  const hasForm = Object.keys(fields).length > 0;
  return (
    <Line
      state="deferred"
      name={`${dagId} · ${taskId}`}
      to={to}
      says={w.approval}
      since={since}
      note={message}
    >
      {hasForm ? (
        <Link to={to} size="xs" inherit={false} pt={4}>
          {w.fillIn}
        </Link>
      ) : (
        <ConfirmButton
          label={w.approve}
          name={w.approveOf(taskId)}
          says={w.approveSays(taskId, runId)}
          done={w.approved(taskId)}
          onConfirm={() => decide('approve')}
        />
      )}
      <ConfirmButton
        label={w.reject}
        name={w.rejectOf(taskId)}
        says={w.rejectSays(taskId, runId)}
        done={w.rejected(taskId)}
        onConfirm={() => decide('reject')}
      />
    </Line>
  );
}

function LetterLine({ letter }: Pick<Extract<Need, { kind: 'letter' }>, 'letter'>) {
  const w = useWords(overviewWords);
  const { namespace } = usePrefs();
  const { letterId, dagId, kind, reason, at } = letter;
  const name = dagId ?? w.someone;
  const input = { params: { letterId }, query: { namespace } };
  return (
    <Line
      state="up_for_retry"
      name={name}
      to={dagId === null ? '/letters' : dagPath(dagId)}
      says={w.letter(kind)}
      since={new Date(at).toISOString()}
      note={reason}
    >
      <ConfirmButton
        label={w.replay}
        name={w.replayOf(name)}
        says={w.replaySays}
        done={w.replayed}
        onConfirm={() => call('replayLetter', input)}
      />
      <ConfirmButton
        label={w.drop}
        name={w.dropOf(name)}
        says={w.dropSays}
        done={w.dropped}
        onConfirm={() => call('dropLetter', input)}
      />
    </Line>
  );
}

interface LineProps {
  readonly state: string;
  readonly name: string;
  readonly to: string;
  readonly says: string;
  readonly since: string;
  readonly note?: string | null | undefined;
  readonly children?: ReactNode;
}

function Line({ state, name, to, says, since, note, children }: LineProps) {
  const { language } = usePrefs();
  const now = useNow();
  return (
    <Group
      gap="xs"
      py={6}
      wrap="nowrap"
      align="flex-start"
      style={{ borderBottom: '1px solid var(--mantine-color-default-border)' }}
    >
      <span style={{ flex: 'none', lineHeight: 1, paddingTop: 3 }}>
        <StateSign state={state} />
      </span>
      <Stack gap={0} miw={0} flex={1}>
        <Text size="sm" lh={1.35}>
          <Link to={to} fw={600} className="skein-name">
            {name}
          </Link>{' '}
          {says}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={2}>
          {agoText(since, now, language)}
          {note !== undefined && note !== null && note !== '' && (
            <>
              {' · '}
              <bdi>{note}</bdi>
            </>
          )}
        </Text>
      </Stack>
      {children !== undefined && (
        <Group gap={6} wrap="nowrap" flex="none">
          {children}
        </Group>
      )}
    </Group>
  );
}

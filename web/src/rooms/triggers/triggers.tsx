/** The list of triggers, and what people do about one. */
import {
  Badge,
  Code,
  CopyButton,
  Group,
  Stack,
  Text,
  Textarea,
  UnstyledButton,
} from '@mantine/core';
import { useMemo, useState } from 'react';
import { dagPath, Link, runPath, seg } from '../../app/link.tsx';
import { call, type Reply } from '../../data/api.ts';
import { useAnswer } from '../../data/hooks.ts';
import { currentNode } from '../../data/nodes.ts';
import { ActButton, ConfirmButton } from '../../kit/confirm.tsx';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { StateSign } from '../../kit/state.tsx';
import { DataTable } from '../../kit/table.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { type LastRun, useLastRuns } from './last-runs.ts';
import { readPayload } from './payload.ts';
import { triggersWords } from './words.ts';

export type Trigger = Reply<'listTriggers'>['items'][number];

const isOfEvent = ({ trigger }: LastRun): boolean => trigger === 'event';

export function Triggers() {
  const w = useWords(triggersWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const input = useMemo(() => ({ query: { namespace, limit: '1000' } }), [namespace]);
  const { data, error } = useAnswer('listTriggers', input, ['trigger', 'dag', 'run']);
  const triggers = data?.items ?? [];
  const dags = [...new Set(triggers.map(({ dagId }) => dagId))];
  const last = useLastRuns({ namespace, dags, fits: isOfEvent });
  if (error !== null && data === undefined) return <ProblemBox error={error} />;
  return (
    <DataTable
      label={w.triggers}
      rows={triggers}
      rowKey={({ dagId, trigger }) => `${dagId}/${trigger}`}
      empty={data === undefined ? f.loading : w.empty}
      columns={[
        {
          id: 'dag',
          name: w.dag,
          cell: ({ dagId, paused }) => (
            <Group gap={6}>
              <Link to={dagPath(dagId)} className="skein-name">
                {dagId}
              </Link>
              {paused && (
                <Badge variant="default" size="xs" tt="none">
                  {w.pausedDag}
                </Badge>
              )}
            </Group>
          ),
        },
        { id: 'name', name: w.trigger, cell: (trigger) => <TriggerName trigger={trigger} /> },
        { id: 'sources', name: w.sources, cell: (trigger) => <Sources trigger={trigger} /> },
        { id: 'kept', name: w.kept, cell: (trigger) => <Kept trigger={trigger} /> },
        { id: 'last', name: w.lastRun, cell: ({ dagId }) => <Last run={last.get(dagId)} /> },
        {
          id: 'actions',
          name: f.actions,
          right: true,
          cell: (trigger) => <TriggerActions trigger={trigger} />,
        },
      ]}
    />
  );
}

function TriggerName({
  trigger: { trigger, enabled, whilePaused },
}: {
  readonly trigger: Trigger;
}) {
  const w = useWords(triggersWords);
  return (
    <Stack gap={0}>
      <Text size="sm" fw={600} className="skein-name">
        {trigger}
      </Text>
      <Text size="xs" c={enabled ? 'dimmed' : 'var(--state-paused)'}>
        {`${enabled ? w.on : w.off} · ${w[`whilePaused-${whilePaused}`]}`}
      </Text>
    </Stack>
  );
}

function Sources({ trigger }: { readonly trigger: Trigger }) {
  const w = useWords(triggersWords);
  const { sources, needs, window, namespace, dagId, trigger: name } = trigger;
  const address = `${currentNode()}/api/v1/hooks/${seg(namespace)}/${seg(dagId)}/${seg(name)}`;
  return (
    <Stack gap={2}>
      {needs === 'all' && (
        <Text size="xs" c="dimmed">
          {`${w.needsAll} ${window === null ? '' : w.window(window)}`}
        </Text>
      )}
      {sources.map((source) => (
        <Text key={source} size="sm" className="skein-mono">
          {source}
        </Text>
      ))}
      {sources.some((source) => source.startsWith('webhook')) && (
        <CopyButton value={address}>
          {({ copied, copy }) => {
            const shown = copied ? '✓' : new URL(address).pathname;
            return (
              <UnstyledButton onClick={copy} aria-label={`${w.hook} ${shown}`} title={w.hook}>
                <Code className="skein-mono" fz="xs">
                  {shown}
                </Code>
              </UnstyledButton>
            );
          }}
        </CopyButton>
      )}
    </Stack>
  );
}

const eventsShown = 3;

function Kept({ trigger: { kept, nextTimeAt } }: { readonly trigger: Trigger }) {
  const w = useWords(triggersWords);
  return (
    <Stack gap={0}>
      {kept.length === 0 ? (
        <Text size="sm">–</Text>
      ) : (
        <Text size="sm">{w.events(kept.length)}</Text>
      )}
      {kept.slice(-eventsShown).map(({ key, at }) => (
        <Text key={key} size="xs" c="dimmed" className="skein-name" truncate maw={200}>
          <Time at={at} /> {key}
        </Text>
      ))}
      {nextTimeAt !== null && (
        <Text size="xs" c="dimmed">
          {w.nextTime} <Time at={nextTimeAt} />
        </Text>
      )}
    </Stack>
  );
}

function Last({ run }: { readonly run: LastRun | undefined }) {
  const w = useWords(triggersWords);
  if (run === undefined) return <>{w.never}</>;
  return (
    <Group gap={6} wrap="nowrap">
      <StateSign state={run.state} />
      <Link to={runPath(run.runId)} size="sm">
        <Time at={run.createdAt} />
      </Link>
    </Group>
  );
}

function TriggerActions({ trigger: { dagId, trigger, enabled } }: { readonly trigger: Trigger }) {
  const w = useWords(triggersWords);
  const { namespace } = usePrefs();
  const params = { dagId, trigger };
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      <FireButton dagId={dagId} trigger={trigger} />
      {enabled ? (
        <ConfirmButton
          label={w.disable}
          name={`${w.disable} ${trigger}`}
          says={w.disableSays}
          done={w.disabled(trigger)}
          onConfirm={() => call('disableTrigger', { params, query: { namespace } })}
        />
      ) : (
        <ActButton
          label={w.enable}
          name={`${w.enable} ${trigger}`}
          done={w.enabled(trigger)}
          onAct={() => call('enableTrigger', { params, query: { namespace } })}
        />
      )}
    </Group>
  );
}

function FireButton({ dagId, trigger }: { readonly dagId: string; readonly trigger: string }) {
  const w = useWords(triggersWords);
  const { namespace } = usePrefs();
  const [text, setText] = useState('');
  const payload = readPayload(text);
  return (
    <ConfirmButton
      label={w.fire}
      name={w.fireTitle(trigger)}
      title={w.fireTitle(trigger)}
      says={
        <Stack gap="sm">
          <Text size="sm">{w.fireSays}</Text>
          <Textarea
            label={w.payload}
            value={text}
            autosize
            minRows={3}
            error={payload.isJson ? undefined : w.notJson}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Stack>
      }
      done={w.fired}
      onConfirm={() =>
        call('sendEvent', {
          query: { namespace },
          body: {
            ...{ kind: 'trigger', dagId, trigger },
            payload: payload.value,
          },
        })
      }
    />
  );
}

/** One task instance beside the graph: how it went, why it waits, what it has left. */
import { ActionIcon, Button, CloseButton, Group, Stack, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import { taskId } from '../../../../src/base/brand.ts';
import type { TaskDetailView } from '../../../../src/model/views/task.ts';
import { instanceRows, taskDetailView } from '../../../../src/model/views.ts';
import { runPath, useGo, useStay } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { Icon } from '../../kit/icons.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { useWords } from '../../kit/words.ts';
import { MarkModal, RerunModal } from './action-modals.tsx';
import { actionWords } from './action-words.ts';
import { ApprovalForm } from './approval-form.tsx';
import { AttemptFacts, Attempts } from './attempts.tsx';
import { GivenPart } from './given.tsx';
import { Instances } from './instances.tsx';
import { Chip, Json, Part } from './parts.tsx';
import { instanceName } from './summary.ts';
import { Placement, WhyWaits } from './task-why.tsx';
import { useRun } from './use-run.ts';
import { runWords } from './words.ts';

export function TaskPanel() {
  const w = useWords(runWords);
  const [search, change] = useSearchParams();
  const { rows, detail } = useRun();
  const { task = '', map } = search;
  const mapOf = detail.maps.find(({ members }) => members.includes(task));
  const isMany = mapOf !== undefined && (mapOf.size ?? 0) > 1;
  const mapIndex = Number(map ?? 0);
  const view = useMemo(
    () => taskDetailView(instanceRows(rows), taskId(task), mapIndex),
    [rows, task, mapIndex],
  );
  const close = () => change({ task: '', map: '', attempt: '' });
  const name = instanceName(task, mapIndex, mapOf !== undefined && map !== undefined);
  return (
    <section className="skein-run-panel" aria-label={w.taskPanel(name)}>
      <Group
        wrap="nowrap"
        px="sm"
        py={8}
        gap="xs"
        style={{ borderBottom: '1px solid var(--mantine-color-default-border)' }}
      >
        {isMany && map !== undefined && (
          <ActionIcon
            variant="subtle"
            size="sm"
            aria-label={w.allInstances}
            onClick={() => change({ map: '', attempt: '' })}
          >
            <Icon name="left" size={14} />
          </ActionIcon>
        )}
        <Title order={2} size="h5" className="skein-name" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Title>
        {view !== undefined && (!isMany || map !== undefined) && (
          <Text size="sm" span>
            <StateLabel state={view.state} />
          </Text>
        )}
        <CloseButton ml="auto" size="sm" aria-label={w.closePanel} onClick={close} />
      </Group>
      <Stack gap="md" p="sm">
        {view === undefined && <Text c="dimmed">{w.noTask}</Text>}
        {view !== undefined && isMany && map === undefined && <Instances task={task} map={mapOf} />}
        {view !== undefined && (!isMany || map !== undefined) && <One view={view} />}
      </Stack>
    </section>
  );
}

const isWaiting = (state: string): boolean =>
  ['pending', 'scheduled', 'queued', 'deferred', 'up_for_retry'].includes(state);

function One({ view }: { readonly view: TaskDetailView }) {
  const w = useWords(runWords);
  const [search] = useSearchParams();
  const { past, rows } = useRun();
  const spec = Object.entries(rows.version.spec.tasks).find(([id]) => id === view.taskId)?.[1];
  const newest = view.attempts.at(-1);
  const shown = view.attempts.find(({ attempt }) => String(attempt) === search.attempt) ?? newest;
  return (
    <>
      <Actions view={view} />
      {past === null && view.waits?.for === 'approval' && (
        // What was typed for one task is not the answer of another.
        <ApprovalForm key={`${view.taskId}/${view.mapIndex}`} view={view} />
      )}
      {view.reason !== null && (
        <Text size="sm" className="skein-name" style={{ overflowWrap: 'anywhere' }}>
          {view.reason}
        </Text>
      )}
      <Chips view={view} />
      {past === null && isWaiting(view.state) && <WhyWaits view={view} />}
      {view.attempts.length > 0 && (
        <Part title={w.attempts}>
          <Attempts view={view} shown={shown?.attempt ?? 0} />
        </Part>
      )}
      {shown !== undefined && (
        <AttemptFacts attempt={shown} view={view} asked={spec?.resources ?? {}} />
      )}
      {past === null && newest !== undefined && <Placement view={view} />}
      {shown !== undefined && <GivenPart view={view} attempt={shown} />}
      {view.item !== null && (
        <Part title={w.item}>
          <Json value={view.item} />
        </Part>
      )}
      {view.output !== null && (
        <Part title={w.output}>
          <Json value={view.output} />
        </Part>
      )}
      {spec !== undefined && (
        <Part title={w.definition}>
          <Json value={definitionOf(spec)} />
        </Part>
      )}
    </>
  );
}

function Chips({ view }: { readonly view: TaskDetailView }) {
  const w = useWords(runWords);
  const { slaMissed, markedBy, rounds, role } = view;
  if (!slaMissed && markedBy === null && rounds === 0 && role === null) return null;
  return (
    <Group gap={6}>
      {slaMissed && <Chip tone="warn">{w.slaMissed}</Chip>}
      {markedBy !== null && <Chip>{w.markedBy(markedBy)}</Chip>}
      {rounds > 0 && <Chip>{w.rounds(rounds)}</Chip>}
      {role !== null && <Chip>{w[role.kind]}</Chip>}
    </Group>
  );
}

/** What a reader wants to see of a definition: not what is nothing. */
const definitionOf = (spec: object): unknown =>
  Object.fromEntries(
    Object.entries(spec).filter(([key, value]) => {
      if (value === null || value === false || value === 0 || key === 'resources') return false;
      return typeof value !== 'object' || Object.keys(value).length > 0;
    }),
  );

function Actions({ view }: { readonly view: TaskDetailView }) {
  const w = useWords(runWords);
  const a = useWords(actionWords);
  const [search, change] = useSearchParams();
  const [open, setOpen] = useState<'rerun' | 'mark' | null>(null);
  const { runId, past } = useRun();
  const go = useGo();
  const stay = useStay();
  const { taskId: id, mapIndex, map } = view;
  const close = () => setOpen(null);
  const hasRun = view.attempts.length > 0;
  return (
    <Group gap="xs">
      <Button
        size="compact-sm"
        variant="default"
        disabled={!hasRun}
        onClick={() => change({ tab: 'logs', task: id, map: search.map ?? '' }, 'push')}
      >
        {w.logs}
      </Button>
      {past === null && (
        <>
          <Button
            size="compact-sm"
            variant="default"
            disabled={isWaiting(view.state) || view.state === 'running'}
            onClick={() => setOpen('rerun')}
          >
            {a.rerunTask}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setOpen('mark')}>
            {a.markTask}
          </Button>
        </>
      )}
      {view.waits?.runId !== null && view.waits?.runId !== undefined && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => go(stay(runPath(view.waits?.runId ?? runId)))}
        >
          {w.childRun}
        </Button>
      )}
      {open === 'rerun' && <RerunModal task={id} onClose={close} />}
      {open === 'mark' && (
        <MarkModal task={id} map={map === null ? null : mapIndex} onClose={close} />
      )}
    </Group>
  );
}

/** The head of a run's page: what it is, how it goes, and what can be done about it. */
import {
  Badge,
  Code,
  Group,
  HoverCard,
  Popover,
  Stack,
  Text,
  Title,
  UnstyledButton,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { runHasEnded } from '../../../../src/model/run.ts';
import { dagPath, Link, runPath, seg } from '../../app/link.tsx';
import { StateLabel, stateColor } from '../../kit/state.tsx';
import { Duration, Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { RunActions } from './actions.tsx';
import { Chip } from './parts.tsx';
import { asBar, endedOf, totalOf } from './summary.ts';
import { useForecast } from './use-forecast.ts';
import { useRun, useRunNow } from './use-run.ts';
import { runWords } from './words.ts';

export function RunHeader({ isBroken }: { readonly isBroken: boolean }) {
  const w = useWords(runWords);
  const { detail, past } = useRun();
  const { runId, dagId, state } = detail;
  return (
    <Stack gap={8}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Stack gap={0} miw={0}>
          <Text size="xs" c="dimmed">
            <Link to="/runs">{w.runs}</Link> / <Link to={dagPath(dagId)}>{dagId}</Link>
          </Text>
          <Group gap="sm" wrap="wrap">
            <Title order={1} size="h3" className="skein-name" style={{ overflowWrap: 'anywhere' }}>
              {runId}
            </Title>
            <Text span fw={550}>
              <StateLabel state={state} />
            </Text>
            {past !== null && (
              <Badge variant="light" color="grape" radius="sm" tt="none">
                {w.asOf(past.index)}
              </Badge>
            )}
            {isBroken && <Chip tone="warn">{w.broken}</Chip>}
            {detail.paused && <Chip tone="warn">{w.paused}</Chip>}
            {detail.slaMissed && <Chip tone="warn">{w.slaMissed}</Chip>}
          </Group>
        </Stack>
        <Group gap="xs" ml="auto" wrap="nowrap" style={{ flex: 'none' }}>
          <RunActions />
        </Group>
      </Group>
      <Facts />
      <Why />
      <Progress />
    </Stack>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <span>
      <b>{name}</b>
      {children}
    </span>
  );
}

const triggerWords = {
  manual: 'manual',
  schedule: 'schedule',
  event: 'event',
  backfill: 'backfillRun',
  task: 'taskRun',
} as const;

function Facts() {
  const w = useWords(runWords);
  const seen = useRun();
  const { detail } = seen;
  const now = useRunNow(seen);
  const { startedAt, createdAt, endedAt, parent, dataInterval } = detail;
  const from = Date.parse(startedAt ?? createdAt);
  return (
    <div className="skein-line">
      <Fact name={w.started}>
        <Time at={startedAt ?? createdAt} />
      </Fact>
      <Fact name={endedAt === null ? w.runsFor : w.took}>
        <Duration ms={Math.max(0, now - from)} />
      </Fact>
      <Eta />
      <Fact name={w.trigger}>
        {w[triggerWords[detail.trigger]]} · <span className="skein-name">{detail.createdBy}</span>
      </Fact>
      <Fact name={w.version}>
        <Link to={dagPath(detail.dagId, `?tab=versions&version=${detail.versionId}`)}>
          <span className="skein-mono">{detail.versionId.slice(0, 8)}</span>
        </Link>
      </Fact>
      {detail.logicalDate !== null && (
        <Fact name={w.logicalDate}>
          <Time at={detail.logicalDate} />
        </Fact>
      )}
      {dataInterval !== null && (
        <Fact name={w.interval}>
          <Time at={dataInterval.start} /> – <Time at={dataInterval.end} />
        </Fact>
      )}
      {detail.priority !== 0 && <Fact name={w.priority}>{detail.priority}</Fact>}
      {detail.generation > 1 && <Fact name={w.generation}>{detail.generation}</Fact>}
      {parent !== null && (
        <Fact name={w.parent}>
          <Link to={runPath(parent.runId, `?task=${seg(parent.taskId)}`)}>
            <span className="skein-name">{parent.runId}</span>
          </Link>
        </Fact>
      )}
      {detail.backfillId !== null && (
        <Fact name={w.backfill}>
          <span className="skein-name">{detail.backfillId}</span>
        </Fact>
      )}
      <Params />
      <Notes />
    </div>
  );
}

function Eta() {
  const w = useWords(runWords);
  const seen = useRun();
  const { endMs } = useForecast();
  const now = useRunNow(seen);
  if (runHasEnded(seen.detail.state) || endMs === null || endMs <= now + 500) return null;
  return (
    <Fact name={w.eta}>
      ~<Duration ms={endMs - now} />
    </Fact>
  );
}

function Params() {
  const w = useWords(runWords);
  const { params, payload } = useRun().detail;
  const names = Object.keys(params);
  if (names.length === 0 && payload === null) return null;
  return (
    <Popover width={420} position="bottom-start" shadow="md">
      <Popover.Target>
        <UnstyledButton fz="sm" c="var(--mantine-color-anchor)">
          {w.params(names.length)}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown mah={420} style={{ overflow: 'auto' }}>
        <dl className="skein-facts">
          {names.map((name) => (
            <Param key={name} name={name} value={params[name]} />
          ))}
          {payload !== null && <Param name={w.payload} value={payload} />}
        </dl>
      </Popover.Dropdown>
    </Popover>
  );
}

function Param({ name, value }: { readonly name: string; readonly value: unknown }) {
  return (
    <>
      <dt className="skein-name">{name}</dt>
      <dd>
        <Code>{JSON.stringify(value)}</Code>
      </dd>
    </>
  );
}

function Notes() {
  const w = useWords(runWords);
  const { notes } = useRun().detail;
  if (notes.length === 0) return null;
  return (
    <Popover width={420} position="bottom-start" shadow="md">
      <Popover.Target>
        <UnstyledButton fz="sm" c="var(--mantine-color-anchor)">
          {w.notes(notes.length)}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown mah={420} style={{ overflow: 'auto' }}>
        <Stack gap="xs">
          {notes.toReversed().map(({ at, by, text }) => (
            <div key={`${at}${text}`}>
              <Text size="xs" c="dimmed">
                <Time at={at} /> · <span className="skein-name">{by}</span>
              </Text>
              <Text size="sm" className="skein-name" style={{ overflowWrap: 'anywhere' }}>
                {text}
              </Text>
            </div>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Why it failed, why it does not start, how it is going to end. */
function Why() {
  const w = useWords(runWords);
  const { reason, heldBy, ending } = useRun().detail;
  const text = reason ?? (heldBy === null ? null : w.held(heldBy));
  if (text === null && ending === null) return null;
  return (
    <Text size="sm" c={reason === null ? 'dimmed' : stateColor('failed')}>
      <span className="skein-name">{text}</span>
      {ending !== null && w.ending(ending.becoming, ending.stage)}
    </Text>
  );
}

function Progress() {
  const w = useWords(runWords);
  const { counts } = useRun().detail;
  const bar = Object.entries(asBar(counts));
  const label = w.progress(endedOf(counts), totalOf(counts));
  return (
    <HoverCard position="bottom" withinPortal shadow="md">
      <HoverCard.Target>
        <UnstyledButton w="100%" display="flex" style={{ gap: 12, alignItems: 'center' }}>
          <div className="skein-progress" role="img" aria-label={label} style={{ flex: 1 }}>
            {bar.map(([state, count]) => (
              <span
                key={state}
                data-state={state}
                style={{ flexGrow: count, background: stateColor(state) }}
              />
            ))}
          </div>
          <Text size="xs" c="dimmed" style={{ flex: 'none' }}>
            {label}
          </Text>
        </UnstyledButton>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <Stack gap={2}>
          {bar.map(([state, count]) => (
            <Group key={state} gap="xs" justify="space-between">
              <Text size="sm" span>
                <StateLabel state={state} />
              </Text>
              <Text size="sm">{count}</Text>
            </Group>
          ))}
        </Stack>
      </HoverCard.Dropdown>
    </HoverCard>
  );
}

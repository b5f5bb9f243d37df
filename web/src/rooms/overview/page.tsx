/** The factory floor: what runs, what waits, what failed, what needs somebody. */
import { Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useMemo } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { HealthLine } from '../../app/health-line.tsx';
import { dagPath, Link, runPath } from '../../app/link.tsx';
import { useTable } from '../../data/hooks.ts';
import { OutcomeChart } from '../../kit/charts/outcome-chart.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { StateSign } from '../../kit/state.tsx';
import { agoText, Time, timeText, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { useDayRuns } from '../dags/day-runs.ts';
import { type Dag, useDags } from '../dags/use-dags.ts';
import { NeedsLane } from './needs-lane.tsx';
import { slotsOf, successRate } from './slots.ts';
import { useNeeds } from './use-needs.ts';
import { overviewWords } from './words.ts';

const shownMax = 8;
const noDags: readonly Dag[] = [];

export default function OverviewPage() {
  const w = useWords(overviewWords);
  const { namespace } = usePrefs();
  const { runs, isLoading, isCut } = useDayRuns(namespace);
  const { data: dags = noDags } = useDags(namespace);
  const waiting = useNeeds(namespace, runs);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="center">
        <Title order={1} size="h3">
          {w.title}
        </Title>
        <Card withBorder padding={0} aria-label={w.health} miw={190}>
          <HealthLine />
        </Card>
      </Group>
      <Figures runs={runs} />
      <Outcomes runs={runs} isLoading={isLoading} isCut={isCut} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} style={{ alignItems: 'start' }}>
        <Panel title={w.needs} count={waiting.needs.length}>
          <NeedsLane {...waiting} />
        </Panel>
        <Stack>
          <Panel title={w.next}>
            <NextFires dags={dags} />
          </Panel>
          <Panel title={w.failures}>
            <Failures runs={runs} />
          </Panel>
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

interface PanelProps {
  readonly title: string;
  readonly count?: number;
  readonly children: ReactNode;
}

function Panel({ title, count = 0, children }: PanelProps) {
  return (
    <Card withBorder padding="sm" component="section" aria-label={title} miw={0}>
      <Group gap={6} mb={6}>
        <Title order={2} size="h5">
          {title}
        </Title>
        {count > 0 && (
          <Text size="sm" c="dimmed">
            {count}
          </Text>
        )}
      </Group>
      {children}
    </Card>
  );
}

function Figures({ runs }: { readonly runs: readonly RunView[] }) {
  const w = useWords(overviewWords);
  const { namespace } = usePrefs();
  const minute = useNow(60_000);
  const paused = useTable('dag').filter((dag) => dag.namespace === namespace && dag.paused).length;
  const count = (state: string): number => runs.filter((run) => run.state === state).length;
  const ended = runs.filter(({ state }) => state === 'success' || state === 'failed').length;
  const rate = useMemo(() => successRate(slotsOf(runs, minute)), [runs, minute]);
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 5 }} spacing="sm">
      <Figure name={w.running} state="running" to="/runs?state=running" value={count('running')} />
      <Figure name={w.queued} state="queued" to="/runs?state=queued" value={count('queued')} />
      <Figure name={w.failed} state="failed" to="/runs?state=failed" value={count('failed')} />
      <Figure
        name={w.rate}
        state="success"
        to="/dags?failing=yes"
        value={rate === undefined ? '–' : `${Math.floor(rate * 1000) / 10} %`}
        note={rate === undefined ? w.noRate : w.ofRuns(ended)}
      />
      <Figure name={w.paused} state="paused" to="/dags?paused=yes" value={paused} />
    </SimpleGrid>
  );
}

interface FigureProps {
  readonly name: string;
  readonly state: string;
  readonly to: string;
  readonly value: number | string;
  readonly note?: string;
}

function Figure({ name, state, to, value, note }: FigureProps) {
  return (
    <Card withBorder padding="sm">
      <Link to={to} c="inherit" underline="never">
        <Group gap={6} wrap="nowrap">
          <StateSign state={state} />
          <Text size="sm" c="dimmed" truncate>
            {name}
          </Text>
        </Group>
        <Group gap={6} align="baseline">
          <Text size="xl" fw={600} style={{ fontVariantNumeric: 'tabular-nums' }}>
            {value}
          </Text>
          {note !== undefined && (
            <Text size="xs" c="dimmed">
              {note}
            </Text>
          )}
        </Group>
      </Link>
    </Card>
  );
}

interface OutcomesProps {
  readonly runs: readonly RunView[];
  readonly isLoading: boolean;
  readonly isCut: boolean;
}

function Outcomes({ runs, isLoading, isCut }: OutcomesProps) {
  const w = useWords(overviewWords);
  const { clock } = usePrefs();
  const minute = useNow(60_000);
  const slots = useMemo(() => slotsOf(runs, minute), [runs, minute]);
  const hour = (at: number): string => timeText(at, clock).slice(11, 16);
  const places = [0, 12, 24, 36].map((at) => slots[at]?.from ?? 0);
  return (
    <Panel title={w.outcomes}>
      <OutcomeChart
        label={w.outcomes}
        slots={slots}
        textOf={({ from, good, bad, other }) =>
          w.slot(hour(from), hour(from + 30 * 60_000), good, bad, other)
        }
      />
      <Group justify="space-between" pt={2}>
        {places.map((at) => (
          <Text key={at} size="xs" c="dimmed">
            {hour(at)}
          </Text>
        ))}
        <Text size="xs" c="dimmed">
          {isLoading ? w.loading : w.now}
        </Text>
      </Group>
      {isCut && (
        <Text size="xs" c="dimmed">
          {w.cut}
        </Text>
      )}
    </Panel>
  );
}

function NextFires({ dags }: { readonly dags: readonly Dag[] }) {
  const w = useWords(overviewWords);
  const { language } = usePrefs();
  const now = useNow();
  const next = useMemo(
    () =>
      dags
        .flatMap(({ dagId, nextFireAt }) =>
          nextFireAt === null ? [] : [{ dagId, at: nextFireAt }],
        )
        .sort((left, right) => (left.at < right.at ? -1 : 1))
        .slice(0, shownMax),
    [dags],
  );
  if (next.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {w.noNext}
      </Text>
    );
  }
  return (
    <Stack gap={4}>
      {next.map(({ dagId, at }) => (
        <Group key={dagId} gap="xs" wrap="nowrap" fz="sm">
          <Link to={dagPath(dagId, '?tab=schedule')} truncate flex={1} className="skein-name">
            {dagId}
          </Link>
          <Text size="xs" c="dimmed" visibleFrom="xs" style={{ whiteSpace: 'nowrap' }}>
            <Time at={at} />
          </Text>
          <Text size="sm" miw={76} ta="right" style={{ fontVariantNumeric: 'tabular-nums' }}>
            {Date.parse(at) <= now ? w.now : agoText(at, now, language)}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}

function Failures({ runs }: { readonly runs: readonly RunView[] }) {
  const w = useWords(overviewWords);
  const { language } = usePrefs();
  const now = useNow(10_000);
  const failed = useMemo(
    () =>
      runs
        .filter(({ state }) => state === 'failed')
        .sort((left, right) => ((left.endedAt ?? '') < (right.endedAt ?? '') ? 1 : -1))
        .slice(0, shownMax),
    [runs],
  );
  if (failed.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {w.noFailures}
      </Text>
    );
  }
  return (
    <Stack gap={6}>
      {failed.map((run) => (
        <Group key={run.runId} gap="xs" wrap="nowrap" align="flex-start">
          <span style={{ flex: 'none', lineHeight: 1, paddingTop: 2 }}>
            <StateSign state="failed" />
          </span>
          <Stack gap={0} miw={0} flex={1}>
            <Text size="sm" truncate lh={1.35}>
              <Link to={dagPath(run.dagId)} fw={600} className="skein-name">
                {run.dagId}
              </Link>{' '}
              <Link
                to={runPath(run.runId)}
                size="xs"
                inherit={false}
                c="dimmed"
                className="skein-name"
              >
                {run.runId}
              </Link>
            </Text>
            <Text size="xs" c="dimmed" truncate className="skein-name" title={run.reason ?? ''}>
              {run.reason ?? w.noReason}
            </Text>
          </Stack>
          <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
            {run.endedAt === null ? '' : agoText(run.endedAt, now, language)}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}

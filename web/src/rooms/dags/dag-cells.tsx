/** One DAG of the list: its cells. */
import { ActionIcon, Badge, Checkbox, Group, Stack, Text } from '@mantine/core';
import { memo, useState } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { dagPath, Link } from '../../app/link.tsx';
import { RunBars } from '../../kit/charts/run-bars.tsx';
import { Icon } from '../../kit/icons.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { StateSign } from '../../kit/state.tsx';
import { agoText, Duration, Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { scheduleWords } from './cron-words.ts';
import classes from './dag-cells.module.css';
import { PauseSwitch } from './pausing.tsx';
import { isLive, usualMs } from './run-facts.ts';
import { useRecentRuns } from './run-rows.ts';
import type { Dag } from './use-dags.ts';
import { dagsWords } from './words.ts';

export const barsShown = 20;

interface DagCellsProps {
  readonly dag: Dag;
  readonly runs: readonly RunView[];
  readonly isSelected: boolean;
  /** Then a row that comes into sight has its texts only, until the list stands still. */
  readonly isScrolling: boolean;
  readonly onSelect: (dagId: string, isSelected: boolean) => void;
  readonly onRun: (dagId: string) => void;
}

export function DagCells({ isScrolling, ...props }: DagCellsProps) {
  const [isWhole, setWhole] = useState(!isScrolling);
  if (!isWhole && !isScrolling) setWhole(true);
  return isWhole ? <WholeCells {...props} /> : <QuickCells dag={props.dag} />;
}

const columnsBehindName = ['fire', 'runs', 'usual', 'live', 'on', 'run'] as const;

/** Plain elements: a list that is scrolled fast makes hundreds of them in a second. */
function QuickCells({ dag }: { readonly dag: Dag }) {
  const { language } = usePrefs();
  return (
    <>
      <td />
      <td>
        <span className={classes.name}>{dag.dagId}</span>
        <span className={classes.about}>{aboutText(dag)}</span>
      </td>
      <td className={classes.schedule}>
        {dag.schedules.map((text) => scheduleWords(text, language)).join(' · ')}
      </td>
      {columnsBehindName.map((name) => (
        <td key={name} />
      ))}
    </>
  );
}

const aboutText = ({ owners, description }: Dag): string =>
  [owners.join(', '), description].filter((text) => text !== '').join(' · ');

const WholeCells = memo(function WholeCells(props: Omit<DagCellsProps, 'isScrolling'>) {
  const { dag, runs, isSelected, onSelect, onRun } = props;
  const w = useWords(dagsWords);
  const recent = useRecentRuns(dag, barsShown, runs);
  const live = runs.filter(isLive).length;
  return (
    <>
      <td>
        <Checkbox
          size="xs"
          aria-label={w.selectOf(dag.dagId)}
          checked={isSelected}
          onChange={(event) => onSelect(dag.dagId, event.currentTarget.checked)}
        />
      </td>
      <td>
        <NameCell dag={dag} />
      </td>
      <td>
        <ScheduleText schedules={dag.schedules} />
      </td>
      <td>
        <NextFire at={dag.nextFireAt} paused={dag.paused} />
      </td>
      <td>
        <RunBars runs={recent} count={barsShown} label={w.lastRunsOf(dag.dagId)} />
      </td>
      <td data-right="">
        <Duration ms={usualMs(recent)} />
      </td>
      <td>
        {live > 0 && (
          <Group gap={4} wrap="nowrap" title={w.liveRuns(live)}>
            <StateSign state="running" />
            <Text size="sm">{live}</Text>
          </Group>
        )}
      </td>
      <td>
        <PauseSwitch namespace={dag.namespace} dagId={dag.dagId} paused={dag.paused} />
      </td>
      <td>
        <ActionIcon
          variant="default"
          title={w.run}
          aria-label={w.runOf(dag.dagId)}
          onClick={() => onRun(dag.dagId)}
        >
          <Icon name="play" size={14} />
        </ActionIcon>
      </td>
    </>
  );
});

function NameCell({ dag }: { readonly dag: Dag }) {
  return (
    <Stack gap={0}>
      <Group gap={6} wrap="nowrap">
        <Link to={dagPath(dag.dagId)} fw={600} size="sm" truncate className="skein-name">
          {dag.dagId}
        </Link>
        {dag.tags.slice(0, 3).map((tag) => (
          <Badge key={tag} size="xs" variant="default" radius="sm" tt="none" maw={120}>
            <bdi>{tag}</bdi>
          </Badge>
        ))}
      </Group>
      <Text size="xs" c="dimmed" truncate className="skein-name" title={dag.description}>
        {aboutText(dag)}
      </Text>
    </Stack>
  );
}

export function ScheduleText({ schedules }: { readonly schedules: readonly string[] }) {
  const w = useWords(dagsWords);
  const { language } = usePrefs();
  if (schedules.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {w.noSchedule}
      </Text>
    );
  }
  const all = schedules.map((text) => scheduleWords(text, language));
  return (
    <Text size="sm" lineClamp={2} lh={1.3} title={schedules.join('\n')} className="skein-name">
      {all.join(' · ')}
    </Text>
  );
}

function NextFire({ at, paused }: { readonly at: string | null; readonly paused: boolean }) {
  const w = useWords(dagsWords);
  const { language } = usePrefs();
  const now = useNow();
  if (paused) {
    return (
      <Text size="sm" c="dimmed">
        {w.paused}
      </Text>
    );
  }
  if (at === null) return <Text c="dimmed">–</Text>;
  return (
    <Stack gap={0}>
      <Text size="xs" style={{ whiteSpace: 'nowrap' }}>
        <Time at={at} />
      </Text>
      <Text size="xs" c="dimmed">
        {agoText(at, Math.min(now, Date.parse(at) - 1), language)}
      </Text>
    </Stack>
  );
}

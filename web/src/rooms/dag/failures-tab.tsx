/** A heat map of failures: which tasks, at which hour of the day or day of the week. */
import { SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { dagPath, Link, seg } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { durationsWords } from './durations-words.ts';
import { type By, heatOf, slots } from './heat.ts';
import type { TabProps } from './tab-props.ts';
import { useGrid } from './use-grid.ts';
import { dagWords } from './words.ts';

/** Runs that are looked at, and tasks that are shown. */
const runsSeen = 100;
const tasksShown = 60;

export default function FailuresTab({ dag }: TabProps) {
  const w = useWords(durationsWords);
  const common = useWords(dagWords);
  const { clock } = usePrefs();
  const [search, change] = useSearchParams();
  const by: By = search.by === 'day' ? 'day' : 'hour';
  const { grid, isLoading, error } = useGrid(dag, runsSeen);
  const rows = useMemo(() => {
    const offset = (at: number): number =>
      clock === 'utc' ? 0 : -new Date(at).getTimezoneOffset() * 60_000;
    return heatOf(grid.runs, by, offset).slice(0, tasksShown);
  }, [grid, by, clock]);
  if (error !== null) return <ProblemBox error={error} />;
  if (isLoading && grid.runs.length === 0) return <Text c="dimmed">{common.loading}</Text>;
  if (rows.length === 0) return <Text c="dimmed">{w.noFailures(grid.runs.length)}</Text>;
  const most = Math.max(...rows.flatMap(({ counts }) => counts));
  const names =
    by === 'day' ? w.days.split(' ') : Array.from({ length: slots.hour }, (_, at) => String(at));
  return (
    <Stack gap="xs">
      <SegmentedControl
        size="xs"
        w={280}
        aria-label={w.heat}
        value={by}
        onChange={(value) => change({ by: value === 'hour' ? '' : value })}
        data={[
          { value: 'hour', label: w.byHour },
          { value: 'day', label: w.byDay },
        ]}
      />
      <Text size="xs" c="dimmed">
        {w.heatNote(grid.runs.length)}
      </Text>
      <Table.ScrollContainer minWidth={760}>
        <Table
          aria-label={w.heat}
          layout="fixed"
          withRowBorders={false}
          horizontalSpacing={1}
          verticalSpacing={1}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={200} fz="xs">
                {common.task}
              </Table.Th>
              {names.map((name) => (
                <Table.Th key={name} fz="xs" ta="center" c="dimmed" fw={400}>
                  {name}
                </Table.Th>
              ))}
              <Table.Th w={56} fz="xs" ta="right">
                {w.all}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ task, counts, total }) => (
              <Table.Tr key={task}>
                <Table.Th scope="row" fz="xs" fw={400}>
                  <Link
                    to={dagPath(dag.dagId, `?tab=grid&task=${seg(task)}`)}
                    className="skein-name"
                    truncate
                    display="block"
                  >
                    {task}
                  </Link>
                </Table.Th>
                {counts.map((count, at) => (
                  <HeatCell key={names[at]} count={count} share={count / most} />
                ))}
                <Table.Td fz="xs" ta="right">
                  <Link to={dagPath(dag.dagId, '?tab=runs&state=failed')}>{total}</Link>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

function HeatCell({ count, share }: { readonly count: number; readonly share: number }) {
  const w = useWords(durationsWords);
  const percent = Math.round(12 + share * 60);
  const heat = `color-mix(in srgb, var(--state-failed) ${percent}%, transparent)`;
  return (
    <Table.Td
      h={26}
      fz="xs"
      ta="center"
      title={w.failures(count)}
      style={{
        borderRadius: 3,
        background: count === 0 ? 'var(--mantine-color-default-hover)' : heat,
        fontVariantNumeric: 'tabular-nums',
      }}
    >
      {count === 0 ? '' : count}
    </Table.Td>
  );
}

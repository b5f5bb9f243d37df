/** A year of outcomes, and what is still to fire. */
import { ActionIcon, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { dagPath } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { call, type Reply } from '../../data/api.ts';
import { useAnswer } from '../../data/hooks.ts';
import { YearChart, YearKey } from '../../kit/charts/year-chart.tsx';
import { Icon } from '../../kit/icons.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { merged } from '../dags/run-facts.ts';
import { useRunsByDag } from '../dags/run-rows.ts';
import { scheduleTabWords } from './schedule-words.ts';
import type { TabProps } from './tab-props.ts';
import { yearOf } from './year.ts';

const pageSize = '1000';
/** Runs of a year that are counted; of more, the newest. */
const yearRunsMax = 20_000;
const firesAhead = '1000';
const noRuns: readonly RunView[] = [];

export default function CalendarTab({ dag }: TabProps) {
  const w = useWords(scheduleTabWords);
  const { clock, language } = usePrefs();
  const [search, change] = useSearchParams();
  const thisYear = new Date().getFullYear();
  const year = Number(search.year ?? thisYear) || thisYear;
  const past = useYearRuns(dag, year);
  const followed = useRunsByDag(dag.namespace).get(dag.dagId) ?? noRuns;
  const asked = useMemo(
    () => ({ params: { dagId: dag.dagId }, query: { namespace: dag.namespace, n: firesAhead } }),
    [dag.dagId, dag.namespace],
  );
  const { data: preview } = useAnswer('previewSchedule', asked, ['dag']);
  const runs = useMemo(() => merged(past.data?.runs ?? [], followed), [past.data, followed]);
  const days = useMemo(() => {
    const zone = clock === 'utc' ? 'UTC' : undefined;
    const dayOf = (at: string): string =>
      new Date(at).toLocaleDateString('sv-SE', zone === undefined ? {} : { timeZone: zone });
    const outcomes = runs.flatMap(({ startedAt, endedAt, state }) =>
      endedAt === null ? [] : [{ day: dayOf(startedAt ?? endedAt), state }],
    );
    const coming = (preview?.items ?? []).flatMap(({ startsAt }) =>
      startsAt === null ? [] : [dayOf(startsAt)],
    );
    return yearOf(year, outcomes, coming);
  }, [runs, preview, year, clock]);
  if (past.error !== null) return <ProblemBox error={past.error} />;
  const month = new Intl.DateTimeFormat(language, { month: 'short' });
  const total = days.reduce((sum, { ended }) => sum + ended, 0);
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <ActionIcon
          variant="default"
          aria-label={w.earlier}
          onClick={() => change({ year: String(year - 1) })}
        >
          <span style={{ transform: 'scaleX(-1)', display: 'flex' }}>
            <Icon name="right" size={14} />
          </span>
        </ActionIcon>
        <Text fw={600}>{year}</Text>
        <ActionIcon
          variant="default"
          aria-label={w.later}
          onClick={() => change({ year: year + 1 === thisYear ? '' : String(year + 1) })}
        >
          <Icon name="right" size={14} />
        </ActionIcon>
        <Text size="sm" c="dimmed">
          {w.runsOfYear(total)}
          {past.data?.isCut === true && ` · ${w.cut}`}
        </Text>
      </Group>
      <YearChart
        label={w.calendar(year)}
        days={days}
        weekdays={w.weekdays.split(',')}
        monthName={(number) => month.format(new Date(2000, number - 1, 1))}
        today={new Date().toLocaleDateString('sv-SE')}
        textOf={({ day, ended, failed, coming }) =>
          ended === 0 && coming > 0 ? w.dayComing(day, coming) : w.dayText(day, ended, failed)
        }
        linkOf={({ day, ended }) =>
          ended === 0 ? undefined : dagPath(dag.dagId, `?tab=runs&day=${day}`)
        }
      />
      <Group gap="lg">
        <YearKey kind="good" text={w.allGood} />
        <YearKey kind="mixed" text={w.someBad} />
        <YearKey kind="bad" text={w.allBad} />
        <YearKey kind="coming" text={w.coming} />
      </Group>
    </Stack>
  );
}

function useYearRuns({ namespace, dagId }: TabProps['dag'], year: number) {
  return useQuery({
    queryKey: ['year', namespace, dagId, year],
    queryFn: async ({ signal }) => {
      const since = new Date(year, 0, 1).toISOString();
      const runs: Reply<'listRuns'>['items'][number][] = [];
      let cursor: string | null = null;
      do {
        const query = {
          ...{ namespace, dag: dagId, since, limit: pageSize },
          ...(cursor !== null && { cursor }),
        };
        const page: Reply<'listRuns'> = await call('listRuns', { query, signal });
        runs.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== null && runs.length < yearRunsMax);
      return { runs, isCut: cursor !== null };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

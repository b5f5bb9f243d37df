/**
 * What fires next, with what clocks and calendars do to it, and what became of each due instant.
 */
import { Alert, Badge, Box, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { Link, runPath } from '../../app/link.tsx';
import type { Reply } from '../../data/api.ts';
import { useAnswer } from '../../data/hooks.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { Duration, Time } from '../../kit/time.tsx';
import { VirtualTable } from '../../kit/virtual-table.tsx';
import { useWords } from '../../kit/words.ts';
import { scheduleWords } from '../dags/cron-words.ts';
import { scheduleTabWords } from './schedule-words.ts';
import type { TabProps } from './tab-props.ts';
import { dagWords } from './words.ts';

const shown = '50';
const ledger = '500';

export default function ScheduleTab({ dag }: TabProps) {
  const w = useWords(scheduleTabWords);
  const { dagId, namespace } = dag;
  const params = useMemo(() => ({ dagId }), [dagId]);
  const preview = useAnswer(
    'previewSchedule',
    useMemo(() => ({ params, query: { namespace, n: shown } }), [params, namespace]),
    ['schedule', 'dag', 'calendar'],
  );
  const fires = useAnswer(
    'listFires',
    useMemo(() => ({ params, query: { namespace, limit: ledger } }), [params, namespace]),
    ['schedule', 'run'],
  );
  const error = preview.error ?? fires.error;
  if (error !== null) return <ProblemBox error={error} />;
  if (dag.schedules.length === 0) return <Text c="dimmed">{w.none}</Text>;
  return (
    <Stack gap="sm">
      {dag.paused && (
        <Alert color="yellow" variant="light" p="xs">
          {w.paused}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Stack gap={6} miw={0}>
          <Title order={2} size="h5">
            {w.next}
          </Title>
          <Preview lines={preview.data?.items} />
        </Stack>
        <Stack gap={6} miw={0}>
          <Title order={2} size="h5">
            {w.past}
          </Title>
          <Ledger fires={fires.data} />
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

type Line = Reply<'previewSchedule'>['items'][number];

function Preview({ lines }: { readonly lines: readonly Line[] | undefined }) {
  const w = useWords(scheduleTabWords);
  const common = useWords(dagWords);
  const { language } = usePrefs();
  if (lines === undefined) return <Text c="dimmed">{common.loading}</Text>;
  if (lines.length === 0) return <Text c="dimmed">{w.quiet}</Text>;
  return (
    <Box mah="calc(100vh - 280px)" style={{ overflow: 'auto' }} tabIndex={0}>
      <Table aria-label={w.next} fz="xs" verticalSpacing={4} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{w.at}</Table.Th>
            <Table.Th>{w.onItsClock}</Table.Th>
            <Table.Th>{w.schedule}</Table.Th>
            <Table.Th>{w.notes}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line) => (
            <Table.Tr
              key={`${line.at}/${line.schedule}`}
              {...(line.startsAt === null && { c: 'dimmed' })}
            >
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <Time at={line.at} zone={line.timezone} />
                {line.count > 1 && ` · ${w.range(line.count)}`}
              </Table.Td>
              <Table.Td>
                <Text size="xs" style={{ whiteSpace: 'nowrap' }}>
                  {line.local.replace('T', ' ')}
                </Text>
                <Text size="xs" c="dimmed">
                  {line.timezone}
                </Text>
              </Table.Td>
              <Table.Td>{scheduleWords(line.schedule, language)}</Table.Td>
              <Table.Td>
                {line.notes.map((note) => (
                  <Text size="xs" key={note}>
                    {note}
                  </Text>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

type Fires = Reply<'listFires'>;

function Ledger({ fires }: { readonly fires: Fires | undefined }) {
  const w = useWords(scheduleTabWords);
  const common = useWords(dagWords);
  if (fires === undefined) return <Text c="dimmed">{common.loading}</Text>;
  const { items, truncated, skipsKnownSince } = fires;
  if (items.length === 0) return <Text c="dimmed">{w.noPast}</Text>;
  return (
    <>
      <VirtualTable
        label={w.past}
        count={items.length}
        rowHeight={34}
        height="calc(100vh - 280px)"
        keyOf={(at) => items[at]?.at ?? ''}
        minWidth={0}
        columns={[
          { id: 'at', name: w.at, width: 160 },
          { id: 'state', name: w.state, width: 110 },
          { id: 'run', name: w.run },
          { id: 'late', name: w.late, width: 80, right: true },
        ]}
        row={(at) => {
          const fire = items[at];
          return fire === undefined ? null : <FireCells fire={fire} />;
        }}
      />
      {truncated && (
        <Text size="xs" c="dimmed">
          {w.cut}
        </Text>
      )}
      {skipsKnownSince !== null && (
        <Text size="xs" c="dimmed">
          {w.since} <Time at={skipsKnownSince} />
        </Text>
      )}
    </>
  );
}

function FireCells({ fire }: { readonly fire: Fires['items'][number] }) {
  const w = useWords(scheduleTabWords);
  const why = fire.reason === null ? (fire.heldBy ?? '') : w.reasons(fire.reason);
  return (
    <>
      <td>
        <Time at={fire.at} />
      </td>
      <td>
        {fire.runState === null ? (
          <Badge variant="default" size="sm" tt="none">
            {w[fire.state]}
          </Badge>
        ) : (
          <StateLabel state={fire.runState} />
        )}
      </td>
      <td>
        {fire.runId === null ? (
          <Text size="xs" c="dimmed" truncate title={why}>
            {fire.count > 1 && `${w.range(fire.count)} · `}
            {why}
          </Text>
        ) : (
          <Link to={runPath(fire.runId)} className="skein-name" truncate display="block">
            {fire.runId}
          </Link>
        )}
      </td>
      <td data-right="">
        <Duration ms={fire.lateMs} />
      </td>
    </>
  );
}

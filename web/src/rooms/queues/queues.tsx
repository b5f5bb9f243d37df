/** Tasks that could start but for room and limits; and the rates and keys among those limits. */
import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { formatDuration } from '../../../../src/base/duration.ts';
import { Link, runPath, seg } from '../../app/link.tsx';
import type { Reply } from '../../data/api.ts';
import { amountText } from '../../kit/form-amount.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { DataTable } from '../../kit/table.tsx';
import { Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { queuesWords } from './words.ts';

type Answer = Reply<'listQueues'>;
export type Queue = Answer['queues'][number];

export const instanceText = ({ taskId, mapIndex }: Queue['first']): string =>
  mapIndex > 0 ? `${taskId}[${mapIndex}]` : taskId;

/** `elsewhere`: a namespace that is not the one of the page. */
export const taskLink = (
  { runId, taskId, mapIndex }: Omit<Queue['first'], 'dagId'>,
  elsewhere?: string,
): string => {
  const item = mapIndex > 0 ? `&map=${mapIndex}` : '';
  const space = elsewhere === undefined ? '' : `&namespace=${seg(elsewhere)}`;
  return runPath(runId, `?task=${seg(taskId)}${item}${space}`);
};

const waitText = (since: string, now: number): string =>
  formatDuration(Math.max(0, Math.round((now - Date.parse(since)) / 1000) * 1000));

const asksText = ({ resources, asks }: Queue): string =>
  [
    ...Object.entries(resources)
      // One slot is what everything takes.
      .filter(([name, amount]) => name !== 'slots' || amount !== 1)
      .map(([name, amount]) => `${name} ${amountText(name, amount)}`),
    ...asks,
  ].join(', ');

export function Queues({ answer }: { readonly answer: Answer }) {
  const w = useWords(queuesWords);
  const now = useNow();
  const { namespace } = usePrefs();
  return (
    <Stack>
      <DataTable
        label={w.queues}
        rows={answer.queues.map((queue, at) => ({ ...queue, rank: at + 1 }))}
        rowKey={({ rank }) => String(rank)}
        empty={w.nothingWaits}
        columns={[
          { id: 'rank', name: w.rank, right: true, width: 40, cell: ({ rank }) => rank },
          { id: 'waiting', name: w.waiting, right: true, cell: ({ waiting }) => <b>{waiting}</b> },
          { id: 'since', name: w.since, cell: ({ since }) => waitText(since, now) },
          { id: 'class', name: w.class, cell: ({ priorityClass }) => priorityClass },
          { id: 'space', name: w.namespace, cell: ({ namespace }) => <bdi>{namespace}</bdi> },
          { id: 'asks', name: w.asks, cell: (queue) => <bdi>{asksText(queue)}</bdi> },
          {
            id: 'first',
            name: w.first,
            cell: ({ first, namespace: of }) => (
              <Stack gap={0}>
                <Link
                  to={taskLink(first, of === namespace ? undefined : of)}
                  size="sm"
                  className="skein-name"
                >
                  {instanceText(first)}
                </Link>
                <Text size="xs" c="dimmed" className="skein-name" style={{ whiteSpace: 'nowrap' }}>
                  {first.runId}
                </Text>
              </Stack>
            ),
          },
          { id: 'why', name: w.closedBy, cell: (queue) => <Gates gates={queue.gates} /> },
        ]}
      />
      {answer.leftOut > 0 && (
        <Text size="sm" c="dimmed">
          {w.leftOut(answer.leftOut)}
        </Text>
      )}
      <Rates queues={answer.queues} />
    </Stack>
  );
}

export function Gates({ gates }: { readonly gates: Queue['gates'] }) {
  const w = useWords(queuesWords);
  if (gates.length === 0) return <Text size="sm">{w.leaderBusy}</Text>;
  return (
    <Stack gap={2}>
      {gates.map(({ code, text }) => (
        <Group key={`${code}${text}`} gap={6} wrap="nowrap" align="flex-start">
          <Badge variant="default" size="xs" style={{ flex: 'none' }}>
            {code}
          </Badge>
          <Text size="xs">
            <bdi>{text}</bdi>
          </Text>
        </Group>
      ))}
    </Stack>
  );
}

function Rates({ queues }: { readonly queues: readonly Queue[] }) {
  const w = useWords(queuesWords);
  const rows = queues.flatMap(({ gates, waiting, namespace }) =>
    gates
      .filter(({ kind }) => kind === 'rate' || kind === 'key')
      .map((gate) => ({ ...gate, waiting, namespace })),
  );
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {w.rates}
      </Title>
      <DataTable
        label={w.rates}
        rows={rows}
        rowKey={({ code, text, namespace }) => `${code}/${namespace}/${text}`}
        empty={w.noRates}
        columns={[
          { id: 'limit', name: w.limit, cell: ({ code }) => code },
          { id: 'space', name: w.namespace, cell: ({ namespace }) => <bdi>{namespace}</bdi> },
          { id: 'waiting', name: w.waiting, right: true, cell: ({ waiting }) => waiting },
          { id: 'said', name: w.said, cell: ({ text }) => <bdi>{text}</bdi> },
          {
            id: 'opens',
            name: w.opens,
            cell: ({ opens }) => (
              <>
                <bdi>{opens.text}</bdi> {opens.at !== null && <Time at={opens.at} />}
              </>
            ),
          },
        ]}
      />
    </Stack>
  );
}

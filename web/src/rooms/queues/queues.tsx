/** Tasks that could start but for room and limits; and the rates and keys among those limits. */
import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { Link, runPath, seg } from '../../app/link.tsx';
import type { Reply } from '../../data/api.ts';
import { amountText } from '../../kit/form-amount.ts';
import { DataTable } from '../../kit/table.tsx';
import { agoText, Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { queuesWords } from './words.ts';

type Answer = Reply<'listQueues'>;
export type Queue = Answer['queues'][number];

export const instanceText = ({ taskId, mapIndex }: Queue['first']): string =>
  mapIndex > 0 ? `${taskId}[${mapIndex}]` : taskId;

export const taskLink = ({ runId, taskId, mapIndex }: Omit<Queue['first'], 'dagId'>): string =>
  runPath(runId, `?task=${seg(taskId)}${mapIndex > 0 ? `&map=${mapIndex}` : ''}`);

const asksText = ({ resources, asks }: Queue): string =>
  [
    ...Object.entries(resources).map(([name, amount]) => `${name} ${amountText(name, amount)}`),
    ...asks,
  ].join(', ');

export function Queues({ answer }: { readonly answer: Answer }) {
  const w = useWords(queuesWords);
  const now = useNow();
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
          { id: 'since', name: w.since, cell: ({ since }) => agoText(since, now) },
          { id: 'class', name: w.class, cell: ({ priorityClass }) => priorityClass },
          { id: 'space', name: w.namespace, cell: ({ namespace }) => <bdi>{namespace}</bdi> },
          { id: 'asks', name: w.asks, cell: (queue) => <bdi>{asksText(queue)}</bdi> },
          {
            id: 'first',
            name: w.first,
            cell: ({ first }) => (
              <Link to={taskLink(first)} className="skein-name">
                {`${instanceText(first)} · ${first.runId}`}
              </Link>
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

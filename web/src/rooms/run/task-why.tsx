/** Why a task does not run, with every gate; and why its attempt runs where it does. */
import { Code, CopyButton, Group, List, Stack, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TaskDetailView } from '../../../../src/model/views/task.ts';
import { call, type Reply } from '../../data/api.ts';
import { Icon } from '../../kit/icons.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { Part } from './parts.tsx';
import { useRun } from './use-run.ts';
import { useSlowly } from './use-why.ts';
import { runWords } from './words.ts';

interface WhyProps {
  readonly view: TaskDetailView;
  readonly isWaiting: boolean;
}

export function TaskWhy({ view, isWaiting }: WhyProps) {
  const w = useWords(runWords);
  const { namespace, runId, version } = useRun();
  const { taskId, mapIndex } = view;
  const slow = useSlowly(version, 2_000);
  const { data } = useQuery({
    queryKey: ['why-task', namespace, runId, taskId, mapIndex, slow, isWaiting],
    queryFn: ({ signal }) =>
      call('whyTask', {
        params: { runId, taskId },
        query: { namespace, mapIndex: String(mapIndex), eta: isWaiting ? 'true' : 'false' },
        signal,
      }),
    retry: false,
    gcTime: 10_000,
    placeholderData: (before) => before,
  });
  if (data === undefined || data.taskId !== taskId || data.mapIndex !== mapIndex) return null;
  return (
    <>
      {isWaiting && (
        <Part title={w.whyWaits}>
          <Text size="sm">{data.summary}</Text>
          <Stack gap={6}>
            {data.gates.map((gate) => (
              <Gate key={`${gate.code}${gate.text}`} gate={gate} />
            ))}
          </Stack>
          {data.eta !== null && (
            <Text size="sm">
              {w.startsAt} <Time at={data.eta.startsAt} />
            </Text>
          )}
          {data.noEta !== null && (
            <Text size="xs" c="dimmed">
              {data.noEta}
            </Text>
          )}
        </Part>
      )}
      {data.placement !== null && <Placement placement={data.placement} />}
    </>
  );
}

function Gate({ gate }: { readonly gate: Reply<'whyTask'>['gates'][number] }) {
  const w = useWords(runWords);
  const { opens } = gate;
  return (
    <Group gap={8} wrap="nowrap" align="flex-start">
      <Icon name={gate.kind === 'graph' ? 'dags' : 'clock'} size={14} />
      <Stack gap={0} miw={0}>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {gate.text}
        </Text>
        <Text size="xs" c="dimmed">
          {opens.text} {opens.at !== null && <Time at={opens.at} />}
        </Text>
        {opens.command !== null && (
          <CopyButton value={opens.command}>
            {({ copied, copy }) => (
              <UnstyledButton onClick={copy} title={w.copy}>
                <Code>{copied ? w.copied : opens.command}</Code>
              </UnstyledButton>
            )}
          </CopyButton>
        )}
      </Stack>
    </Group>
  );
}

type PlacementReply = NonNullable<Reply<'whyTask'>['placement']>;

function Placement({ placement }: { readonly placement: PlacementReply }) {
  const w = useWords(runWords);
  const { chosen, node, attempt } = placement;
  return (
    <Part title={w.placement(attempt)}>
      <Text size="sm">
        {chosen === null
          ? w.placedPlainly(node)
          : w.placed(node, { fitting: chosen.fitting, nodes: chosen.nodes })}
      </Text>
      {chosen !== null && (
        <List size="xs" c="dimmed">
          {Object.entries(chosen.terms).map(([term, value]) => (
            <List.Item key={term}>
              {term} {value.toFixed(3)}
            </List.Item>
          ))}
          {chosen.next !== null && (
            <List.Item>{w.nextBest(chosen.next.node, chosen.next.score.toFixed(3))}</List.Item>
          )}
          {chosen.backfilled && <List.Item>{w.backfilled}</List.Item>}
        </List>
      )}
    </Part>
  );
}

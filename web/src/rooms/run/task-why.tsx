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
}

/** Asked again when the run has changed; `eta`: with a forecast of its start. */
function useWhy({ taskId, mapIndex }: TaskDetailView, eta: boolean) {
  const { namespace, runId, version } = useRun();
  const slow = useSlowly(version, 2_000);
  const { data } = useQuery({
    queryKey: ['why-task', namespace, runId, taskId, mapIndex, slow, eta],
    queryFn: ({ signal }) =>
      call('whyTask', {
        params: { runId, taskId },
        query: { namespace, mapIndex: String(mapIndex), eta: eta ? 'true' : 'false' },
        signal,
      }),
    retry: false,
    gcTime: 10_000,
    placeholderData: (before) => before,
  });
  return data?.taskId === taskId && data.mapIndex === mapIndex ? data : undefined;
}

export function WhyWaits({ view }: WhyProps) {
  const w = useWords(runWords);
  const why = useWhy(view, true);
  if (why === undefined) return null;
  const { summary, gates, eta, noEta, at } = why;
  return (
    <Part title={w.whyWaits}>
      <Text size="sm">{summary}</Text>
      <Stack gap={6}>
        {gates.map((gate) => (
          <Gate key={`${gate.code}${gate.text}`} gate={gate} />
        ))}
      </Stack>
      {eta !== null && eta.startsAt !== null && eta.startsAt > at && (
        <Text size="sm">
          {w.startsAt} <Time at={eta.startsAt} />
        </Text>
      )}
      {noEta !== null && (
        <Text size="xs" c="dimmed">
          {noEta}
        </Text>
      )}
    </Part>
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

export function Placement({ view }: WhyProps) {
  const w = useWords(runWords);
  const placement = useWhy(view, false)?.placement ?? null;
  if (placement === null) return null;
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

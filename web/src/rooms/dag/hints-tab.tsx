/** What tasks ask for, beside what their recent attempts took. */
import { Stack, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { formatSize } from '../../../../src/base/duration.ts';
import type { AmountHintView } from '../../../../src/model/views/hints.ts';
import { useAnswer } from '../../data/hooks.ts';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { sourceWords } from './source-words.ts';
import type { TabProps } from './tab-props.ts';
import { dagWords } from './words.ts';

export default function HintsTab({ dag: { dagId, namespace } }: TabProps) {
  const w = useWords(sourceWords);
  const common = useWords(dagWords);
  const asked = useMemo(() => ({ params: { dagId }, query: { namespace } }), [dagId, namespace]);
  const { data, error } = useAnswer('dagHints', asked);
  if (error !== null) return <ProblemBox error={error} />;
  if (data === undefined) return <Text c="dimmed">{common.loading}</Text>;
  const tasks = data.tasks.filter(({ memory, cpu }) => memory.samples + cpu.samples > 0);
  if (tasks.length === 0) return <Text c="dimmed">{w.noHints}</Text>;
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">
        {w.hintsNote(data.attempts, data.runs)}
      </Text>
      <Table.ScrollContainer minWidth={900}>
        <Table aria-label={w.hints} fz="sm" verticalSpacing={5}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th rowSpan={2}>{w.task}</Table.Th>
              <Table.Th colSpan={4} ta="center" scope="colgroup">
                {w.memory}
              </Table.Th>
              <Table.Th colSpan={4} ta="center" scope="colgroup">
                {w.cpu}
              </Table.Th>
              <Table.Th rowSpan={2}>{w.advice}</Table.Th>
            </Table.Tr>
            <Table.Tr>
              {['memory', 'cpu'].flatMap((of) =>
                [w.asks, w.used, w.most, w.suggested].map((name) => (
                  <Table.Th key={`${of}/${name}`} ta="right" fz="xs" c="dimmed" fw={500}>
                    {name}
                  </Table.Th>
                )),
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tasks.map(({ taskId, memory, cpu, advice }) => (
              <Table.Tr key={taskId}>
                <Table.Th scope="row" fw={500} className="skein-name">
                  {taskId}
                </Table.Th>
                <Amounts of={memory} show={formatSize} />
                <Amounts of={cpu} show={(cores) => String(Math.round(cores * 100) / 100)} />
                <Table.Td fz="xs" maw={340}>
                  {advice.join('. ')}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

interface AmountsProps {
  readonly of: AmountHintView;
  readonly show: (value: number) => string;
}

function Amounts({ of, show }: AmountsProps) {
  const cells = [
    ['asks', of.requested],
    ['p95', of.p95],
    ['max', of.max],
    ['suggested', of.suggested],
  ] as const;
  return (
    <>
      {cells.map(([name, value]) => (
        <Table.Td key={name} ta="right" fw={name === 'suggested' ? 600 : 400}>
          {value === null ? '–' : show(value)}
        </Table.Td>
      ))}
    </>
  );
}

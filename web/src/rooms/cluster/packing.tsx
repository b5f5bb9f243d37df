/** What runs where, as blocks of CPU and memory; and how much more would fit. */
import { Card, Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { Link, runPath, seg } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { useTable } from '../../data/hooks.ts';
import { amountText } from '../../kit/form-amount.ts';
import { StateLabel, stateColor, useStateWord } from '../../kit/state.tsx';
import { DataTable } from '../../kit/table.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { type NodeDetail, useNodeDetails } from './facts.ts';
import { fragmentation, hueOf, staircase } from './packing-layout.ts';
import { clusterWords } from './words.ts';

type Attempt = NodeDetail['attempts'][number];
type Colouring = 'dag' | 'state';

export function Packing() {
  const w = useWords(clusterWords);
  const [search, change] = useSearchParams();
  const colouring: Colouring = search.colour === 'state' ? 'state' : 'dag';
  const rows = useTable('node');
  const names = useMemo(() => rows.map(({ nodeId }) => nodeId).sort(), [rows]);
  const nodes = useNodeDetails(names);
  const attempts = nodes.flatMap(({ node, attempts: alive }) =>
    alive.map((attempt) => ({ ...attempt, node })),
  );
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={760}>
          {w.packingAbout}
        </Text>
        <Group gap="xs">
          <Text size="xs" c="dimmed">
            {w.colourBy}
          </Text>
          <SegmentedControl
            size="xs"
            aria-label={w.colourBy}
            value={colouring}
            onChange={(value) => change({ colour: value === 'dag' ? '' : value })}
            data={[
              { value: 'dag', label: w.byDag },
              { value: 'state', label: w.byState },
            ]}
          />
        </Group>
      </Group>
      <Summary nodes={nodes} />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, lg: 4 }} spacing="sm">
        {nodes.map((node) => (
          <NodeSquare key={node.node} node={node} colouring={colouring} />
        ))}
      </SimpleGrid>
      <Legend attempts={attempts} colouring={colouring} />
      <AttemptTable attempts={attempts} />
    </Stack>
  );
}

const takesTasks = ({ state, drain }: NodeDetail): boolean => state === 'alive' && drain === null;

function Summary({ nodes }: { readonly nodes: readonly NodeDetail[] }) {
  const w = useWords(clusterWords);
  const { free, largest, brokenPercent } = fragmentation(
    nodes.filter(takesTasks).map(({ node, free: room }) => ({
      ...{ node, cpu: room.cpu ?? 0, memory: room.memory ?? 0 },
      ...(room.slots !== undefined && { slots: room.slots }),
    })),
  );
  return (
    <Group gap="lg">
      <Text size="sm">
        {largest === undefined
          ? w.full
          : w.fits(amountText('cpu', largest.cpu), amountText('memory', largest.memory))}
      </Text>
      <Text size="sm" c="dimmed">
        {w.free(amountText('cpu', free.cpu), amountText('memory', free.memory))}
      </Text>
      {brokenPercent > 0 && (
        <Text size="sm" c="dimmed">
          {w.fragmented(brokenPercent)}
        </Text>
      )}
    </Group>
  );
}

const colourOf = (attempt: Attempt, by: Colouring): string =>
  by === 'state' ? stateColor(attempt.state) : `var(--mantine-color-${hueOf(attempt.dagId)}-6)`;

/** In the units of the drawing. */
const side = 100;

interface NodeSquareProps {
  readonly node: NodeDetail;
  readonly colouring: Colouring;
}

function NodeSquare({ node, colouring }: NodeSquareProps) {
  const w = useWords(clusterWords);
  const wordOf = useStateWord();
  const capacity = { cpu: node.capacity.cpu ?? 0, memory: node.capacity.memory ?? 0 };
  const blocks = staircase(
    node.attempts.map((attempt) => ({
      ...{ attempt, cpu: attempt.resources.cpu ?? 0, memory: attempt.resources.memory ?? 0 },
    })),
    capacity,
  );
  const cpu = amountText('cpu', node.free.cpu ?? 0);
  const memory = amountText('memory', node.free.memory ?? 0);
  const last = blocks.at(-1);
  const edge = { x: (last?.x ?? 0) + (last?.width ?? 0), y: (last?.y ?? 0) + (last?.height ?? 0) };
  const fits = takesTasks(node) ? w.fitsOn(cpu, memory) : w.full;
  return (
    <Card withBorder padding="xs" component="section" aria-label={node.node}>
      <Group justify="space-between" gap="xs" wrap="nowrap" mb={6}>
        <Text size="sm" fw={600} className="skein-name" truncate>
          {node.node}
        </Text>
        <Text size="xs" c="dimmed">
          {w.running(node.running)}
        </Text>
      </Group>
      <svg viewBox={`0 0 ${side} ${side}`} role="img" aria-label={`${node.node}: ${fits}`}>
        <title>{`${node.node}: ${fits}`}</title>
        <Hatching />
        <rect
          width={side}
          height={side}
          fill="light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-6))"
        />
        {takesTasks(node) && (
          <rect
            x={edge.x * side}
            y={0}
            width={(1 - edge.x) * side}
            height={(1 - edge.y) * side}
            fill="url(#skein-free)"
          />
        )}
        {blocks.map(({ of: { attempt }, x, y, width, height }) => (
          <rect
            key={attempt.token}
            x={x * side}
            y={(1 - y - height) * side}
            width={Math.max(0.8, width * side)}
            height={Math.max(0.8, height * side)}
            fill={colourOf(attempt, colouring)}
            stroke="var(--mantine-color-body)"
            strokeWidth={width * side > 3 && height * side > 3 ? 0.5 : 0}
          >
            <title>{attemptText(attempt, wordOf(attempt.state))}</title>
          </rect>
        ))}
        <rect
          width={side}
          height={side}
          fill="none"
          stroke="var(--mantine-color-default-border)"
          strokeWidth="1"
        />
      </svg>
      <Group justify="space-between" gap={4} mt={4}>
        <Text size="xs" c="dimmed">
          {`${amountText('cpu', capacity.cpu)} CPU → · ${amountText('memory', capacity.memory)} ↑`}
        </Text>
        <Text size="xs">{fits}</Text>
      </Group>
    </Card>
  );
}

const attemptText = (attempt: Attempt, state: string): string =>
  `${attempt.dagId} ${attempt.runId} ${attempt.taskId}: ${state}, ${askedText(attempt)}`;

const askedText = ({ resources }: Attempt): string =>
  Object.entries(resources)
    .map(([name, amount]) => `${amountText(name, amount)} ${name}`)
    .join(', ');

const Hatching = () => (
  <defs>
    <pattern
      id="skein-free"
      width="5"
      height="5"
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <line
        y2="5"
        stroke="light-dark(var(--mantine-color-gray-4), var(--mantine-color-dark-3))"
        strokeWidth="1"
      />
    </pattern>
  </defs>
);

interface AttemptsProps {
  readonly attempts: readonly (Attempt & { readonly node: string })[];
}

const legendMax = 16;

function Legend({ attempts, colouring }: AttemptsProps & { readonly colouring: Colouring }) {
  if (colouring === 'state') {
    const states = [...new Set(attempts.map(({ state }) => state))].sort();
    return (
      <Group gap="md">
        {states.map((state) => (
          <StateLabel key={state} state={state} />
        ))}
      </Group>
    );
  }
  const dags = [...new Set(attempts.map(({ dagId }) => dagId))].sort();
  return (
    <Group gap="md">
      {dags.slice(0, legendMax).map((dagId) => (
        <Group key={dagId} gap={6} wrap="nowrap">
          <svg width="10" height="10" aria-hidden="true">
            <rect width="10" height="10" rx="2" fill={`var(--mantine-color-${hueOf(dagId)}-6)`} />
          </svg>
          <Text size="xs" className="skein-name">
            {dagId}
          </Text>
        </Group>
      ))}
    </Group>
  );
}

function AttemptTable({ attempts }: AttemptsProps) {
  const w = useWords(clusterWords);
  return (
    <DataTable
      label={w.attempts}
      rows={attempts}
      rowKey={({ token, node }) => `${node}/${token}`}
      empty={w.nothingRuns}
      columns={[
        {
          id: 'task',
          name: w.task,
          cell: ({ runId, taskId, mapIndex }) => (
            <Link to={runPath(runId, `?task=${seg(taskId)}`)} className="skein-name">
              {mapIndex > 0 ? `${taskId}[${mapIndex}]` : taskId}
            </Link>
          ),
        },
        {
          id: 'run',
          name: w.run,
          cell: ({ runId }) => (
            <Link to={runPath(runId)} className="skein-name">
              {runId}
            </Link>
          ),
        },
        { id: 'node', name: w.node, cell: ({ node }) => <bdi>{node}</bdi> },
        { id: 'state', name: w.state, cell: ({ state }) => <StateLabel state={state} /> },
        { id: 'asks', name: w.asks, cell: askedText },
        {
          id: 'since',
          name: w.since,
          cell: ({ startedAt, assignedAt }) => <Time at={startedAt ?? assignedAt} />,
        },
      ]}
    />
  );
}

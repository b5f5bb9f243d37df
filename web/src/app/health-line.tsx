/** One line on how the cluster is, and whether what is shown is live. */
import { Box, Group, Text } from '@mantine/core';
import { useAnswer, useCluster, useFollowerState, useIndex, useTable } from '../data/hooks.ts';
import { useWords } from '../kit/words.ts';
import { appWords } from './words.ts';

/** The leader is not a row: it is asked for now and then, and whenever a node comes or goes. */
export function HealthLine() {
  const w = useWords(appWords);
  const follower = useCluster();
  const state = useFollowerState(follower);
  const index = useIndex(follower);
  const nodes = useTable('node');
  const { data } = useAnswer('getCluster', {}, ['node']);
  const alive = nodes.filter(({ status }) => status === 'alive').length;
  const tone = state.kind === 'broken' || alive < nodes.length ? 'failed' : 'success';
  return (
    <Box px="xs" py={6} role="status" data-index={index}>
      <Group gap={6} wrap="nowrap">
        <Box
          w={8}
          h={8}
          style={{ borderRadius: 4, flex: 'none', background: `var(--state-${tone})` }}
        />
        <Text size="xs">{state.kind === 'live' ? w.live : w.loading}</Text>
        <Text size="xs" c="dimmed" ml="auto">
          {data === undefined ? '' : data.leader === null ? w.noLeader : w.leader(data.leader)}
        </Text>
      </Group>
      <Text size="xs" c="dimmed">
        {w.nodes(alive, nodes.length)}
      </Text>
      {state.kind === 'broken' && (
        <Text size="xs" c="red">
          {w.broken}
        </Text>
      )}
    </Box>
  );
}

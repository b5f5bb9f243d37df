/** Each node as a card: who it is, how it is, what it has, and what can be done about it. */
import { Anchor, Badge, Card, Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { useTable } from '../../data/hooks.ts';
import { amountText, shareOf } from '../../kit/form-amount.ts';
import { Empty } from '../../kit/table.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { type ClusterAnswer, type NodeAnswer, useNodeStatuses } from './facts.ts';
import { NodeActions } from './node-actions.tsx';
import { clusterWords } from './words.ts';

type Member = ClusterAnswer['members'][number];

export function Nodes({ cluster }: { readonly cluster: ClusterAnswer }) {
  const w = useWords(clusterWords);
  const members = cluster.members.toSorted((left, right) => (left.node < right.node ? -1 : 1));
  const statuses = useNodeStatuses(members);
  if (members.length === 0) return <Empty>{w.noMembers}</Empty>;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
      {members.map((member) => (
        <NodeCard
          key={member.node}
          member={member}
          cluster={cluster}
          answer={statuses.get(member.node)?.answer}
          isSilent={statuses.get(member.node)?.isSilent === true}
        />
      ))}
    </SimpleGrid>
  );
}

interface NodeCardProps {
  readonly member: Member;
  readonly cluster: ClusterAnswer;
  readonly answer: NodeAnswer | undefined;
  readonly isSilent: boolean;
}

function NodeCard({ member, cluster, answer, isSilent }: NodeCardProps) {
  const w = useWords(clusterWords);
  const row = useTable('node').find(({ nodeId }) => nodeId === member.node);
  return (
    <Card withBorder padding="sm" component="section" aria-label={member.node}>
      <Stack gap="xs" h="100%">
        <CardHead member={member} isLeader={cluster.leader === member.node} />
        {row?.drain !== undefined && (
          <Text size="xs" c="var(--state-paused)">
            {row.drain.until === null ? (
              w.draining
            ) : (
              <>
                {w.drainingUntil} <Time at={row.drain.until} />
              </>
            )}
          </Text>
        )}
        {isSilent && (
          <Text size="xs" c="var(--state-failed)">
            {w.silent}
          </Text>
        )}
        <Bars member={member} />
        <Figures member={member} cluster={cluster} answer={answer} />
        <Marks member={member} queues={row?.queues ?? []} taints={row?.taints ?? []} />
        <NodeActions member={member} cluster={cluster} />
      </Stack>
    </Card>
  );
}

function CardHead({ member, isLeader }: { readonly member: Member; readonly isLeader: boolean }) {
  const w = useWords(clusterWords);
  const tone =
    member.state === 'alive' ? 'success' : member.state === 'lost' ? 'failed' : 'pending';
  const role = isLeader ? 'leader' : member.role;
  const roleText = role === 'leader' || role === 'voter' || role === 'learner' ? w[role] : w.none;
  return (
    <Group gap="xs" wrap="nowrap">
      <svg width="10" height="10" aria-hidden="true" style={{ flex: 'none' }}>
        <circle cx="5" cy="5" r="4" fill={`var(--state-${tone})`} />
      </svg>
      <Stack gap={0} style={{ minWidth: 0 }}>
        <Text fw={600} className="skein-name" truncate>
          {member.node}
        </Text>
        {member.address !== null && (
          <Text size="xs" truncate>
            <Anchor href={member.address} inherit c="dimmed" className="skein-mono">
              {member.address}
            </Anchor>
          </Text>
        )}
      </Stack>
      <Group gap={6} ml="auto" wrap="nowrap" style={{ flex: 'none' }}>
        <Badge
          variant="default"
          size="sm"
          tt="none"
          {...(isLeader && { bd: '2px solid var(--mantine-primary-color-filled)' })}
        >
          {roleText}
        </Badge>
        {member.drained && (
          <Badge variant="default" size="sm" tt="none" c="var(--state-paused)">
            {w.drained}
          </Badge>
        )}
        <Text size="xs" c={`var(--state-${tone})`}>
          {w[member.state]}
        </Text>
      </Group>
    </Group>
  );
}

const firstDimensions = ['cpu', 'memory', 'slots'];

function Bars({ member }: { readonly member: Member }) {
  const w = useWords(clusterWords);
  const names = Object.keys(member.capacity);
  const rest = names.filter((name) => !firstDimensions.includes(name)).sort();
  const shown = [...firstDimensions.filter((name) => names.includes(name)), ...rest];
  return (
    <Stack gap={6}>
      {shown.map((name) => {
        const all = member.capacity[name] ?? 0;
        const used = member.used[name] ?? 0;
        const text = w.of(amountText(name, used), amountText(name, all));
        return (
          <div key={name}>
            <Group justify="space-between" gap="xs">
              <Text size="xs" className="skein-name">
                {name}
              </Text>
              <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
                {text}
              </Text>
            </Group>
            <Progress.Root size={6}>
              <Progress.Section
                value={shareOf(used, all) * 100}
                color="cyan"
                aria-label={`${name}: ${text}`}
              />
            </Progress.Root>
          </div>
        );
      })}
    </Stack>
  );
}

type FiguresProps = Omit<NodeCardProps, 'isSilent'>;

function Figures({ member, cluster, answer }: FiguresProps) {
  const w = useWords(clusterWords);
  const isLeader = cluster.leader === member.node;
  const lag = answer === undefined ? null : Math.max(0, cluster.commit - answer.applied);
  const heard = member.heardMsAgo === null ? null : w.heardAgo(formatDuration(member.heardMsAgo));
  const ms = (value: number | undefined) =>
    value === undefined ? null : formatDuration(Math.round(value * 10) / 10);
  const nats = answer?.nats;
  const natsUp = nats?.control === true && nats.bulk;
  const figures: readonly (readonly [string, ReactNode])[] = [
    [w.term, answer?.term],
    [w.index, answer?.lastIndex.toLocaleString('en')],
    [w.lag, isLeader ? 0 : (member.lag ?? lag)],
    [w.snapshot, answer?.snapshotIndex.toLocaleString('en')],
    [w.heartbeat, isLeader ? '–' : heard],
    [w.sync, ms(answer?.syncMs.p99)],
    [w.loop, ms(answer?.loopDelayMs.p99)],
    [w.uptime, answer && formatDuration(answer.uptimeMs)],
    [w.disk, answer && diskText(answer.disk, w.diskLow)],
    [w.version, answer?.version ?? member.version],
  ];
  return (
    <>
      <SimpleGrid cols={2} spacing="md" verticalSpacing={2} component="dl" m={0}>
        {figures.map(([name, value]) => (
          <Group key={name} justify="space-between" gap={4} wrap="nowrap">
            <Text size="xs" c="dimmed" component="dt" style={{ whiteSpace: 'nowrap' }}>
              {name}
            </Text>
            <Text
              size="xs"
              component="dd"
              m={0}
              style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
            >
              {value ?? '–'}
            </Text>
          </Group>
        ))}
      </SimpleGrid>
      {nats !== undefined && (
        <Text size="xs" {...(!natsUp && { c: 'var(--state-failed)' })}>
          <Text span c="dimmed" inherit>
            {w.nats}{' '}
          </Text>
          {natsUp ? `✓ ${w.natsUp}` : `✗ ${w.natsDown}`}{' '}
          <Text span c="dimmed" inherit className="skein-mono">
            {nats.server}
          </Text>
        </Text>
      )}
    </>
  );
}

const diskText = (disk: NodeAnswer['disk'], low: string): string =>
  `${amountText('disk', disk.freeBytes)}${disk.low ? ` (${low})` : ''}`;

interface MarksProps {
  readonly member: Member;
  readonly queues: readonly string[];
  readonly taints: readonly { readonly key: string; readonly value: string; effect: string }[];
}

function Marks({ member, queues, taints }: MarksProps) {
  const w = useWords(clusterWords);
  const labels = Object.entries(member.labels).map(([name, value]) => `${name}=${value}`);
  const marks: readonly (readonly [string, readonly string[]])[] = [
    [w.pool, member.pool === null ? [] : [member.pool]],
    [w.labels, labels],
    [w.queues, queues],
    [w.taints, taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`)],
  ];
  return (
    <Group gap={6}>
      {marks.flatMap(([name, texts]) =>
        texts.map((text) => (
          <Badge key={`${name}${text}`} variant="default" size="sm" tt="none" fw={400} title={name}>
            <bdi>{text}</bdi>
          </Badge>
        )),
      )}
    </Group>
  );
}

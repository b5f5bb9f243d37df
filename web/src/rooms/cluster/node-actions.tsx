/** What an operator does about a node; each says what it will do before it is done. */
import { Code, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../data/api.ts';
import { ActButton, ConfirmButton } from '../../kit/confirm.tsx';
import { useWords } from '../../kit/words.ts';
import { type ClusterAnswer, clusterKey, useNodeDetails } from './facts.ts';
import { clusterWords } from './words.ts';

interface NodeActionsProps {
  readonly member: ClusterAnswer['members'][number];
  readonly cluster: ClusterAnswer;
}

export function NodeActions({ member, cluster }: NodeActionsProps) {
  const w = useWords(clusterWords);
  const { node, role, drained } = member;
  const isLeader = cluster.leader === node;
  const votes = role === 'leader' || role === 'voter';
  const voters = cluster.members.filter((it) => it.role === 'leader' || it.role === 'voter').length;
  const learners = cluster.members.filter((it) => it.role === 'learner').map((it) => it.node);
  const changed = useMembersChanged();
  const change = (action: 'promote' | 'demote') => () =>
    changed(() => call('changeMembers', { body: { action, node } }));
  return (
    <Group gap={6} mt="auto" pt={4}>
      {drained ? (
        <ActButton
          label={w.resume}
          name={`${w.resume} ${node}`}
          done={w.resumeDone(node)}
          onAct={() => call('resumeNode', { params: { node } })}
        />
      ) : (
        member.state !== 'unknown' && <DrainButton node={node} />
      )}
      {votes && !isLeader && (
        <ConfirmButton
          label={w.transfer}
          name={`${w.transfer} ${node}`}
          says={w.transferSays(cluster.leader ?? '–', node)}
          done={w.transferDone(node)}
          onConfirm={() => call('transfer', { body: { to: node } })}
        />
      )}
      {role === 'learner' && (
        <ConfirmButton
          label={w.promote}
          name={`${w.promote} ${node}`}
          says={w.promoteSays(node, voters)}
          done={w.promoteDone(node)}
          onConfirm={change('promote')}
        />
      )}
      {votes && (
        <ConfirmButton
          label={w.demote}
          name={`${w.demote} ${node}`}
          says={w.demoteSays(node, voters)}
          done={w.demoteDone(node)}
          onConfirm={change('demote')}
        />
      )}
      {votes && <ReplaceButton node={node} learners={learners} />}
      {(votes || role === 'learner') && (
        <ConfirmButton
          label={w.removeMember}
          name={`${w.removeMember} ${node}`}
          says={w.removeSays(node)}
          done={w.removeDone(node)}
          danger
          onConfirm={() => changed(() => call('removeMember', { params: { node } }))}
        />
      )}
    </Group>
  );
}

/** Who belongs to the cluster is no fact: what was changed here is asked for again here. */
function useMembersChanged(): (change: () => Promise<unknown>) => Promise<void> {
  const client = useQueryClient();
  return async (change) => {
    await change();
    await client.invalidateQueries({ queryKey: clusterKey });
  };
}

interface ReplaceButtonProps {
  readonly node: string;
  readonly learners: readonly string[];
}

/** A learner votes in its place, so that there is never a voter less. */
function ReplaceButton({ node, learners }: ReplaceButtonProps) {
  const w = useWords(clusterWords);
  const changed = useMembersChanged();
  const [chosen, setChosen] = useState<string>();
  const successor = chosen ?? learners[0];
  if (successor === undefined) return null;
  return (
    <ConfirmButton
      label={w.replace}
      name={`${w.replace} ${node}`}
      says={
        <Stack gap="sm">
          <Select
            label={w.replaceWith}
            data={[...learners]}
            value={successor}
            allowDeselect={false}
            onChange={(name) => setChosen(name ?? undefined)}
          />
          <Text size="sm">{w.replaceSays(node, successor)}</Text>
        </Stack>
      }
      done={w.replaceDone(node, successor)}
      danger
      onConfirm={() =>
        changed(() => call('changeMembers', { body: { action: 'replace', node, with: successor } }))
      }
    />
  );
}

/** Lists what runs there, so that it is known what a drain waits for. */
function DrainButton({ node }: { readonly node: string }) {
  const w = useWords(clusterWords);
  const [grace, setGrace] = useState('');
  return (
    <ConfirmButton
      label={w.drain}
      name={`${w.drain} ${node}`}
      title={w.drainTitle(node)}
      says={
        <Stack gap="sm">
          <WhatRuns node={node} />
          <TextInput
            label={w.grace}
            description={w.graceHint}
            value={grace}
            onChange={(event) => setGrace(event.currentTarget.value)}
          />
        </Stack>
      }
      done={w.drainDone(node)}
      onConfirm={() =>
        call('drainNode', { params: { node }, body: grace.trim() === '' ? {} : { grace } })
      }
    />
  );
}

const shownMax = 8;

function WhatRuns({ node }: { readonly node: string }) {
  const w = useWords(clusterWords);
  const [detail] = useNodeDetails([node]);
  const attempts = detail?.attempts ?? [];
  return (
    <>
      <Text size="sm">{w.drainSays(node, detail?.running ?? 0)}</Text>
      {attempts.slice(0, shownMax).map((it) => (
        <Code key={it.token} className="skein-mono">
          {`${it.runId} ${it.taskId}`}
        </Code>
      ))}
      {attempts.length > shownMax && (
        <Text size="sm" c="dimmed">
          {w.leftOut(attempts.length - shownMax)}
        </Text>
      )}
      {attempts.length > 0 && (
        <Text size="sm" c="dimmed">
          {w.drainEta}
        </Text>
      )}
    </>
  );
}

/** What if: the cluster run forward as it is and with a change, beside each other. */
import {
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { orderNames } from '../../../../src/model/placing.ts';
import { Link, runPath, seg } from '../../app/link.tsx';
import { call, type Reply } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { DataTable } from '../../kit/table.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { queuesWords } from '../queues/words.ts';
import { nothingTyped, type Typed, whatIfBody, wrongPair } from './what-if-body.ts';
import { whatIfWords } from './what-if-words.ts';

export function WhatIf() {
  const w = useWords(whatIfWords);
  const { namespace } = usePrefs();
  const [typed, setTyped] = useState(nothingTyped);
  const body = whatIfBody(typed);
  const wrong = wrongPair(typed);
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => call('whatIf', { query: { namespace }, body: body ?? {} }),
  });
  return (
    <Stack>
      <Text size="sm">{w.says}</Text>
      <Changes typed={typed} onChange={(some) => setTyped((before) => ({ ...before, ...some }))} />
      <Group>
        <Button
          loading={isPending}
          disabled={body === undefined || wrong !== undefined}
          onClick={() => mutate()}
        >
          {w.look}
        </Button>
        {wrong !== undefined && (
          <Text size="sm" c="var(--state-failed)" role="alert">
            {w.notPair(wrong)}
          </Text>
        )}
      </Group>
      {error !== null && <ProblemBox error={error} />}
      {data !== undefined && error === null && <Compared answer={data} />}
    </Stack>
  );
}

interface ChangesProps {
  readonly typed: Typed;
  readonly onChange: (changes: Partial<Typed>) => void;
}

function Changes({ typed, onChange }: ChangesProps) {
  const w = useWords(whatIfWords);
  const q = useWords(queuesWords);
  const nodes = useTable('node').map(({ nodeId }) => String(nodeId));
  const pairs = (field: 'pools' | 'weights' | 'crons', example: string) => (
    <TagsInput
      label={w[field]}
      description={w.pairHint(example)}
      value={[...typed[field]]}
      splitChars={[]}
      onChange={(value) => onChange({ [field]: value })}
    />
  );
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} maw={900}>
      <NumberInput
        label={w.addNodes}
        description={w.addHint}
        value={typed.addNodes}
        min={0}
        allowDecimal={false}
        onChange={(value) => onChange({ addNodes: Number(value) })}
      />
      <MultiSelect
        label={w.removeNodes}
        description=" "
        data={nodes}
        value={[...typed.removeNodes]}
        onChange={(removeNodes) => onChange({ removeNodes })}
      />
      {pairs('pools', 'mysql=4')}
      {pairs('weights', 'etl=3')}
      {pairs('crons', 'nightly=0 3 * * *')}
      <Select
        label={w.order}
        description=" "
        clearable
        data={orderNames.map((value) => ({ value, label: q[`order-${value}`] }))}
        value={typed.order}
        onChange={(order) => onChange({ order })}
      />
      <TextInput
        label={w.horizon}
        placeholder="6h"
        value={typed.horizon}
        onChange={(event) => onChange({ horizon: event.currentTarget.value })}
      />
    </SimpleGrid>
  );
}

type Answer = Reply<'whatIf'>;

const durationText = (ms: number | null): string => (ms === null ? '–' : formatDuration(ms));

function Compared({
  answer: { asItIs, changed, runs, runsOmitted, assumptions },
}: {
  readonly answer: Answer;
}) {
  const w = useWords(whatIfWords);
  const both = (name: string, of: (side: Answer['asItIs']) => string) => ({
    ...{ name, asItIs: of(asItIs), changed: of(changed) },
  });
  const names = new Set([...asItIs.nodes, ...changed.nodes].map(({ node }) => node));
  const shareText = (node: string, side: Answer['asItIs']): string => {
    const use = side.nodes.find((each) => each.node === node)?.use;
    return use === undefined ? '–' : `${Math.round(use * 100)} %`;
  };
  const rows = [
    both(w.makespan, ({ makespanMs }) => durationText(makespanMs)),
    both(w.meanWait, ({ meanWaitMs }) => durationText(meanWaitMs)),
    both(w.runsEnded, ({ runsEnded }) => String(runsEnded)),
    both(w.starts, ({ starts }) => String(starts)),
    ...[...names].map((node) => both(w.use(node), (side) => shareText(node, side))),
  ];
  return (
    <Stack>
      <DataTable
        label={w.whatIf}
        rows={rows}
        rowKey={({ name }) => name}
        empty=""
        columns={[
          { id: 'name', name: w.measure, cell: ({ name }) => <bdi>{name}</bdi> },
          { id: 'asItIs', name: w.asItIs, right: true, cell: (row) => row.asItIs },
          { id: 'changed', name: w.changed, right: true, cell: (row) => row.changed },
        ]}
      />
      <Runs runs={runs} />
      {runsOmitted > 0 && (
        <Text size="sm" c="dimmed">
          {w.omitted(runsOmitted)}
        </Text>
      )}
      {assumptions.map((text) => (
        <Text key={text} size="xs" c="dimmed">
          {text}
        </Text>
      ))}
    </Stack>
  );
}

function Runs({ runs }: Pick<Answer, 'runs'>) {
  const w = useWords(whatIfWords);
  const earlierText = (ms: number | null): string => {
    if (ms === null) return '–';
    return ms >= 0 ? formatDuration(ms) : w.later(formatDuration(-ms));
  };
  return (
    <DataTable
      label={w.runs}
      rows={runs}
      rowKey={({ namespace, runId }) => `${namespace}/${runId}`}
      empty={w.noRuns}
      columns={[
        {
          id: 'run',
          name: w.run,
          cell: ({ namespace, runId }) => (
            <Link
              to={runPath(runId, `?namespace=${seg(namespace)}`)}
              size="sm"
              className="skein-name"
            >
              {runId}
            </Link>
          ),
        },
        { id: 'asItIs', name: w.asItIs, cell: ({ endsAt }) => <Time at={endsAt} /> },
        {
          id: 'changed',
          name: w.changed,
          cell: ({ endsAtChanged }) => <Time at={endsAtChanged} />,
        },
        { id: 'earlier', name: w.earlier, cell: ({ earlierMs }) => earlierText(earlierMs) },
      ]}
    />
  );
}

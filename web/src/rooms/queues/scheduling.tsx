/** The order of waiting tasks, and who shares the cluster with whom. */
import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { orderNames } from '../../../../src/model/placing.ts';
import { type SchedulingView, schedulingView } from '../../../../src/model/views/sharing.ts';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { tell } from '../../kit/form.tsx';
import { formWords } from '../../kit/form-words.ts';
import { ProblemBox } from '../../kit/problem.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { queuesWords } from './words.ts';

export function Scheduling() {
  const [row] = useTable('scheduling');
  const view = schedulingView(row);
  // What somebody else has changed stands in the form anew.
  return <SchedulingForm key={view.updatedAt ?? ''} view={view} />;
}

const sharers = ['namespaces', 'dags', 'none'] as const;

function SchedulingForm({ view }: { readonly view: SchedulingView }) {
  const w = useWords(queuesWords);
  const f = useWords(formWords);
  const [order, setOrder] = useState(view.order);
  const [fairShare, setFairShare] = useState(view.fairShare);
  const [ageing, setAgeing] = useState(formatDuration(view.classAgeingMs));
  const [error, setError] = useState<unknown>();
  const save = async (): Promise<void> => {
    setError(undefined);
    try {
      await call('putScheduling', { body: { order, fairShare, classAgeing: ageing } });
      tell(w.schedulingSaved);
    } catch (refusal) {
      setError(refusal);
    }
  };
  return (
    <Stack maw={560} gap="sm">
      <Select
        label={w.order}
        description={w.orderHint}
        value={order}
        allowDeselect={false}
        data={orderNames.map((value) => ({ value, label: w[`order-${value}`] }))}
        onChange={(value) => setOrder((before) => orderNames.find((it) => it === value) ?? before)}
      />
      <Select
        label={w.fairShare}
        value={fairShare}
        allowDeselect={false}
        data={sharers.map((value) => ({ value, label: w[`share-${value}`] }))}
        onChange={(value) => setFairShare((before) => sharers.find((it) => it === value) ?? before)}
      />
      <TextInput
        label={w.ageing}
        value={ageing}
        onChange={(event) => setAgeing(event.currentTarget.value)}
      />
      {error !== undefined && <ProblemBox error={error} />}
      <Group>
        <Button onClick={() => void save()}>{f.save}</Button>
        <Text size="sm" c="dimmed">
          {view.updatedAt === null ? (
            w.never
          ) : (
            <>
              {w.changed} <Time at={view.updatedAt} /> · <bdi>{view.updatedBy}</bdi>
            </>
          )}
        </Text>
      </Group>
    </Stack>
  );
}

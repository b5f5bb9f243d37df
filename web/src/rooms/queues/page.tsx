/** What waits for room and limits, and how the cluster is shared out. */
import { Stack } from '@mantine/core';
import { useMemo } from 'react';
import { useAnswerOfAny } from '../../data/any-fact.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { PageHead, PageTabs } from '../../kit/table-page.tsx';
import { useWords } from '../../kit/words.ts';
import { Holders } from './holders.tsx';
import { Namespaces } from './namespaces.tsx';
import { Pools } from './pools.tsx';
import { Queues } from './queues.tsx';
import { Scheduling } from './scheduling.tsx';
import { queuesWords } from './words.ts';

const everything = {} as const;

export default function QueuesPage() {
  const w = useWords(queuesWords);
  const { namespace } = usePrefs();
  const { data, error } = useAnswerOfAny('listQueues', everything);
  const here = useMemo(() => ({ query: { namespace } }), [namespace]);
  const { data: held } = useAnswerOfAny('listHolders', here);
  return (
    <Stack>
      <PageHead title={w.title} about={data === undefined ? '' : w.about(data.waiting)} />
      {error !== null && data === undefined && <ProblemBox error={error} />}
      <PageTabs
        label={w.tabs}
        tabs={[
          { id: 'queues', name: w.queues, view: () => data && <Queues answer={data} /> },
          {
            id: 'pools',
            name: w.pools,
            view: () => <Pools queues={data?.queues ?? []} held={held} />,
          },
          { id: 'holders', name: w.held, view: () => held && <Holders held={held} /> },
          { id: 'namespaces', name: w.namespaces, view: () => <Namespaces /> },
          { id: 'scheduling', name: w.scheduling, view: () => <Scheduling /> },
        ]}
      />
    </Stack>
  );
}

/** The cluster: its nodes, what runs where, and how it grows. */
import { ActionIcon, Stack, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { formWords } from '../../kit/form-words.ts';
import { Icon } from '../../kit/icons.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { PageHead, PageTabs } from '../../kit/table-page.tsx';
import { useWords } from '../../kit/words.ts';
import { AddNode } from './add-node.tsx';
import { askLeader, clusterKey, useAskedAgain } from './facts.ts';
import { NodePools } from './node-pools.tsx';
import { Nodes } from './nodes.tsx';
import { Packing } from './packing.tsx';
import { Scalings } from './scalings.tsx';
import { WhatIf } from './what-if.tsx';
import { whatIfWords } from './what-if-words.ts';
import { clusterWords } from './words.ts';

export default function ClusterPage() {
  const w = useWords(clusterWords);
  const f = useWords(formWords);
  const what = useWords(whatIfWords);
  const askAgain = useAskedAgain();
  const { data, error } = useQuery({
    queryKey: clusterKey,
    queryFn: ({ signal }) => askLeader(signal),
  });
  return (
    <Stack>
      <PageHead
        title={w.title}
        about={data === undefined ? '' : w.about(data.cluster, data.expect)}
        actions={
          <>
            <Tooltip label={f.refresh}>
              <ActionIcon variant="default" aria-label={f.refresh} onClick={askAgain} size="lg">
                <Icon name="again" />
              </ActionIcon>
            </Tooltip>
            <AddNode />
          </>
        }
      />
      {error !== null && data === undefined && <ProblemBox error={error} />}
      <PageTabs
        label={w.tabs}
        tabs={[
          { id: 'nodes', name: w.nodes, view: () => data && <Nodes cluster={data} /> },
          { id: 'packing', name: w.packing, view: () => <Packing /> },
          { id: 'autoscaler', name: w.scaling, view: () => <Scalings /> },
          { id: 'pools', name: w.pools, view: () => <NodePools /> },
          { id: 'whatif', name: what.whatIf, view: () => <WhatIf /> },
        ]}
      />
    </Stack>
  );
}

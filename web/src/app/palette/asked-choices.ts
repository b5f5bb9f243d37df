/** What verbs are done to that no row of the page tells: asked for when such a verb is chosen. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call } from '../../data/api.ts';

export interface Choice {
  readonly id: string;
  readonly label?: string;
  readonly about: string;
  readonly state?: string;
}

export interface AskedChoices {
  /** `run/task/item` */
  readonly approvals: readonly Choice[];
  /** `dag/trigger` */
  readonly triggers: readonly Choice[];
  readonly enabledTriggers: readonly Choice[];
  readonly disabledTriggers: readonly Choice[];
}

const limit = '1000';

/** `wanted`: what the verb that was chosen is done to. */
export function useAskedChoices(namespace: string, wanted: string | null): AskedChoices {
  const approvals = useQuery({
    queryKey: ['palette-approvals', namespace],
    enabled: wanted === 'approvals',
    staleTime: 0,
    queryFn: ({ signal }) => call('listApprovals', { query: { namespace, limit }, signal }),
  });
  const triggers = useQuery({
    queryKey: ['palette-triggers', namespace],
    enabled: wanted?.toLowerCase().endsWith('triggers') === true,
    staleTime: 0,
    queryFn: ({ signal }) => call('listTriggers', { query: { namespace, limit }, signal }),
  });
  const [asks, all] = [approvals.data?.items, triggers.data?.items];
  return useMemo(() => {
    const named = (all ?? []).map(({ dagId, trigger, sources, enabled }) => ({
      ...{ id: `${dagId}/${trigger}`, about: sources.join(', '), enabled },
    }));
    return {
      approvals: (asks ?? []).map(({ runId, taskId, mapIndex, dagId, message }) => ({
        id: `${runId}/${taskId}/${mapIndex}`,
        label: mapIndex === 0 ? `${dagId} ${taskId}` : `${dagId} ${taskId}[${mapIndex}]`,
        about: `${runId} · ${message}`,
      })),
      triggers: named,
      enabledTriggers: named.filter(({ enabled }) => enabled),
      disabledTriggers: named.filter(({ enabled }) => !enabled),
    };
  }, [asks, all]);
}

/** What verbs can be done to right now, by their rows. */
import { useMemo } from 'react';
import type { BackfillRow } from '../../../../src/model/backfill.ts';
import type { RunRow } from '../../../../src/model/run.ts';
import { useTable } from '../../data/hooks.ts';
import { useWords } from '../../kit/words.ts';
import { type AskedChoices, type Choice, useAskedChoices } from './asked-choices.ts';
import { paletteWords } from './words.ts';

const hasEnded = (run: RunRow): boolean => 'endedAt' in run;
const isLive = ({ status }: BackfillRow): boolean => status === 'running' || status === 'paused';

const ofRun = (run: RunRow): Choice => ({
  ...{ id: run.runId, about: run.dagId, state: run.status },
});
const ofBackfill = ({ backfillId, dagId }: BackfillRow): Choice => ({
  ...{ id: backfillId, about: dagId },
});

export interface Choices extends AskedChoices {
  readonly dags: readonly Choice[];
  readonly runningDags: readonly Choice[];
  readonly pausedDags: readonly Choice[];
  readonly runs: readonly Choice[];
  readonly liveRuns: readonly Choice[];
  readonly endedRuns: readonly Choice[];
  readonly pausedRuns: readonly Choice[];
  readonly nodes: readonly Choice[];
  readonly aliveNodes: readonly Choice[];
  readonly workingNodes: readonly Choice[];
  readonly drainedNodes: readonly Choice[];
  readonly connections: readonly Choice[];
  readonly runningBackfills: readonly Choice[];
  readonly pausedBackfills: readonly Choice[];
  readonly liveBackfills: readonly Choice[];
  readonly letters: readonly Choice[];
  readonly namespaces: readonly Choice[];
  readonly themes: readonly Choice[];
  readonly clocks: readonly Choice[];
  readonly languages: readonly Choice[];
  readonly everything: readonly Choice[];
}

/** Of a namespace, where things belong to one. The newest runs come first. */
export function useChoices(namespace: string, wanted: keyof Choices | null = null): Choices {
  const w = useWords(paletteWords);
  const [dags, runs, nodes] = [useTable('dag'), useTable('run'), useTable('node')];
  const [connections, backfills] = [useTable('connection'), useTable('backfill')];
  const asked = useAskedChoices(namespace, wanted);
  const [letters, spaces] = [useTable('letter'), useTable('namespace')];
  return useMemo(() => {
    const here = <T extends { readonly namespace: string }>(rows: readonly T[]): readonly T[] =>
      rows.filter((row) => row.namespace === namespace);
    const ourDags = here(dags);
    const ourRuns = here(runs).toReversed();
    const ourBackfills = here(backfills);
    const dag = ({ dagId }: (typeof dags)[number]): Choice => ({ id: dagId, about: '' });
    const node = ({ nodeId, address }: (typeof nodes)[number]): Choice => ({
      ...{ id: nodeId, about: address },
    });
    const names = new Set(['default', ...dags.map((row) => row.namespace)]);
    for (const space of spaces) names.add(space.namespace);
    return {
      ...asked,
      dags: ourDags.map(dag),
      runningDags: ourDags.filter(({ paused }) => !paused).map(dag),
      pausedDags: ourDags.filter(({ paused }) => paused).map(dag),
      runs: ourRuns.map(ofRun),
      liveRuns: ourRuns.filter((run) => !hasEnded(run)).map(ofRun),
      endedRuns: ourRuns.filter(hasEnded).map(ofRun),
      pausedRuns: ourRuns.filter(({ isPaused }) => isPaused === true).map(ofRun),
      nodes: nodes.map(node),
      aliveNodes: nodes.filter(({ status }) => status === 'alive').map(node),
      workingNodes: nodes.filter(({ drain }) => drain === undefined).map(node),
      drainedNodes: nodes.filter(({ drain }) => drain !== undefined).map(node),
      connections: here(connections).map(({ name, kind }) => ({ id: name, about: kind })),
      runningBackfills: ourBackfills.filter(({ status }) => status === 'running').map(ofBackfill),
      pausedBackfills: ourBackfills.filter(({ status }) => status === 'paused').map(ofBackfill),
      liveBackfills: ourBackfills.filter(isLive).map(ofBackfill),
      letters: here(letters).map(({ letterId, reason }) => ({ id: letterId, about: reason })),
      namespaces: [...names].sort().map((id) => ({ id, about: '' })),
      themes: [
        { id: 'auto', label: w.auto, about: '' },
        { id: 'light', label: w.light, about: '' },
        { id: 'dark', label: w.dark, about: '' },
      ],
      clocks: [
        { id: 'local', label: w.local, about: '' },
        { id: 'utc', label: w.utc, about: '' },
        { id: 'dag', label: w.dagZone, about: '' },
      ],
      languages: [
        { id: 'en', label: 'English', about: '' },
        { id: 'zh', label: '中文', about: '' },
      ],
      everything: [{ id: '*', label: w.rotateAll, about: '' }],
    };
  }, [w, namespace, dags, runs, nodes, connections, backfills, letters, spaces, asked]);
}

/** The command palette (⌘K or Ctrl-K): goes to everything by its name. */
import { Spotlight, type SpotlightActionData, spotlight } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { useMemo } from 'react';
import { useTable } from '../data/hooks.ts';
import { Icon } from '../kit/icons.tsx';
import { usePrefs } from '../kit/prefs.tsx';
import { StateSign } from '../kit/state.tsx';
import { useWords } from '../kit/words.ts';
import { dagPath, runPath, useGo } from './link.tsx';
import { rooms } from './rooms.ts';
import { appWords } from './words.ts';

export const openPalette = (): void => spotlight.open();

/** Of each kind; the rest is found by typing. */
const shownMax = 8;

export function Palette() {
  const w = useWords(appWords);
  const go = useGo();
  const { namespace } = usePrefs();
  const dags = useTable('dag');
  const runs = useTable('run');
  const actions = useMemo(() => {
    const places: SpotlightActionData[] = rooms.flatMap(({ path, name }) =>
      name === undefined
        ? []
        : [
            {
              id: path,
              label: w[name],
              leftSection: <Icon name={name} />,
              onClick: () => go(path),
            },
          ],
    );
    const ours = dags.filter((dag) => dag.namespace === namespace);
    const dagActions = ours.map(({ dagId }) => ({
      id: `dag/${dagId}`,
      label: dagId,
      description: w.dags,
      leftSection: <Icon name="dags" />,
      onClick: () => go(dagPath(dagId)),
    }));
    const newest = runs
      .filter((run) => run.namespace === namespace)
      .slice(-200)
      .reverse();
    const runActions = newest.map(({ runId, dagId, status }) => ({
      id: `run/${runId}`,
      label: runId,
      description: dagId,
      leftSection: <StateSign state={status} />,
      onClick: () => go(runPath(runId)),
    }));
    return [...places, ...dagActions, ...runActions];
  }, [w, go, namespace, dags, runs]);
  return (
    <Spotlight
      actions={actions}
      limit={shownMax * 3}
      shortcut="mod + K"
      highlightQuery
      nothingFound="–"
      searchProps={{
        leftSection: <Icon name="search" />,
        placeholder: w.search,
        'aria-label': w.search,
      }}
    />
  );
}

/**
 * The command palette (⌘K or Ctrl-K): goes to everything by its name, and does what the command
 * line does. A verb that needs to know what it is done to asks for that in a second step, and one
 * that is not undone easily asks once more.
 */
import { Modal, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { Spotlight, spotlight } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { type KeyboardEvent, useState } from 'react';
import { tell } from '../kit/form.tsx';
import { Icon, type IconName } from '../kit/icons.tsx';
import { usePrefs } from '../kit/prefs.tsx';
import { showProblem } from '../kit/problem.tsx';
import { StateSign } from '../kit/state.tsx';
import { useWords } from '../kit/words.ts';
import { dagPath, runPath, seg, useGo } from './link.tsx';
import type { Choice } from './palette/asked-choices.ts';
import { useChoices } from './palette/choices.ts';
import { matching } from './palette/match.ts';
import { useTaskNames } from './palette/tasks.ts';
import { type Verb, verbs } from './palette/verbs.ts';
import { paletteWords } from './palette/words.ts';
import { rooms } from './rooms.ts';
import { appWords } from './words.ts';

/** Not above a dialog, which is of the namespace that it was opened in: the palette changes it. */
export const openPalette = (): void => {
  if (document.querySelector('[role="dialog"][aria-modal="true"]') === null) spotlight.open();
};

/** Of each kind; the rest is found by typing. */
const shownMax = 8;
const choicesMax = 40;
/** Fewer characters find too much. */
const searchFrom = 2;

/** One line of the list. */
interface Line {
  readonly id: string;
  readonly label: string;
  readonly about?: string;
  readonly icon?: IconName;
  readonly state?: string;
  /** It goes to another step: the palette stays open. */
  readonly stays?: boolean;
  readonly act: () => void;
}

interface Section {
  readonly name: string;
  readonly lines: readonly Line[];
}

type Step =
  | { readonly kind: 'start' }
  | { readonly kind: 'choose'; readonly verb: Verb }
  | { readonly kind: 'sure'; readonly verb: Verb; readonly choice: Choice };

const start: Step = { kind: 'start' };

export function Palette() {
  const w = useWords(appWords);
  const p = useWords(paletteWords);
  const [query, setQuery] = useState('');
  const [step, setStep] = useState<Step>(start);
  const move = (to: Step): void => {
    setStep(to);
    setQuery('');
  };
  const sections = useSections(query, step, move);
  useHotkeys([['mod + K', openPalette]], [], true);
  const back = (event: KeyboardEvent): void => {
    if (event.key !== 'Backspace' || query !== '' || step.kind === 'start') return;
    event.preventDefault();
    move(step.kind === 'sure' ? { kind: 'choose', verb: step.verb } : start);
  };
  const asks = step.kind === 'start' ? w.search : p.choose(verbText(p, step.verb));
  const isEmpty = sections.every(({ lines }) => lines.length === 0);
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={() => setStep(start)}
      shortcut={null}
      scrollable
      maxHeight={440}
    >
      <VisuallyHidden>
        <Modal.Title>{w.search}</Modal.Title>
      </VisuallyHidden>
      <Spotlight.Search
        leftSection={<Icon name="search" />}
        placeholder={asks}
        aria-label={asks}
        onKeyDown={back}
      />
      <Spotlight.ActionsList>
        {sections.map(({ name, lines }) =>
          lines.length === 0 ? null : (
            <Spotlight.ActionsGroup key={name} label={name}>
              {lines.map((line) => (
                <PaletteLine key={line.id} line={line} query={query} />
              ))}
            </Spotlight.ActionsGroup>
          ),
        )}
        {isEmpty && <Spotlight.Empty>{p.nothing}</Spotlight.Empty>}
      </Spotlight.ActionsList>
      {step.kind !== 'start' && <Spotlight.Footer fz="xs">{p.back}</Spotlight.Footer>}
    </Spotlight.Root>
  );
}

function PaletteLine({ line, query }: { readonly line: Line; readonly query: string }) {
  const { label, about, icon, state, stays = false, act } = line;
  const sign =
    state !== undefined ? (
      <StateSign state={state} />
    ) : icon !== undefined ? (
      <Icon name={icon} />
    ) : undefined;
  return (
    <Spotlight.Action
      label={label}
      {...(about !== undefined && about !== '' && { description: about })}
      {...(sign !== undefined && { leftSection: sign })}
      highlightQuery={query !== ''}
      closeSpotlightOnTrigger={!stays}
      onClick={act}
    />
  );
}

type PaletteWords = ReturnType<typeof useWords<typeof paletteWords.en>>;

function verbText(p: PaletteWords, { name }: Verb): string {
  const word = p[name];
  return typeof word === 'string' ? word : name;
}

function useSections(query: string, step: Step, move: (to: Step) => void): readonly Section[] {
  const p = useWords(paletteWords);
  const { namespace } = usePrefs();
  const choices = useChoices(namespace, step.kind === 'start' ? null : step.verb.of);
  const act = useAct();
  const places = usePlaces(query);
  const found = useFound(query, step);
  if (step.kind === 'sure') {
    const { verb, choice } = step;
    const sure = p.sure(verbText(p, verb), choice.label ?? choice.id);
    const lines: readonly Line[] = [
      { id: 'yes', label: sure, icon: 'alert', act: () => void act(verb, choice) },
      { id: 'no', label: p.leave, icon: 'close', act: () => move(start) },
    ];
    return [{ name: verbText(p, verb), lines }];
  }
  if (step.kind === 'choose') {
    const { verb } = step;
    const all = verb.of === null ? [] : choices[verb.of];
    const fitting = matching(
      all,
      query,
      ({ id, label = '', about }) => `${id} ${label} ${about}`,
      choicesMax,
    );
    const lines = fitting.map((choice): Line => {
      const { id, label = id, about, state } = choice;
      const does = () =>
        verb.asks ? move({ kind: 'sure', verb, choice }) : void act(verb, choice);
      const base = { id, label, about, stays: verb.asks === true, act: does };
      return state === undefined ? base : { ...base, state };
    });
    return [{ name: verbText(p, verb), lines }];
  }
  const fitting = matching(verbs, query, (verb) => verbText(p, verb), query === '' ? shownMax : 20);
  const lines = fitting.map((verb): Line => {
    const needs = verb.of !== null;
    const label = needs ? `${verbText(p, verb)}…` : verbText(p, verb);
    const does = () =>
      needs ? move({ kind: 'choose', verb }) : void act(verb, { id: '', about: '' });
    return { id: `verb/${verb.name}`, label, icon: 'right', stays: needs, act: does };
  });
  return [...places, { name: p.do, lines }, ...found];
}

/** Does it, and says so. */
function useAct(): (verb: Verb, choice: Choice) => Promise<void> {
  const p = useWords(paletteWords);
  const go = useGo();
  const { namespace, change } = usePrefs();
  const { setColorScheme } = useMantineColorScheme();
  return async (verb, { id, label = id }) => {
    try {
      const said = await verb.act({ namespace, go, change, setScheme: setColorScheme }, id);
      if (verb.tells) tell(typeof said === 'string' ? said : p.done(verbText(p, verb), label));
    } catch (error) {
      showProblem(error);
    }
  };
}

function usePlaces(query: string): readonly Section[] {
  const w = useWords(appWords);
  const p = useWords(paletteWords);
  const go = useGo();
  const lines = rooms.flatMap(({ path, name }): readonly Line[] =>
    name === undefined ? [] : [{ id: path, label: w[name], icon: name, act: () => go(path) }],
  );
  return [{ name: p.go, lines: matching(lines, query, ({ label }) => label, lines.length) }];
}

/** DAGs, runs, tasks and nodes by their names. */
function useFound(query: string, step: Step): readonly Section[] {
  const p = useWords(paletteWords);
  const w = useWords(appWords);
  const go = useGo();
  const { namespace } = usePrefs();
  const { dags, runs, nodes } = useChoices(namespace);
  const isSearch = step.kind === 'start' && query.length >= searchFrom;
  const tasks = useTaskNames(namespace, isSearch);
  if (step.kind !== 'start' || query === '') return [];
  const find = (all: readonly Choice[]): readonly Choice[] =>
    matching(all, query, ({ id, about }) => `${id} ${about}`, shownMax);
  const lines: Line[] = [
    ...find(dags).map(
      ({ id }): Line => ({
        ...{ id: `dag/${id}`, label: id, about: w.dags, icon: 'dags' },
        act: () => go(dagPath(id)),
      }),
    ),
    ...find(runs).map(
      ({ id, about, state = '' }): Line => ({
        ...{ id: `run/${id}`, label: id, about, state },
        act: () => go(runPath(id)),
      }),
    ),
    ...find(nodes).map(
      ({ id }): Line => ({
        ...{ id: `node/${id}`, label: id, about: p.node, icon: 'cluster' },
        act: () => go('/cluster'),
      }),
    ),
    ...matching(tasks, isSearch ? query : '\0', ({ taskId }) => taskId, shownMax).map(
      ({ dagId, taskId }): Line => ({
        ...{ id: `task/${dagId}/${taskId}`, label: taskId, about: p.task(dagId), icon: 'editor' },
        act: () => go(`/editor?dag=${seg(dagId)}&task=${seg(taskId)}`),
      }),
    ),
  ];
  return [{ name: p.found, lines }];
}

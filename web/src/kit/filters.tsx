/** What lists are narrowed by; the choices stand in the address. */
import { MultiSelect, TextInput } from '@mantine/core';
import { useParamText, useSearchParams } from '../app/search.ts';
import { Icon } from './icons.tsx';
import { stateWords } from './state-words.ts';
import { useWords } from './words.ts';

/** Words to be found, as `q`. */
export function FindInput({ label }: { readonly label: string }) {
  const [, change] = useSearchParams();
  const [text, setText] = useParamText('q');
  return (
    <TextInput
      size="xs"
      w={260}
      placeholder={label}
      aria-label={label}
      leftSection={<Icon name="search" size={14} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        change({ q: event.currentTarget.value });
      }}
    />
  );
}

interface StatesInputProps {
  readonly label: string;
  /** What is shown while none is chosen. */
  readonly none: string;
  readonly states: readonly (keyof typeof stateWords.en)[];
  /** Of the address. */
  readonly param: string;
}

/** Some of the states, with commas between them. */
export function StatesInput({ label, none, states, param }: StatesInputProps) {
  const s = useWords(stateWords);
  const [search, change] = useSearchParams();
  const chosen = search[param]?.split(',') ?? [];
  return (
    <MultiSelect
      size="xs"
      miw={200}
      aria-label={label}
      placeholder={chosen.length === 0 ? none : ''}
      data={states.map((state) => ({ value: state, label: s[state] }))}
      value={chosen}
      onChange={(next) => change({ [param]: next.join(',') })}
      clearable
    />
  );
}

/** The name of what is made or changed: needed, chosen once, and the first field of its form. */
import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { formWords } from './form-words.ts';
import { useWords } from './words.ts';

interface NameInputProps {
  readonly label: string;
  readonly name: string;
  /** Otherwise it stays what it is. */
  readonly isNew: boolean;
  readonly onChange: (name: string) => void;
}

export function NameInput({ label, name, isNew, onChange }: NameInputProps) {
  const f = useWords(formWords);
  const [isTouched, setTouched] = useState(false);
  return (
    <TextInput
      label={label}
      value={name}
      required
      disabled={!isNew}
      {...autofocus(isNew)}
      error={isTouched && name.trim() === '' ? f.required : undefined}
      onChange={(event) => {
        setTouched(true);
        onChange(event.currentTarget.value);
      }}
    />
  );
}

/** Marks the field that a dialog begins at. A disabled one takes no focus: mark another then. */
export const autofocus = (isFirst: boolean): { readonly 'data-autofocus'?: true } =>
  isFirst ? { 'data-autofocus': true } : {};

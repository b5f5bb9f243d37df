/** What rows of lists have in common: a name with its words, and what can be done to them. */
import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ConfirmButton } from './confirm.tsx';
import { formWords } from './form-words.ts';
import { useWords } from './words.ts';

interface RowNameProps {
  readonly name: string;
  readonly description?: string;
}

export const RowName = ({ name, description }: RowNameProps) => (
  <>
    <Text size="sm" fw={600} className="skein-name">
      {name}
    </Text>
    {description !== undefined && (
      <Text size="xs" c="dimmed">
        <bdi>{description}</bdi>
      </Text>
    )}
  </>
);

export const RowActions = ({ children }: { readonly children: ReactNode }) => (
  <Group gap={6} justify="flex-end" wrap="nowrap">
    {children}
  </Group>
);

interface RowButtonProps {
  readonly label: string;
  /** What it says to those who do not see the row it stands in. */
  readonly name: string;
  /** Of a button that opens a part of the row: whether it is open. */
  readonly isOpen?: boolean;
  readonly onClick: () => void;
}

export const RowButton = ({ label, name, isOpen, onClick }: RowButtonProps) => (
  <Button
    size="compact-xs"
    variant="default"
    fw={500}
    aria-label={name}
    aria-expanded={isOpen}
    onClick={onClick}
  >
    {label}
  </Button>
);

interface EditButtonProps {
  readonly name: string;
  readonly onEdit: () => void;
}

export function EditButton({ name, onEdit }: EditButtonProps) {
  const f = useWords(formWords);
  return <RowButton label={f.edit} name={`${f.edit} ${name}`} onClick={onEdit} />;
}

interface RemoveButtonProps {
  readonly name: string;
  /** Of the dialog. */
  readonly title: string;
  /** What goes with it. */
  readonly says: string;
  readonly done: string;
  readonly onRemove: () => Promise<unknown>;
}

export function RemoveButton({ name, onRemove, ...words }: RemoveButtonProps) {
  const { remove } = useWords(formWords);
  const named = { label: remove, name: `${remove} ${name}` };
  return <ConfirmButton {...named} {...words} danger onConfirm={onRemove} />;
}

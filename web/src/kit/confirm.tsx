/** Buttons that do something: at once, or after a dialog that says what they will do. */
import { Button, type ButtonProps, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { FormDialog, tell } from './form.tsx';
import { showProblem } from './problem.tsx';

/** Small, as in a row of a table, unless somebody says a size. */
const lookOf = ({ size, variant = 'default', ...rest }: ButtonProps): ButtonProps =>
  size === undefined
    ? { size: 'compact-xs', fw: 500, variant, ...rest }
    : { size, variant, ...rest };

interface ConfirmButtonProps extends ButtonProps {
  readonly label: string;
  /** What the button says to those who do not see the row it stands in. */
  readonly name?: string;
  /** Of the dialog; the label unless said. */
  readonly title?: string;
  /** What it will do. */
  readonly says: ReactNode;
  readonly done: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<unknown>;
}

export function ConfirmButton(props: ConfirmButtonProps) {
  const { label, name, title = label, says, done, danger = false, onConfirm, ...rest } = props;
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button {...lookOf(rest)} aria-label={name} onClick={() => setOpened(true)}>
        {label}
      </Button>
      <FormDialog
        {...{ opened, title, done, danger }}
        submit={label}
        onClose={() => setOpened(false)}
        onSubmit={onConfirm}
      >
        {typeof says === 'string' ? <Text size="sm">{says}</Text> : says}
      </FormDialog>
    </>
  );
}

interface ActButtonProps extends ButtonProps {
  readonly label: string;
  readonly name?: string;
  /** What is said when it was done. */
  readonly done: string;
  readonly onAct: () => Promise<unknown>;
}

/** For what is trivially undone. */
export function ActButton({ label, name, done, onAct, ...rest }: ActButtonProps) {
  const [busy, setBusy] = useState(false);
  const act = async (): Promise<void> => {
    setBusy(true);
    try {
      await onAct();
      tell(done);
    } catch (error) {
      showProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button {...lookOf(rest)} aria-label={name} loading={busy} onClick={() => void act()}>
      {label}
    </Button>
  );
}

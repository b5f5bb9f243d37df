/** A dialog with a form: what is refused is told in it, what is done is told in passing. */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useFocusBack } from './focus-back.ts';
import { formWords } from './form-words.ts';
import { ProblemBox, showProblem } from './problem.tsx';
import { useWords } from './words.ts';

export interface FormDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** The word on the button that does it. */
  readonly submit: string;
  /** What is said when it was done. */
  readonly done: string;
  /** A refusal rejects; the dialog stays and shows it. */
  readonly onSubmit: () => Promise<unknown>;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly size?: string;
  readonly children: ReactNode;
}

export const tell = (message: string): void => {
  notifications.show({ message, color: 'teal', autoClose: 4_000 });
};

export function FormDialog(props: FormDialogProps) {
  const { opened, onClose, title, size = 'md', children } = props;
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size} returnFocus>
      <FormBody {...props}>{children}</FormBody>
    </Modal>
  );
}

/** Lives as long as the dialog is open, so that it opens without an old refusal. */
function FormBody(props: FormDialogProps) {
  const { submit, done, onSubmit, onClose, danger = false, disabled = false, children } = props;
  const { opened } = props;
  const w = useWords(formWords);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  // What was sent from here may be answered when somebody has closed this and opened another one.
  const stands = useRef(false);
  useEffect(() => {
    stands.current = opened;
    return () => {
      stands.current = false;
    };
  }, [opened]);
  useFocusBack();
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await onSubmit();
      tell(done);
      if (stands.current) onClose();
    } catch (refusal) {
      if (stands.current) setError(refusal);
      else showProblem(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)} noValidate>
      <Stack gap="sm">
        {children}
        {error !== undefined && <ProblemBox error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {w.cancel}
          </Button>
          <Button
            type="submit"
            loading={busy}
            disabled={disabled}
            {...(danger && { color: 'red' })}
          >
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

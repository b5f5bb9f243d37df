/** A button that says what it will do before it does it. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type ReactNode, useState } from 'react';
import { showProblem } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { sourceWords } from './source-words.ts';

interface AskingButtonProps {
  readonly label: string;
  /** For those who do not see what it stands beside. */
  readonly name?: string;
  readonly title: string;
  readonly says: string;
  readonly done: string;
  readonly children?: ReactNode;
  readonly onDo: () => Promise<unknown>;
}

export function AskingButton(props: AskingButtonProps) {
  const { label, name, title, says, done, children, onDo } = props;
  const w = useWords(sourceWords);
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const act = async (): Promise<void> => {
    setBusy(true);
    try {
      await onDo();
      notifications.show({ message: done });
      setOpen(false);
    } catch (error) {
      showProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button size="compact-xs" variant="default" aria-label={name} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={title}>
        <Stack>
          <Text size="sm">{says}</Text>
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpen(false)}>
              {w.cancel}
            </Button>
            <Button data-autofocus loading={isBusy} onClick={() => void act()}>
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

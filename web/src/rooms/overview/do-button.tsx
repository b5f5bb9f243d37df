/** A small button that says what it will do, right where it stands, before it does it. */
import { Button, Popover, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { showProblem } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { overviewWords } from './words.ts';

interface DoButtonProps {
  readonly label: string;
  /** For those who do not see what it stands beside. */
  readonly name: string;
  readonly says: string;
  readonly done: string;
  readonly onDo: () => Promise<unknown>;
}

export function DoButton({ label, name, says, done, onDo }: DoButtonProps) {
  const w = useWords(overviewWords);
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
    <Popover opened={isOpen} onChange={setOpen} width={240} withArrow trapFocus shadow="md">
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={name}
          onClick={() => setOpen(!isOpen)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={name}>
        <Stack gap="xs">
          <Text size="sm">{says}</Text>
          <Button size="xs" loading={isBusy} data-autofocus onClick={() => void act()}>
            {w.sure}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

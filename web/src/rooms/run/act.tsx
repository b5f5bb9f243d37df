/** Doing something: a window that says what will happen, the node's own words when it refuses. */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type ReactNode, useState } from 'react';
import { useIsShown } from '../../app/is-shown.ts';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { actionWords } from './action-words.ts';

export interface Act {
  readonly isBusy: boolean;
  readonly error: unknown;
  /** Does it; tells of its success in passing. Answers whether it was done. */
  readonly run: (what: () => Promise<unknown>, done: string) => Promise<boolean>;
}

export function useAct(): Act {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (what: () => Promise<unknown>, done: string): Promise<boolean> => {
    setBusy(true);
    setError(undefined);
    try {
      await what();
      notifications.show({ color: 'green', message: done, autoClose: 4_000 });
      return true;
    } catch (refused) {
      setError(refused);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, run };
}

interface ActModalProps {
  readonly title: string;
  readonly verb: string;
  readonly isDangerous?: boolean;
  readonly isReady?: boolean;
  readonly size?: string;
  readonly done: string;
  readonly act: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function ActModal(props: ActModalProps) {
  const w = useWords(actionWords);
  const { isBusy, error, run } = useAct();
  const isShown = useIsShown();
  const go = async (): Promise<void> => {
    if ((await run(props.act, props.done)) && isShown()) props.onClose();
  };
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      size={props.size ?? 'md'}
      closeButtonProps={{ 'aria-label': w.close }}
    >
      <Stack gap="sm">
        {props.children}
        {error !== undefined && <ProblemBox error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={props.onClose}>
            {w.never}
          </Button>
          <Button
            loading={isBusy}
            disabled={props.isReady === false}
            {...(props.isDangerous === true && { color: 'red' })}
            onClick={() => void go()}
          >
            {props.verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

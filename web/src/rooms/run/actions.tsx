/** The actions of a run, in the head of its page. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { runHasEnded } from '../../../../src/model/run.ts';
import { call } from '../../data/api.ts';
import { Icon } from '../../kit/icons.tsx';
import { showProblem } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { useAct } from './act.tsx';
import {
  AgainModal,
  CancelModal,
  CompensateModal,
  EditModal,
  RerunModal,
} from './action-modals.tsx';
import { actionWords } from './action-words.ts';
import { useRun } from './use-run.ts';

type Open = 'cancel' | 'rerun' | 'edit' | 'again' | 'compensate' | null;

export function RunActions() {
  const w = useWords(actionWords);
  const { live, namespace, runId, rows } = useRun();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const { isBusy, run } = useAct();
  const hasEnded = runHasEnded(live.state);
  const pause = async (): Promise<void> => {
    const named = { params: { runId }, query: { namespace } };
    const verb = live.paused ? 'resumeRun' : 'pauseRun';
    await run(() => call(verb, named).catch(showAndThrow), live.paused ? w.resumed : w.paused);
  };
  const canUndo = Object.values(rows.version.spec.tasks).some(
    ({ compensate }) => compensate !== undefined,
  );
  return (
    <>
      {!hasEnded && (
        <>
          <Button
            size="xs"
            variant="default"
            loading={isBusy}
            leftSection={<Icon name={live.paused ? 'play' : 'pause'} size={14} />}
            onClick={() => void pause()}
          >
            {live.paused ? w.resume : w.pause}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="stop" size={14} />}
            onClick={() => setOpen('cancel')}
          >
            {w.cancel}
          </Button>
        </>
      )}
      {hasEnded && (
        <Button
          size="xs"
          leftSection={<Icon name="again" size={14} />}
          onClick={() => setOpen('rerun')}
        >
          {w.rerun}
        </Button>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={w.more}>
            <Icon name="more" size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {!hasEnded && <Menu.Item onClick={() => setOpen('rerun')}>{w.rerunSome}</Menu.Item>}
          {!hasEnded && <Menu.Item onClick={() => setOpen('edit')}>{w.editMenu}</Menu.Item>}
          <Menu.Item onClick={() => setOpen('again')}>{w.againMenu}</Menu.Item>
          {hasEnded && canUndo && (
            <Menu.Item onClick={() => setOpen('compensate')}>{w.compensateMenu}</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {open === 'cancel' && <CancelModal onClose={close} />}
      {open === 'rerun' && <RerunModal onClose={close} />}
      {open === 'edit' && <EditModal onClose={close} />}
      {open === 'again' && <AgainModal onClose={close} />}
      {open === 'compensate' && <CompensateModal onClose={close} />}
    </>
  );
}

function showAndThrow(error: unknown): never {
  showProblem(error);
  throw error;
}

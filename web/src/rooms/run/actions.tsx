/** The actions of a run, in the head of its page. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { runHasEnded } from '../../../../src/model/run.ts';
import { useSearchParams } from '../../app/search.ts';
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
  MarkTasksModal,
  RerunModal,
} from './action-modals.tsx';
import { actionWords } from './action-words.ts';
import { useRun } from './use-run.ts';

const modals = {
  cancel: CancelModal,
  rerun: RerunModal,
  edit: EditModal,
  mark: MarkTasksModal,
  again: AgainModal,
  compensate: CompensateModal,
} as const;

type Open = keyof typeof modals;

const isOpen = (text: string | undefined): text is Open =>
  text !== undefined && Object.hasOwn(modals, text);

export function RunActions() {
  const w = useWords(actionWords);
  const { live, namespace, runId, rows } = useRun();
  // In the address: the palette opens one, and so does a link.
  const [search, change] = useSearchParams();
  const Asked = isOpen(search.do) ? modals[search.do] : undefined;
  const setOpen = (wanted: Open): void => change({ do: wanted });
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
      <Menu position="bottom-end" withInitialFocusPlaceholder={false} withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={w.more}>
            <Icon name="more" size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {!hasEnded && <Menu.Item onClick={() => setOpen('rerun')}>{w.rerunSome}</Menu.Item>}
          {!hasEnded && <Menu.Item onClick={() => setOpen('edit')}>{w.editMenu}</Menu.Item>}
          <Menu.Item onClick={() => setOpen('mark')}>{w.markMenu}</Menu.Item>
          <Menu.Item onClick={() => setOpen('again')}>{w.againMenu}</Menu.Item>
          {hasEnded && canUndo && (
            <Menu.Item onClick={() => setOpen('compensate')}>{w.compensateMenu}</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {Asked !== undefined && <Asked onClose={() => change({ do: '' })} />}
    </>
  );
}

function showAndThrow(error: unknown): never {
  showProblem(error);
  throw error;
}

/** The run form over the page that it was asked for on. */
import { Modal } from '@mantine/core';
import { useWords } from '../../kit/words.ts';
import { RunForm } from './run-form.tsx';
import { runFormWords } from './words.ts';

interface RunModalProps {
  /** Undefined: it is closed. */
  readonly dagId: string | undefined;
  /** A run whose params it begins with. */
  readonly from?: string | undefined;
  readonly onClose: () => void;
}

export function RunModal({ dagId, from, onClose }: RunModalProps) {
  const w = useWords(runFormWords);
  return (
    <Modal
      opened={dagId !== undefined && dagId !== ''}
      onClose={onClose}
      size="lg"
      title={dagId === undefined ? '' : w.title(dagId)}
    >
      {dagId !== undefined && dagId !== '' && (
        <RunForm dagId={dagId} from={from} onStarted={onClose} />
      )}
    </Modal>
  );
}

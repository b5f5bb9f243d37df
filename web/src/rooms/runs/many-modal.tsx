/** One action on many runs: which they are, how far it is, and what was refused. */
import { Alert, Button, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { useIsShown } from '../../app/is-shown.ts';
import { call } from '../../data/api.ts';
import { ApiProblem } from '../../data/api-problem.ts';
import { useWords } from '../../kit/words.ts';
import { Names } from '../run/names.tsx';
import { runsWords } from './words.ts';

interface ManyProps {
  readonly verb: 'cancel' | 'rerun';
  readonly runs: readonly RunView[];
  readonly onClose: () => void;
}

/** So many are asked for at a time. */
const atOnce = 4;

interface Done {
  readonly count: number;
  readonly refused: readonly string[];
}

export function ManyModal({ verb, runs: given, onClose }: ManyProps) {
  const w = useWords(runsWords);
  // What is chosen is not to change while it is done.
  const [runs] = useState(given);
  const [isBusy, setBusy] = useState(false);
  const isShown = useIsShown();
  const [done, setDone] = useState<Done>({ count: 0, refused: [] });
  const one = async (run: RunView): Promise<string | undefined> => {
    const named = { params: { runId: run.runId }, query: { namespace: run.namespace } };
    try {
      if (verb === 'cancel') await call('cancelRun', named);
      else await call('rerun', { ...named, body: { failedOnly: true, downstream: true } });
      return undefined;
    } catch (error) {
      const why = error instanceof ApiProblem ? (error.problem.detail ?? error.message) : error;
      return `${run.runId}: ${why}`;
    }
  };
  const all = async (): Promise<void> => {
    setBusy(true);
    const refused: string[] = [];
    // To close it is to stop it.
    for (let from = 0; from < runs.length && isShown(); from += atOnce) {
      const answers = await Promise.all(runs.slice(from, from + atOnce).map(one));
      for (const answer of answers) if (answer !== undefined) refused.push(answer);
      setDone({ count: Math.min(runs.length, from + atOnce), refused });
    }
    setBusy(false);
    if (refused.length === 0 && isShown()) onClose();
  };
  const isOver = done.count === runs.length && !isBusy;
  return (
    <Modal
      opened
      onClose={onClose}
      title={verb === 'cancel' ? w.cancelTitle(runs.length) : w.rerunTitle(runs.length)}
      closeButtonProps={{ 'aria-label': w.close }}
    >
      <Stack gap="sm">
        <Text size="sm">{verb === 'cancel' ? w.cancelHow : w.rerunHow}</Text>
        <Names names={runs.map(({ runId }) => runId)} />
        {done.count > 0 && (
          <Progress value={(done.count / runs.length) * 100} aria-label={w.progress} />
        )}
        {done.refused.length > 0 && (
          <Alert color="red" variant="light" title={w.refused(done.refused.length)}>
            <Names names={done.refused} />
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {isOver ? w.close : w.never}
          </Button>
          {!isOver && (
            <Button
              loading={isBusy}
              {...(verb === 'cancel' && { color: 'red' })}
              onClick={() => void all()}
            >
              {verb === 'cancel' ? w.cancelNow : w.rerunNow}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** How far a backfill is. */
import { Progress, Stack, Text } from '@mantine/core';
import type { BackfillView } from '../../../../src/model/views/backfill.ts';
import { shareOf } from '../../kit/form-amount.ts';
import { StateSign } from '../../kit/state.tsx';
import { useWords } from '../../kit/words.ts';
import { backfillsWords } from './words.ts';

const signs = { running: 'running', paused: 'paused', cancelled: 'cancelled', done: 'success' };

type StateProps = Pick<BackfillView, 'state' | 'failed'>;

export function BackfillState({ state, failed }: StateProps) {
  const w = useWords(backfillsWords);
  return (
    <span className="skein-state">
      <StateSign state={state === 'done' && failed > 0 ? 'failed' : signs[state]} />
      {w[state]}
    </span>
  );
}

export function BackfillBar({ row }: { readonly row: BackfillView }) {
  const w = useWords(backfillsWords);
  const { succeeded, failed, active, total, passedOver } = row;
  const share = (count: number): number => shareOf(count, total) * 100;
  const figures = w.figures(succeeded, failed, active);
  return (
    <Stack gap={2}>
      <Progress.Root size={8}>
        <Progress.Section
          value={share(succeeded)}
          color="var(--state-success)"
          aria-label={figures}
        />
        <Progress.Section value={share(failed)} color="var(--state-failed)" aria-label={figures} />
        <Progress.Section value={share(active)} color="var(--state-running)" aria-label={figures} />
      </Progress.Root>
      <Text size="xs" c="dimmed">
        {`${w.counts(succeeded + failed, total)} · ${figures}`}
        {passedOver > 0 && ` · ${w.passedOver(passedOver)}`}
      </Text>
    </Stack>
  );
}

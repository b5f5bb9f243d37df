/** Pause, resume, cancel. */
import type { BackfillView } from '../../../../src/model/views/backfill.ts';
import { call } from '../../data/api.ts';
import { ActButton, ConfirmButton } from '../../kit/confirm.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { useWords } from '../../kit/words.ts';
import { backfillsWords } from './words.ts';

export function BackfillActions({ row }: { readonly row: BackfillView }) {
  const w = useWords(backfillsWords);
  const { namespace } = usePrefs();
  const { backfillId, state } = row;
  const input = { params: { backfillId }, query: { namespace } };
  if (state === 'done' || state === 'cancelled') return null;
  return (
    <>
      {state === 'running' ? (
        <ActButton
          label={w.pause}
          name={`${w.pause} ${backfillId}`}
          done={w.pausedNow}
          onAct={() => call('pauseBackfill', input)}
        />
      ) : (
        <ActButton
          label={w.resume}
          name={`${w.resume} ${backfillId}`}
          done={w.resumedNow}
          onAct={() => call('resumeBackfill', input)}
        />
      )}
      <ConfirmButton
        label={w.cancel}
        name={`${w.cancel} ${backfillId}`}
        says={w.cancelSays}
        done={w.cancelledNow}
        danger
        onConfirm={() => call('cancelBackfill', input)}
      />
    </>
  );
}

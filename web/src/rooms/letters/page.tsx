/** Dead letters: why they could not start anything, what is in them, and another try. */
import { Checkbox, Code, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { DeadLetterRow } from '../../../../src/model/dead-letter.ts';
import { dagPath, Link } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { FindInput } from '../../kit/filters.tsx';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { RowActions, RowButton } from '../../kit/row-parts.tsx';
import { type Column, DataTable } from '../../kit/table.tsx';
import { PageHead } from '../../kit/table-page.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { replayText } from './letter-text.ts';
import { lettersWords } from './words.ts';

type Letter = DeadLetterRow;

export default function LettersPage() {
  const w = useWords(lettersWords);
  const { namespace } = usePrefs();
  const [{ q = '' }] = useSearchParams();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const all = useTable('letter').filter((row) => row.namespace === namespace);
  const letters = all.filter((row) => fits(row, q)).toSorted((left, right) => right.at - left.at);
  const picked = letters.filter(({ letterId }) => chosen.has(letterId));
  return (
    <Stack>
      <PageHead title={w.title} about={w.about} actions={<Settle letters={picked} isBulk />} />
      {all.length > 0 && <FindInput label={w.filter} />}
      <LetterTable
        letters={letters}
        empty={all.length === 0 ? w.empty : w.noMatch}
        chosen={chosen}
        onChoose={setChosen}
      />
    </Stack>
  );
}

interface LetterTableProps {
  readonly letters: readonly Letter[];
  readonly empty: string;
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

function LetterTable({ letters, empty, chosen, onChoose }: LetterTableProps) {
  const w = useWords(lettersWords);
  const f = useWords(formWords);
  const [{ letter: shown = '' }, change] = useSearchParams();
  return (
    <DataTable
      label={w.title}
      rows={letters}
      rowKey={({ letterId }) => letterId}
      empty={empty}
      isChosen={({ letterId }) => chosen.has(letterId)}
      columns={[
        useChoice(letters, chosen, onChoose),
        { id: 'at', name: w.at, width: 160, cell: ({ at }) => <Time at={at} /> },
        {
          id: 'dag',
          name: w.dag,
          cell: ({ dagId }) =>
            dagId === null ? (
              '–'
            ) : (
              <Link to={dagPath(dagId)} className="skein-name">
                {dagId}
              </Link>
            ),
        },
        { id: 'kind', name: w.kind, cell: ({ kind }) => w[kind] },
        {
          id: 'reason',
          name: w.reason,
          cell: (row) => (
            <>
              <Text size="sm" className="skein-name">
                {row.reason}
              </Text>
              {shown === row.letterId && (
                <Code block className="skein-mono" mah={320} style={{ overflow: 'auto' }}>
                  {replayText(row.replay)}
                </Code>
              )}
            </>
          ),
        },
        {
          id: 'actions',
          name: f.actions,
          right: true,
          cell: (row) => (
            <RowActions>
              <RowButton
                label={shown === row.letterId ? w.hide : w.show}
                name={`${shown === row.letterId ? w.hide : w.show} ${row.letterId}`}
                isOpen={shown === row.letterId}
                onClick={() => change({ letter: shown === row.letterId ? '' : row.letterId })}
              />
              <Settle letters={[row]} />
            </RowActions>
          ),
        },
      ]}
    />
  );
}

/** The column of boxes that choose letters, one by one or all that are shown. */
function useChoice(
  letters: readonly Letter[],
  chosen: ReadonlySet<string>,
  onChoose: (chosen: ReadonlySet<string>) => void,
): Column<Letter> {
  const f = useWords(formWords);
  const picked = letters.filter(({ letterId }) => chosen.has(letterId));
  const toggle = (rows: readonly Letter[], isOn: boolean): void => {
    const ids = rows.map(({ letterId }) => letterId);
    const others = [...chosen].filter((id) => !ids.includes(id));
    onChoose(new Set(isOn ? [...others, ...ids] : others));
  };
  return {
    id: 'choose',
    width: 36,
    name: (
      <Checkbox
        size="xs"
        aria-label={f.selectAll}
        checked={picked.length > 0 && picked.length === letters.length}
        indeterminate={picked.length > 0 && picked.length < letters.length}
        onChange={(event) => toggle(letters, event.currentTarget.checked)}
      />
    ),
    cell: (row) => (
      <Checkbox
        size="xs"
        aria-label={`${f.select} ${row.letterId}`}
        checked={chosen.has(row.letterId)}
        onChange={(event) => toggle([row], event.currentTarget.checked)}
      />
    ),
  };
}

const fits = ({ dagId, reason }: Letter, q: string): boolean =>
  `${dagId ?? ''} ${reason}`.toLowerCase().includes(q.toLowerCase());

interface SettleProps {
  readonly letters: readonly Letter[];
  readonly isBulk?: boolean;
}

/** One after the other, so that the order of the letters is that of their runs. */
async function settle(name: 'replayLetter' | 'dropLetter', letters: readonly Letter[]) {
  let firstRefusal: unknown;
  for (const { namespace, letterId } of letters.toSorted((a, b) => a.at - b.at)) {
    try {
      await call(name, { params: { letterId }, query: { namespace } });
    } catch (error) {
      firstRefusal ??= error;
    }
  }
  if (firstRefusal !== undefined) throw firstRefusal;
}

function Settle({ letters, isBulk = false }: SettleProps) {
  const w = useWords(lettersWords);
  const count = letters.length;
  if (count === 0) return null;
  const about = isBulk ? w.chosen(count) : (letters[0]?.letterId ?? '');
  return (
    <>
      {isBulk && (
        <Text size="sm" c="dimmed">
          {about}
        </Text>
      )}
      <ConfirmButton
        label={w.replay}
        name={`${w.replay} ${about}`}
        says={w.replaySays(count)}
        done={w.replayed(count)}
        onConfirm={() => settle('replayLetter', letters)}
      />
      <ConfirmButton
        label={w.drop}
        name={`${w.drop} ${about}`}
        says={w.dropSays(count)}
        done={w.dropped(count)}
        danger
        onConfirm={() => settle('dropLetter', letters)}
      />
    </>
  );
}

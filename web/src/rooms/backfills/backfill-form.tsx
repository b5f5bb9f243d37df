/** A new backfill: what it would start is counted first, then it is started. */
import {
  Alert,
  Button,
  Group,
  NumberInput,
  Select,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { useIsShown } from '../../app/is-shown.ts';
import { useGo } from '../../app/link.tsx';
import { type CallInput, call, type Reply } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { trusted } from '../../data/wire.ts';
import { FormDialog } from '../../kit/form.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { backfillPath } from './path.ts';
import { backfillsWords } from './words.ts';

type Body = NonNullable<CallInput<'startBackfill'>['body']>;
type Counted = Reply<'startBackfill'> & { readonly meanMs: number | undefined };

interface Values {
  readonly dagId: string;
  readonly from: string;
  readonly to: string;
  readonly direction: 'forward' | 'backward';
  readonly activeMax: number;
  readonly only: 'all' | 'missing' | 'failed';
  readonly params: string;
}

/** `2026-01-31` and `2026-01-31T06:00` are instants of UTC. */
export const instantOf = (text: string): string =>
  /Z|[+-]\d\d:\d\d$/.test(text)
    ? text
    : /T/.test(text)
      ? `${text}${/T\d\d:\d\d$/.test(text) ? ':00' : ''}Z`
      : `${text.trim()}T00:00:00Z`;

function bodyOf(values: Values, dryRun: boolean): Body {
  const { from, to, direction, activeMax, only } = values;
  const params = trusted<Body['params']>(paramsOf(values.params));
  return {
    ...{ from: instantOf(from), to: instantOf(to), direction, activeMax, only, dryRun },
    ...(params !== undefined && { params }),
  };
}

function paramsOf(text: string): object | undefined {
  if (text.trim() === '') return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error(text);
}

const isObject = (text: string): boolean => {
  try {
    paramsOf(text);
    return true;
  } catch {
    return false;
  }
};

/** How long runs of the DAG took lately. */
async function meanDuration(namespace: string, dag: string): Promise<number | undefined> {
  const query = { namespace, dag, state: 'success', limit: '20' };
  const { items } = await call('listRuns', { query });
  const known = items.flatMap(({ durationMs }) => durationMs ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, ms) => sum + ms, 0) / known.length;
}

interface BackfillFormProps {
  readonly dag: string;
  readonly onClose: () => void;
}

export function BackfillForm({ dag, onClose }: BackfillFormProps) {
  const w = useWords(backfillsWords);
  const go = useGo();
  const isShown = useIsShown();
  const { namespace } = usePrefs();
  const dags = useTable('dag').filter((row) => row.namespace === namespace);
  const [values, setValues] = useState<Values>({
    ...{ dagId: dag, from: '', to: '', direction: 'forward', activeMax: 4, only: 'all' },
    params: '',
  });
  const [counted, setCounted] = useState<Counted>();
  const [error, setError] = useState<unknown>();
  const set = (changes: Partial<Values>): void => {
    setValues((before) => ({ ...before, ...changes }));
    setCounted(undefined);
  };
  const input = (dryRun: boolean): CallInput<'startBackfill'> => ({
    params: { dagId: values.dagId },
    query: { namespace },
    body: bodyOf(values, dryRun),
  });
  const count = async (): Promise<void> => {
    setError(undefined);
    try {
      const reply = await call('startBackfill', input(true));
      setCounted({ ...reply, meanMs: await meanDuration(namespace, values.dagId) });
    } catch (refusal) {
      setError(refusal);
    }
  };
  const start = async (): Promise<void> => {
    const { backfillId } = await call('startBackfill', input(false));
    if (backfillId === null || !isShown()) return;
    onClose();
    go(backfillPath(backfillId));
  };
  const isReady = values.dagId !== '' && values.from !== '' && values.to !== '';
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={w.newOne}
      submit={w.start}
      done={w.started}
      disabled={!isReady || !isObject(values.params)}
      onSubmit={start}
    >
      <Select
        label={w.dag}
        searchable
        data={dags.map(({ dagId }) => dagId).sort()}
        value={values.dagId === '' ? null : values.dagId}
        onChange={(dagId) => set({ dagId: dagId ?? '' })}
      />
      <Fields values={values} set={set} />
      <Textarea
        label={w.params}
        autosize
        value={values.params}
        error={isObject(values.params) ? undefined : w.notJson}
        onChange={(event) => set({ params: event.currentTarget.value })}
      />
      {error !== undefined && <ProblemBox error={error} />}
      {counted !== undefined && <Count counted={counted} activeMax={values.activeMax} />}
      <Button variant="default" disabled={!isReady} onClick={() => void count()}>
        {w.count}
      </Button>
    </FormDialog>
  );
}

interface FieldsProps {
  readonly values: Values;
  readonly set: (changes: Partial<Values>) => void;
}

function Fields({ values, set }: FieldsProps) {
  const w = useWords(backfillsWords);
  const date = (key: 'from' | 'to') => ({
    label: w[key],
    description: w.zoneHint,
    value: values[key],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      set({ [key]: event.currentTarget.value }),
  });
  const directions = ['forward', 'backward'] as const;
  const choices = [
    { value: 'all', label: w.all },
    { value: 'missing', label: w.missing },
    { value: 'failed', label: w.onlyFailed },
  ] as const;
  return (
    <>
      <Group grow>
        <TextInput {...date('from')} />
        <TextInput {...date('to')} />
      </Group>
      <Group grow>
        <Select
          label={w.direction}
          allowDeselect={false}
          value={values.direction}
          data={directions.map((value) => ({ value, label: w[value] }))}
          onChange={(value) =>
            set({ direction: directions.find((it) => it === value) ?? 'forward' })
          }
        />
        <NumberInput
          label={w.activeMax}
          min={1}
          value={values.activeMax}
          onChange={(value) => set({ activeMax: Number(value) })}
        />
      </Group>
      <Select
        label={w.only}
        allowDeselect={false}
        value={values.only}
        data={choices.map((it) => ({ ...it }))}
        onChange={(value) =>
          set({ only: choices.find((it) => it.value === value)?.value ?? 'all' })
        }
      />
    </>
  );
}

interface CountProps {
  readonly counted: Counted;
  readonly activeMax: number;
}

const datesShown = 5;

function Count({ counted, activeMax }: CountProps) {
  const w = useWords(backfillsWords);
  const { total, passedOver, dates, meanMs } = counted;
  const eta =
    meanMs === undefined
      ? w.etaUnknown
      : w.etaOfForm(
          formatDuration((meanMs * total) / Math.min(activeMax, Math.max(1, total))),
          formatDuration(meanMs),
        );
  return (
    <Alert variant="light" color="cyan" role="status">
      <Text size="sm" fw={600}>
        {w.counted(total, passedOver)}
      </Text>
      {total > 0 && <Text size="sm">{eta}</Text>}
      {dates.length > 0 && (
        <Text size="xs" c="dimmed">
          {`${w.firstDates} ${dates.slice(0, datesShown).join(', ')}`}
        </Text>
      )}
    </Alert>
  );
}

/** A task that waits for a person: what it asks, and the answer. */
import {
  Alert,
  Button,
  Group,
  JsonInput,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useMemo, useState } from 'react';
import type { TaskDetailView } from '../../../../src/model/views/task.ts';
import { useAnswerOfAny } from '../../data/any-fact.ts';
import { call } from '../../data/api.ts';
import { trusted } from '../../data/wire.ts';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { useAct } from './act.tsx';
import { actionWords } from './action-words.ts';
import { useRun } from './use-run.ts';
import { runWords } from './words.ts';

export interface Field {
  readonly type: string;
  readonly default: unknown;
  readonly enum: readonly unknown[] | null;
}

type Values = Readonly<Record<string, unknown>>;
type Decision = NonNullable<NonNullable<Parameters<typeof call<'approve'>>[1]>['body']>;

export function ApprovalForm({ view }: { readonly view: TaskDetailView }) {
  const w = useWords(actionWords);
  const r = useWords(runWords);
  const { namespace, runId } = useRun();
  const { taskId, mapIndex } = view;
  // The greatest page that there is: one task alone cannot be asked for.
  const input = useMemo(() => ({ query: { namespace, limit: '1000' } }), [namespace]);
  const { data } = useAnswerOfAny('listApprovals', input);
  const asked = data?.items.find(
    (each) => each.runId === runId && each.taskId === taskId && each.mapIndex === mapIndex,
  );
  const [values, setValues] = useState<Values>({});
  const [note, setNote] = useState('');
  const { isBusy, error, run } = useAct();
  const decide = (verb: 'approve' | 'reject') => {
    const body = trusted<Decision>({
      mapIndex,
      note,
      ...(verb === 'approve' && Object.keys(values).length > 0 && { values }),
    });
    const named = { params: { runId, taskId }, query: { namespace }, body };
    void run(() => call(verb, named), verb === 'approve' ? w.approved : w.rejected);
  };
  return (
    <Alert
      color="yellow"
      variant="light"
      title={r.waitsForYou}
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      <Stack gap="xs">
        <Text size="sm" className="skein-name" style={{ overflowWrap: 'anywhere' }}>
          {asked?.message ?? ''}
        </Text>
        {Object.entries(asked?.fields ?? {}).map(([name, field]) => (
          <FieldInput
            key={name}
            name={name}
            field={field}
            value={values[name] ?? field.default}
            onChange={(value) => setValues((before) => ({ ...before, [name]: value }))}
          />
        ))}
        <TextInput
          size="xs"
          label={w.note}
          value={note}
          maxLength={1_000}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {error !== undefined && <ProblemBox error={error} />}
        <Group gap="xs">
          <Button size="xs" loading={isBusy} onClick={() => decide('approve')}>
            {w.approve}
          </Button>
          <Button size="xs" variant="default" loading={isBusy} onClick={() => decide('reject')}>
            {w.reject}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

interface FieldProps {
  readonly name: string;
  readonly field: Field;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

const text = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

function FieldInput({ name, field, value, onChange }: FieldProps) {
  const common = { size: 'xs', label: name } as const;
  if (field.enum !== null) {
    const data = field.enum.map(text);
    const choose = (chosen: string | null) =>
      onChange(field.enum?.find((each) => text(each) === chosen));
    return <Select {...common} data={data} value={text(value) || null} onChange={choose} />;
  }
  switch (field.type) {
    case 'boolean':
      return (
        <Switch
          {...common}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'integer':
    case 'number':
      return (
        <NumberInput
          {...common}
          allowDecimal={field.type === 'number'}
          value={typeof value === 'number' ? value : ''}
          onChange={(typed) => onChange(typeof typed === 'number' ? typed : null)}
        />
      );
    case 'string':
      return (
        <TextInput
          {...common}
          value={text(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    default:
      return <JsonField {...common} value={value} onChange={onChange} />;
  }
}

function JsonField(props: Omit<FieldProps, 'field' | 'name'> & { readonly label: string }) {
  const [typed, setTyped] = useState(() => JSON.stringify(props.value ?? null));
  const take = (next: string): void => {
    setTyped(next);
    try {
      props.onChange(JSON.parse(next));
    } catch {
      // Not JSON yet: the last that was stays the answer.
    }
  };
  return (
    <JsonInput size="xs" label={props.label} value={typed} onChange={take} validationError="JSON" />
  );
}

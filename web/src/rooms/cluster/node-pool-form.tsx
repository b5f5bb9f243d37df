/** The rules of a node pool, as a form. */
import { Group, NumberInput, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import type { NodePoolRow } from '../../../../src/model/node-pool.ts';
import { type CallInput, call } from '../../data/api.ts';
import { FormDialog } from '../../kit/form.tsx';
import { autofocus, NameInput } from '../../kit/form-name.tsx';
import { formWords } from '../../kit/form-words.ts';
import { useWords } from '../../kit/words.ts';
import { clusterWords } from './words.ts';

interface NodePoolFormProps {
  /** Undefined: a new one. */
  readonly row: NodePoolRow | undefined;
  readonly onClose: () => void;
}

interface Values {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly up: number;
  readonly down: number;
  readonly wait: string;
  readonly cooldown: string;
  readonly kind: NodePoolRow['provider']['kind'];
  readonly program: string;
  readonly args: string;
  readonly k8sNamespace: string;
  readonly statefulSet: string;
}

function valuesOf(row: NodePoolRow | undefined): Values {
  const provider = row?.provider ?? ({ kind: 'local-process' } as const);
  const isCommand = provider.kind === 'command';
  const isK8s = provider.kind === 'kubernetes';
  const wait = row === undefined ? 60_000 : row.waitMsMax;
  return {
    name: row?.name ?? '',
    min: row?.min ?? 0,
    max: row?.max ?? 3,
    up: row?.up ?? 80,
    down: row?.down ?? 30,
    wait: wait === null ? '' : formatDuration(wait),
    cooldown: formatDuration(row?.cooldownMs ?? 120_000),
    kind: provider.kind,
    program: isCommand ? provider.program : '',
    args: isCommand ? provider.args.join('\n') : '',
    k8sNamespace: isK8s ? provider.namespace : 'default',
    statefulSet: isK8s ? provider.statefulSet : '',
  };
}

type Body = NonNullable<CallInput<'putNodePool'>['body']>;

function providerOf(values: Values): Body['provider'] {
  switch (values.kind) {
    case 'local-process':
      return { kind: 'local-process' };
    case 'command': {
      const args = values.args.split('\n').filter((line) => line !== '');
      return { kind: 'command', program: values.program, args };
    }
    case 'kubernetes':
      return {
        kind: 'kubernetes',
        namespace: values.k8sNamespace,
        statefulSet: values.statefulSet,
      };
  }
}

const kinds: readonly Values['kind'][] = ['local-process', 'command', 'kubernetes'];

export function NodePoolForm({ row, onClose }: NodePoolFormProps) {
  const w = useWords(clusterWords);
  const f = useWords(formWords);
  const [values, setValues] = useState(() => valuesOf(row));
  const set = (changes: Partial<Values>): void =>
    setValues((before) => ({ ...before, ...changes }));
  const number = (key: 'min' | 'max' | 'up' | 'down') => ({
    label: w[key],
    min: 0,
    value: values[key],
    onChange: (value: number | string) => set({ [key]: Number(value) }),
  });
  const text = (key: 'wait' | 'cooldown' | 'program' | 'k8sNamespace' | 'statefulSet') => ({
    label: w[key],
    value: values[key],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      set({ [key]: event.currentTarget.value }),
  });
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={row === undefined ? w.newPool : w.editPool(row.name)}
      submit={f.save}
      done={w.poolSaved(values.name)}
      disabled={values.name.trim() === ''}
      onSubmit={() =>
        call('putNodePool', {
          params: { name: values.name },
          body: {
            ...{ min: values.min, max: values.max, up: values.up, down: values.down },
            wait: values.wait.trim() === '' ? null : values.wait.trim(),
            cooldown: values.cooldown.trim(),
            provider: providerOf(values),
          },
        })
      }
    >
      <NameInput
        label={w.name}
        name={values.name}
        isNew={row === undefined}
        onChange={(name) => set({ name })}
      />
      <Group grow>
        <NumberInput {...number('min')} {...autofocus(row !== undefined)} />
        <NumberInput {...number('max')} />
      </Group>
      <Group grow>
        <NumberInput {...number('up')} suffix=" %" />
        <NumberInput {...number('down')} suffix=" %" />
      </Group>
      <TextInput {...text('wait')} />
      <TextInput {...text('cooldown')} />
      <Select
        label={w.provider}
        data={[...kinds]}
        value={values.kind}
        allowDeselect={false}
        onChange={(kind) => {
          const known = kinds.find((it) => it === kind);
          if (known !== undefined) set({ kind: known });
        }}
      />
      {values.kind === 'command' && (
        <>
          <TextInput {...text('program')} />
          <Textarea
            label={w.args}
            autosize
            value={values.args}
            onChange={(event) => set({ args: event.currentTarget.value })}
          />
        </>
      )}
      {values.kind === 'kubernetes' && (
        <>
          <TextInput {...text('k8sNamespace')} />
          <TextInput {...text('statefulSet')} />
        </>
      )}
    </FormDialog>
  );
}

/** One param as a field, by its type and limits. */
import { Select, Switch, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ParamSpec } from '../../../../src/model/dag.ts';
import { useWords } from '../../kit/words.ts';
import type { FieldValue } from './values.ts';
import { runFormWords } from './words.ts';

interface ParamFieldProps {
  readonly name: string;
  readonly spec: ParamSpec;
  readonly value: FieldValue;
  readonly error: string | undefined;
  readonly onChange: (value: FieldValue) => void;
}

export function ParamField({ name, spec, value, error, onChange }: ParamFieldProps) {
  const hint = useHint(spec);
  const common = {
    label: <bdi>{name}</bdi>,
    description: hint === '' ? undefined : <bdi>{hint}</bdi>,
    error,
    size: 'sm',
  } as const;
  if (typeof value === 'boolean') {
    return (
      <Switch
        {...common}
        checked={value}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (spec.enum !== null) {
    const data = spec.enum.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
    return (
      <Select
        {...common}
        data={data}
        value={value === '' ? null : value}
        clearable={spec.nullable === true}
        allowDeselect={spec.nullable === true}
        onChange={(chosen) => onChange(chosen ?? '')}
      />
    );
  }
  const isRequired = spec.default === null && spec.nullable !== true;
  if (spec.type === 'array' || spec.type === 'object' || isLong(value)) {
    return (
      <Textarea
        {...common}
        autosize
        minRows={2}
        maxRows={12}
        className="skein-mono"
        withAsterisk={isRequired}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      {...common}
      withAsterisk={isRequired}
      type={spec.type === 'date' ? 'date' : 'text'}
      inputMode={spec.type === 'integer' || spec.type === 'number' ? 'decimal' : undefined}
      placeholder={spec.type === 'datetime' ? '2026-01-31T03:00:00Z' : undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

const isLong = (value: string): boolean => value.length > 80 || value.includes('\n');

function useHint(spec: ParamSpec): string {
  const w = useWords(runFormWords);
  const { description, minimum, maximum, pattern } = spec;
  const parts: ReactNode[] = [description, spec.type];
  if (minimum !== undefined || maximum !== undefined) {
    parts.push(w.range(String(minimum ?? ''), String(maximum ?? '')));
  }
  if (pattern !== undefined) parts.push(w.likePattern(pattern));
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

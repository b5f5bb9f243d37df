/** Fields for typed values: of an approval's form, of the params of a backfill. */
import { Select, Stack, Textarea, TextInput } from '@mantine/core';
import { enumText, parseValue, type ValueSpec, valueText } from './form-values.ts';
import { formWords } from './form-words.ts';
import { useWords } from './words.ts';

interface ValueFieldsProps {
  readonly specs: Readonly<Record<string, ValueSpec>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly onChange: (name: string, text: string) => void;
}

export const valueTexts = (specs: ValueFieldsProps['specs']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, valueText(spec)]));

export function ValueFields({ specs, texts, onChange }: ValueFieldsProps) {
  return (
    <Stack gap="xs">
      {Object.entries(specs).map(([name, spec]) => (
        <ValueField
          key={name}
          name={name}
          spec={spec}
          text={texts[name] ?? ''}
          onChange={(text) => onChange(name, text)}
        />
      ))}
    </Stack>
  );
}

interface ValueFieldProps {
  readonly name: string;
  readonly spec: ValueSpec;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

function ValueField({ name, spec, text, onChange }: ValueFieldProps) {
  const f = useWords(formWords);
  const parsed = parseValue(spec, text);
  const label = <bdi>{name}</bdi>;
  const choices =
    spec.type === 'boolean' && spec.enum === null ? ['true', 'false'] : spec.enum?.map(enumText);
  if (choices !== undefined) {
    return (
      <Select
        label={label}
        description={spec.type}
        data={[...new Set(choices)]}
        value={text === '' ? null : text}
        clearable
        onChange={(value) => onChange(value ?? '')}
      />
    );
  }
  const said = {
    label,
    description: spec.type,
    value: text,
    error: parsed.ok ? undefined : f[parsed.why],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange(event.currentTarget.value),
  };
  return spec.type === 'array' || spec.type === 'object' || spec.type === 'json' ? (
    <Textarea {...said} autosize minRows={2} />
  ) : (
    <TextInput {...said} />
  );
}

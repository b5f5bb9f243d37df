/**
 * A connection as a form. Secrets are written and never read: they stand in their fields alone, not
 * in the state of the page nor in its HTML, and are gone with the dialog.
 */
import { Alert, PasswordInput, Select, SimpleGrid, Text, Textarea, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { type ConnectionKind, connectionKinds } from '../../../../src/model/connection.ts';
import type { ConnectionView } from '../../../../src/model/views/connections.ts';
import { call } from '../../data/api.ts';
import { FormDialog } from '../../kit/form.tsx';
import { autofocus, NameInput } from '../../kit/form-name.tsx';
import { formWords } from '../../kit/form-words.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { useWords } from '../../kit/words.ts';
import { pairsOf } from './uses.ts';
import { connectionsWords } from './words.ts';

const isKind = (name: string | null): name is ConnectionKind =>
  name !== null && Object.hasOwn(connectionKinds, name);

interface ConnectionFormProps {
  readonly row: ConnectionView | undefined;
  readonly onClose: () => void;
}

/** Fields under their names, and those that this kind does not list, as lines. */
const splitFields = (row: ConnectionView | undefined, known: readonly string[]): string =>
  Object.entries(row?.fields ?? {})
    .filter(([name]) => !known.includes(name))
    .map(([name, text]) => `${name}=${text}`)
    .join('\n');

const filled = (all: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(all).filter(([, text]) => text !== ''));

export function ConnectionForm({ row, onClose }: ConnectionFormProps) {
  const w = useWords(connectionsWords);
  const f = useWords(formWords);
  const { namespace } = usePrefs();
  const [name, setName] = useState(row?.name ?? '');
  const [kind, setKind] = useState<ConnectionKind>(row?.kind ?? 'postgres');
  const [description, setDescription] = useState(row?.description ?? '');
  const { open, secret }: { open: readonly string[]; secret: readonly string[] } =
    connectionKinds[kind];
  const [fields, setFields] = useState<Readonly<Record<string, string>>>(row?.fields ?? {});
  const [more, setMore] = useState(() => splitFields(row, open));
  const secrets = useRef<Record<string, string>>({});
  const moreSecrets = useRef('');
  const setSecret = (key: string) => (text: string) => {
    secrets.current[key] = text;
  };
  const setMoreSecret = (text: string) => {
    moreSecrets.current = text;
  };
  const save = (): Promise<unknown> => {
    const known = Object.fromEntries(open.map((key) => [key, fields[key] ?? '']));
    const sealed = Object.fromEntries(secret.map((key) => [key, secrets.current[key] ?? '']));
    return call('putConnection', {
      params: { name },
      query: { namespace },
      body: {
        kind,
        description,
        fields: filled({ ...known, ...pairsOf(more) }),
        secrets: filled({ ...sealed, ...pairsOf(moreSecrets.current) }),
      },
    });
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={row === undefined ? w.newOne : w.editOne(row.name)}
      submit={f.save}
      done={w.saved(name)}
      disabled={name.trim() === ''}
      size="lg"
      onSubmit={save}
    >
      <NameInput label={w.name} name={name} isNew={row === undefined} onChange={setName} />
      <Select
        label={w.kind}
        data={Object.keys(connectionKinds)}
        value={kind}
        allowDeselect={false}
        searchable
        onChange={(value) => isKind(value) && setKind(value)}
      />
      <TextInput
        label={w.description}
        {...autofocus(row !== undefined)}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <OpenFields names={open} values={fields} onChange={setFields} />
      {kind === 'generic' && (
        <Textarea
          label={w.moreFields}
          value={more}
          autosize
          onChange={(event) => setMore(event.currentTarget.value)}
        />
      )}
      {row !== undefined && row.secrets.length > 0 && (
        <Alert variant="light" color="yellow">
          {w.secretsAgain(row.secrets.join(', '))}
        </Alert>
      )}
      {secret.map((key) => (
        <SecretField key={`${kind}/${key}`} label={key} onChange={setSecret(key)} />
      ))}
      {(kind === 'generic' || secret.length === 0) && (
        <SecretField label={w.moreSecret} onChange={setMoreSecret} />
      )}
      <Text size="xs" c="dimmed">
        {w.secretsHint}
      </Text>
    </FormDialog>
  );
}

interface OpenFieldsProps {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (values: Readonly<Record<string, string>>) => void;
}

function OpenFields({ names, values, onChange }: OpenFieldsProps) {
  return (
    <SimpleGrid cols={2} spacing="sm" verticalSpacing="xs">
      {names.map((key) => (
        <TextInput
          key={key}
          label={key}
          value={values[key] ?? ''}
          onChange={(event) => onChange({ ...values, [key]: event.currentTarget.value })}
        />
      ))}
    </SimpleGrid>
  );
}

interface SecretFieldProps {
  readonly label: string;
  readonly onChange: (text: string) => void;
}

/** Has no value of its own state: what is typed stands in the field and in nobody's properties. */
function SecretField({ label, onChange }: SecretFieldProps) {
  return (
    <PasswordInput
      label={label}
      defaultValue=""
      autoComplete="new-password"
      placeholder="••••"
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

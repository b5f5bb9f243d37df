/** The form of one task: each field is a key of the text, written when the field is left. */
import {
  ActionIcon,
  Group,
  MultiSelect,
  Select,
  SimpleGrid,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { useTable } from '../../data/hooks.ts';
import { ConfirmButton } from '../../kit/confirm.tsx';
import { Icon } from '../../kit/icons.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { useWords } from '../../kit/words.ts';
import { deleteTasks, renameTask, setTaskKey, type TextModel, type TextTask } from './dag-text.ts';
import { longKeys, ownKeys, runsOnNode, taskTypes, triggerRules } from './task-types.ts';
import { editorWords } from './words.ts';

interface TaskFormProps {
  readonly model: TextModel;
  readonly task: TextTask;
  readonly text: string;
  readonly isReadable: boolean;
  readonly onEdit: (text: string | undefined) => void;
  readonly onSelect: (id: string | null) => void;
}

type Words = typeof editorWords.en;
type Label = keyof Words & string;

const isLabel = (key: string): key is Label => Object.hasOwn(editorWords.en, key);

export function TaskForm({ model, task, text, isReadable, onEdit, onSelect }: TaskFormProps) {
  const w = useWords(editorWords);
  const set = (key: string, value: unknown): void =>
    onEdit(setTaskKey(text, { path: task.path, key }, value === '' ? undefined : value));
  const own = ownKeys[task.type] ?? [];
  const short = own.filter((key) => !longKeys.has(key));
  const name = task.path.at(-1) ?? task.id;
  const rename = (after: string): void => {
    if (after === '' || after === name) return;
    onEdit(renameTask(text, task.id, after));
    onSelect(task.group === null ? after : `${task.group}.${after}`);
  };
  return (
    <section className="skein-editor-form" aria-label={w.task(task.id)}>
      <fieldset disabled={!isReadable} style={{ border: 0, margin: 0, padding: 0 }}>
        <FormHead task={task} text={text} onEdit={onEdit} onSelect={onSelect} />
        <SimpleGrid cols={2} spacing="xs" verticalSpacing={6}>
          <WrittenField label={w.name} value={name} onWrite={rename} />
          <Select
            size="xs"
            label={w.type}
            searchable
            allowDeselect={false}
            data={[...new Set([...taskTypes, task.type])]}
            value={task.type}
            onChange={(type) => type !== null && set('type', type)}
          />
        </SimpleGrid>
        {own
          .filter((key) => longKeys.has(key))
          .map((key) => (
            <WrittenField
              key={`${task.type}/${key}`}
              label={labelOf(w, key)}
              value={shown(task.value[key])}
              isLong
              onWrite={(after) => set(key, after)}
            />
          ))}
        <MultiSelect
          size="xs"
          mt={6}
          label={w.dependsOn}
          searchable
          data={namesFor(model, task)}
          value={[...task.dependsOn]}
          onChange={(names) => set('dependsOn', names.length === 0 ? undefined : names)}
        />
        <SimpleGrid cols={3} spacing="xs" verticalSpacing={6} mt={6}>
          {short.map((key) => (
            <WrittenField
              key={`${task.type}/${key}`}
              label={labelOf(w, key)}
              value={shown(task.value[key])}
              onWrite={(after) => set(key, after)}
            />
          ))}
          <Select
            size="xs"
            label={w.triggerRule}
            data={triggerRules}
            value={shown(task.value.triggerRule) || null}
            placeholder="all_success"
            clearable
            onChange={(rule) => set('triggerRule', rule ?? undefined)}
          />
          {!short.includes('condition') && (
            <WrittenField
              label={w.condition}
              value={shown(task.value.condition)}
              onWrite={(after) => set('condition', after)}
            />
          )}
          {runsOnNode(task.type) && <WorkFields task={task} set={set} />}
        </SimpleGrid>
      </fieldset>
    </section>
  );
}

const labelOf = (w: { readonly [K in Label]: unknown }, key: string): string => {
  const label = isLabel(key) ? w[key] : key;
  return typeof label === 'string' ? label : key;
};

/** Siblings by their own names; everything else by its id. */
function namesFor(model: TextModel, task: TextTask): readonly string[] {
  const inside = task.group === null ? '' : `${task.group}.`;
  const ids = [...model.tasks, ...model.groups].map(({ id }) => id).filter((id) => id !== task.id);
  const names = ids.map((id) =>
    inside !== '' && id.startsWith(inside) ? id.slice(inside.length) : id,
  );
  return [...new Set([...names, ...task.dependsOn])];
}

const shown = (value: unknown): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

type FormHeadProps = Pick<TaskFormProps, 'task' | 'text' | 'onEdit' | 'onSelect'>;

function FormHead({ task, text, onEdit, onSelect }: FormHeadProps) {
  const w = useWords(editorWords);
  return (
    <Group justify="space-between" wrap="nowrap" mb={4}>
      <Text fw={600} size="sm" className="skein-name" truncate>
        {w.task(task.id)}
      </Text>
      <Group gap={6} wrap="nowrap">
        <ConfirmButton
          label={w.remove}
          says={w.removeSays}
          done={w.removed(task.id)}
          danger
          onConfirm={async () => {
            onEdit(deleteTasks(text, [task.id]));
            onSelect(null);
          }}
        />
        <ActionIcon variant="subtle" aria-label={w.close} onClick={() => onSelect(null)}>
          <Icon name="close" size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}

interface WorkFieldsProps {
  readonly task: TextTask;
  readonly set: (key: string, value: unknown) => void;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const numberOr = (text: string): number | string => {
  const value = Number(text);
  return text !== '' && Number.isFinite(value) ? value : text;
};

function WorkFields({ task, set }: WorkFieldsProps) {
  const w = useWords(editorWords);
  const { namespace } = usePrefs();
  const pools = useTable('pool').filter((row) => row.namespace === namespace);
  const resources = isMap(task.value.resources) ? task.value.resources : {};
  const setAmount = (name: 'cpu' | 'memory', after: string): void => {
    const { [name]: _, ...rest } = resources;
    const all = after === '' ? rest : { ...rest, [name]: numberOr(after) };
    set('resources', Object.keys(all).length === 0 ? undefined : all);
  };
  const numbers = ['retries', 'poolSlots', 'priority'] as const;
  const texts = ['retryDelay', 'timeout', 'nodePool', 'queue'] as const;
  const pool = shown(task.value.pool);
  return (
    <>
      {numbers.slice(0, 1).map((key) => (
        <WrittenField
          key={key}
          label={w[key]}
          value={shown(task.value[key])}
          onWrite={(after) => set(key, numberOr(after))}
        />
      ))}
      {texts.slice(0, 2).map((key) => (
        <WrittenField
          key={key}
          label={w[key]}
          value={shown(task.value[key])}
          placeholder="5m"
          onWrite={(after) => set(key, after)}
        />
      ))}
      <WrittenField
        label={w.cpu}
        value={shown(resources.cpu)}
        placeholder="0.25"
        onWrite={(after) => setAmount('cpu', after)}
      />
      <WrittenField
        label={w.memory}
        value={shown(resources.memory)}
        placeholder="128Mi"
        onWrite={(after) => setAmount('memory', after)}
      />
      <Select
        size="xs"
        label={w.pool}
        clearable
        searchable
        data={[...new Set([...pools.map(({ name }) => name), ...(pool === '' ? [] : [pool])])]}
        value={pool === '' ? null : pool}
        onChange={(name) => set('pool', name ?? undefined)}
      />
      {numbers.slice(1).map((key) => (
        <WrittenField
          key={key}
          label={w[key]}
          value={shown(task.value[key])}
          onWrite={(after) => set(key, numberOr(after))}
        />
      ))}
      {texts.slice(2).map((key) => (
        <WrittenField
          key={key}
          label={w[key]}
          value={shown(task.value[key])}
          onWrite={(after) => set(key, after)}
        />
      ))}
    </>
  );
}

interface WrittenFieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly isLong?: boolean;
  readonly onWrite: (after: string) => void;
}

/** Written when it is left, or with Enter; a text that changes elsewhere is shown. */
function WrittenField({ label, value, placeholder, isLong = false, onWrite }: WrittenFieldProps) {
  const [typed, setTyped] = useState<string>();
  const write = (): void => {
    if (typed !== undefined && typed !== value) onWrite(typed);
    setTyped(undefined);
  };
  const said = {
    ...{ label, value: typed ?? value, size: 'xs' },
    ...(placeholder !== undefined && { placeholder }),
    onBlur: write,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      setTyped(event.currentTarget.value),
  };
  if (isLong) {
    return <Textarea {...said} autosize minRows={2} maxRows={8} mt={6} className="skein-mono" />;
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') write();
  };
  return <TextInput {...said} onKeyDown={onKeyDown} />;
}

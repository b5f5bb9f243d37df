/** The definition of a DAG, to read and to copy. */
import { Button, CopyButton, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useSearchParams } from '../../app/search.ts';
import { useWords } from '../../kit/words.ts';
import { CodeView } from './code-view.tsx';
import { definitionText } from './definition-text.ts';
import { sourceWords } from './source-words.ts';
import type { TabProps } from './tab-props.ts';

export default function SourceTab({ dag }: TabProps) {
  const w = useWords(sourceWords);
  const [search, change] = useSearchParams();
  const kind = search.as === 'json' ? 'json' : 'yaml';
  const text = useMemo(
    () => definitionText(dag.dagId, dag.spec, kind),
    [dag.dagId, dag.spec, kind],
  );
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <FormatChoice kind={kind} onChange={(as) => change({ as })} />
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? w.copied : w.copy}
            </Button>
          )}
        </CopyButton>
        <Text size="xs" c="dimmed">
          {w.note}
        </Text>
      </Group>
      <CodeView text={text} kind={kind} label={w.source(dag.dagId)} />
    </Stack>
  );
}

interface FormatChoiceProps {
  readonly kind: 'yaml' | 'json';
  /** '' is the usual one. */
  readonly onChange: (kind: string) => void;
}

export function FormatChoice({ kind, onChange }: FormatChoiceProps) {
  const w = useWords(sourceWords);
  return (
    <SegmentedControl
      size="xs"
      aria-label={w.format}
      value={kind}
      onChange={(value) => onChange(value === 'yaml' ? '' : value)}
      data={[
        { value: 'yaml', label: 'YAML' },
        { value: 'json', label: 'JSON' },
      ]}
    />
  );
}

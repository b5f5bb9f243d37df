/** Tries a connection, and says what came of it beside the button. */
import { Button, Popover, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { call, type Reply } from '../../data/api.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { connectionsWords } from './words.ts';

type Result =
  | { readonly kind: 'none' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'answer'; readonly answer: Reply<'testConnection'> }
  | { readonly kind: 'refused'; readonly error: unknown };

export function TestButton({ name }: { readonly name: string }) {
  const w = useWords(connectionsWords);
  const { namespace } = usePrefs();
  const [result, setResult] = useState<Result>({ kind: 'none' });
  const run = async (): Promise<void> => {
    setResult({ kind: 'busy' });
    try {
      const answer = await call('testConnection', { params: { name }, query: { namespace } });
      setResult({ kind: 'answer', answer });
    } catch (error) {
      setResult({ kind: 'refused', error });
    }
  };
  return (
    <Popover
      opened={result.kind === 'answer' || result.kind === 'refused'}
      onChange={(opened) => !opened && setResult({ kind: 'none' })}
      width={320}
      withArrow
      position="bottom-end"
    >
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="default"
          fw={500}
          aria-label={`${w.test} ${name}`}
          loading={result.kind === 'busy'}
          onClick={() => void run()}
        >
          {w.test}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {result.kind === 'refused' && <ProblemBox error={result.error} />}
        {result.kind === 'answer' && <Answer answer={result.answer} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Answer({ answer }: { readonly answer: Reply<'testConnection'> }) {
  const w = useWords(connectionsWords);
  const { reached, tookMs, detail } = answer;
  const tone = reached === null ? 'pending' : reached ? 'success' : 'failed';
  const text = reached === null ? w.notTried : reached ? w.reached : w.notReached;
  return (
    <Stack gap={4} role="status">
      <Text size="sm" fw={600} c={`var(--state-${tone})`}>
        {`${reached === true ? '✓' : reached === false ? '✗' : '–'} ${text} `}
        {reached !== null && w.took(formatDuration(tookMs))}
      </Text>
      <Text size="sm" className="skein-name">
        {detail}
      </Text>
      <Text size="xs" c="dimmed">
        {w.testing}
      </Text>
    </Stack>
  );
}

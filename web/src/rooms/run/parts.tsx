/** Small parts of the run's page. */
import { Center, Loader, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from '../../kit/icons.tsx';
import { useWords } from '../../kit/words.ts';
import { runWords } from './words.ts';

export function Chip({ tone, children }: { readonly tone?: 'warn'; readonly children: ReactNode }) {
  return (
    <span className="skein-chip" data-tone={tone}>
      {tone === 'warn' && <Icon name="alert" size={12} />}
      {children}
    </span>
  );
}

export function Part({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <Stack gap={4}>
      <Title order={3} size="xs" c="dimmed" fw={600}>
        {title}
      </Title>
      {children}
    </Stack>
  );
}

export function Json({ value }: { readonly value: unknown }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return (
    <pre
      className="skein-code"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys.
      tabIndex={0}
    >
      {text}
    </pre>
  );
}

export function Loading() {
  const w = useWords(runWords);
  return (
    <Center mih={200} aria-busy="true">
      <Loader size="sm" mr="xs" />
      <Text c="dimmed">{w.loading}</Text>
    </Center>
  );
}

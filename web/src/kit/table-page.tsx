/** The head of a page of tables: its name, its tabs (which stand in the address), its actions. */
import { Group, Stack, Tabs, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSearchParams } from '../app/search.ts';

interface PageHeadProps {
  readonly title: ReactNode;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
}

export function PageHead({ title, about, actions }: PageHeadProps) {
  return (
    <Group justify="space-between" align="flex-start" wrap="wrap" gap="xs">
      <Stack gap={2}>
        <Title order={1} size="h3">
          {title}
        </Title>
        {about !== undefined && (
          <Text size="sm" c="dimmed">
            {about}
          </Text>
        )}
      </Stack>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}

export interface PageTab {
  readonly id: string;
  readonly name: string;
  readonly view: () => ReactNode;
}

/** The first tab is the one of an address that names none. */
export function PageTabs({ tabs, label }: { readonly tabs: readonly PageTab[]; label: string }) {
  const [search, change] = useSearchParams();
  const first = tabs[0]?.id ?? '';
  const shown = tabs.find(({ id }) => id === search.tab) ?? tabs[0];
  return (
    <Tabs
      value={shown?.id ?? null}
      onChange={(id) => change({ tab: id === null || id === first ? '' : id }, 'push')}
      keepMounted={false}
    >
      <Tabs.List aria-label={label}>
        {tabs.map(({ id, name }) => (
          <Tabs.Tab key={id} value={id}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ id, view }) => (
        <Tabs.Panel key={id} value={id} pt="md">
          {id === shown?.id ? view() : null}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

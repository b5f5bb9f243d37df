/** What is around every page: navigation, search, choices of the reader, and how the cluster is. */
import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  Kbd,
  Menu,
  NavLink,
  Select,
  Text,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useLocation } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTable } from '../data/hooks.ts';
import { Icon } from '../kit/icons.tsx';
import { usePrefs } from '../kit/prefs.tsx';
import { useWords } from '../kit/words.ts';
import { HealthLine } from './health-line.tsx';
import { useGo } from './link.tsx';
import { openPalette, Palette } from './palette.tsx';
import { rooms } from './rooms.ts';
import { appWords } from './words.ts';

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const w = useWords(appWords);
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className="skein-skip" href="#content">
        {w.skip}
      </a>
      <AppShell.Header px="sm">
        <Group h="100%" gap="sm" wrap="nowrap">
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={w.menu} />
          <img src="/skein.svg" width="26" height="26" alt="" />
          <Text fw={700}>Skein</Text>
          <Button
            variant="default"
            size="compact-md"
            ml="md"
            fw={400}
            c="dimmed"
            onClick={openPalette}
            leftSection={<Icon name="search" size={14} />}
            rightSection={<Kbd size="xs">⌘K</Kbd>}
            visibleFrom="xs"
          >
            {w.search}
          </Button>
          <Group gap="xs" ml="auto" wrap="nowrap">
            <NamespaceSelect />
            <Choices />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation onGo={close} />
        <HealthLine />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Suspense fallback={<Text c="dimmed">{w.loading}</Text>}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
      <Palette />
    </AppShell>
  );
}

function Navigation({ onGo }: { readonly onGo: () => void }) {
  const w = useWords(appWords);
  const go = useGo();
  const { pathname } = useLocation();
  const isAt = (path: string): boolean =>
    path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`);
  return (
    <AppShell.Section grow component="nav" style={{ overflowY: 'auto' }}>
      {rooms.map(({ path, name }) =>
        name === undefined ? null : (
          <NavLink
            key={path}
            href={path}
            label={w[name]}
            leftSection={<Icon name={name} />}
            py={6}
            active={isAt(path)}
            aria-current={isAt(path) ? 'page' : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              onGo();
              go(path);
            }}
          />
        ),
      )}
    </AppShell.Section>
  );
}

function NamespaceSelect() {
  const w = useWords(appWords);
  const { namespace, change } = usePrefs();
  const dags = useTable('dag');
  const rows = useTable('namespace');
  const names = new Set(['default', namespace]);
  for (const dag of dags) names.add(dag.namespace);
  for (const row of rows) names.add(row.namespace);
  return (
    <Select
      size="xs"
      w={140}
      aria-label={w.namespace}
      data={[...names].sort()}
      value={namespace}
      allowDeselect={false}
      onChange={(value) => value !== null && change({ namespace: value })}
    />
  );
}

function Choices() {
  const w = useWords(appWords);
  const { language, clock, change } = usePrefs();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const mark = (chosen: boolean) => (chosen ? <Icon name="approvals" size={14} /> : undefined);
  const schemes = [
    ['auto', w.auto],
    ['light', w.light],
    ['dark', w.dark],
  ] as const;
  const clocks = [
    ['local', w.local],
    ['utc', w.utc],
    ['dag', w.dagZone],
  ] as const;
  const languages = [
    ['en', 'English'],
    ['zh', '中文'],
  ] as const;
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false} width={200}>
      <Menu.Target>
        <ActionIcon variant="default" aria-label={`${w.appearance}, ${w.clock}, ${w.language}`}>
          <Icon name={colorScheme === 'dark' ? 'moon' : 'sun'} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{w.appearance}</Menu.Label>
        {schemes.map(([value, label]) => (
          <Menu.Item
            key={value}
            onClick={() => setColorScheme(value)}
            rightSection={mark(colorScheme === value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Label>{w.clock}</Menu.Label>
        {clocks.map(([value, label]) => (
          <Menu.Item
            key={value}
            onClick={() => change({ clock: value })}
            rightSection={mark(clock === value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Label>{w.language}</Menu.Label>
        {languages.map(([value, label]) => (
          <Menu.Item
            key={value}
            onClick={() => change({ language: value })}
            rightSection={mark(language === value)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function NotFound() {
  const w = useWords(appWords);
  return <Text>{w.notFound}</Text>;
}

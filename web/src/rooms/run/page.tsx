/** One run: its graph, timeline, history and logs, live or as they stood at any log index. */
import { Box, Group, Stack, Tabs } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import './run.css';
import { lateCode } from '../../app/late-code.ts';
import { useNamespace } from '../../app/namespace.ts';
import { useSearchParams } from '../../app/search.ts';
import type { Follower } from '../../data/follower.ts';
import { useRunFollower } from '../../data/hooks.ts';
import { DagZone, zoneOf } from '../../kit/dag-zone.ts';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { RunHeader } from './header.tsx';
import { Loading } from './parts.tsx';
import { TimeSlider } from './slider.tsx';
import { TaskPanel } from './task-panel.tsx';
import { ForecastContext, useForecastOf } from './use-forecast.ts';
import { RunContext, type SeenRun, useFollowedRun } from './use-run.ts';
import { runWords } from './words.ts';

const GraphTab = lazy(() => lateCode(() => import('./graph-tab.tsx')));
const TimelineTab = lazy(() => lateCode(() => import('./timeline-tab.tsx')));
const TasksTab = lazy(() => lateCode(() => import('./tasks-tab.tsx')));
const EventsTab = lazy(() => lateCode(() => import('./events-tab.tsx')));
const LogsTab = lazy(() => lateCode(() => import('./logs-tab.tsx')));
const CompareTab = lazy(() => lateCode(() => import('./compare-tab.tsx')));

const tabs = ['graph', 'timeline', 'tasks', 'events', 'logs', 'compare'] as const;
type Tab = (typeof tabs)[number];

const isTab = (text: string | undefined): text is Tab => tabs.some((each) => each === text);

export default function RunPage() {
  const { runId = '' } = useParams({ strict: false });
  const namespace = useNamespace();
  // A run that goes on with another version is followed anew, with that.
  const [times, setTimes] = useState(0);
  const again = () => setTimes((before) => before + 1);
  const key = `${namespace}/${runId}/${times}`;
  return <Followed key={key} namespace={namespace} runId={runId} onStale={again} />;
}

interface Named {
  readonly namespace: string;
  readonly runId: string;
  readonly onStale: () => void;
}

function Followed(props: Named) {
  const follower = useRunFollower(props.namespace, props.runId);
  return follower === undefined ? <Loading /> : <Shown {...props} follower={follower} />;
}

function Shown({ follower, onStale, ...named }: Named & { readonly follower: Follower }) {
  const [search] = useSearchParams();
  const at = /^\d+$/.test(search.at ?? '') ? Number(search.at) : undefined;
  const { state, isStale, seen } = useFollowedRun({ follower, ...named, at });
  if (state.kind === 'refused') return <ProblemBox error={state.error} />;
  if (isStale) return <Stale onStale={onStale} />;
  if (seen === undefined) return <Loading />;
  return (
    <RunContext value={seen}>
      <Room seen={seen} isBroken={state.kind === 'broken'} />
    </RunContext>
  );
}

/** A moment, lest a run whose version is gone is asked for without end. */
const followAnewMs = 100;

function Stale({ onStale }: { readonly onStale: () => void }) {
  const latest = useRef(onStale);
  latest.current = onStale;
  useEffect(() => {
    const timer = setTimeout(() => latest.current(), followAnewMs);
    return () => clearTimeout(timer);
  }, []);
  return <Loading />;
}

interface RoomProps {
  readonly seen: SeenRun;
  readonly isBroken: boolean;
}

function Room({ seen, isBroken }: RoomProps) {
  return (
    <ForecastContext value={useForecastOf(seen)}>
      <DagZone value={zoneOf(seen.rows.version.spec)}>
        <Tabbed isBroken={isBroken} />
      </DagZone>
    </ForecastContext>
  );
}

function Tabbed({ isBroken }: { readonly isBroken: boolean }) {
  const w = useWords(runWords);
  const [search, change] = useSearchParams();
  const tab: Tab = isTab(search.tab) ? search.tab : 'graph';
  const hasPanel = search.task !== undefined && tab !== 'logs' && tab !== 'compare';
  const panels: Readonly<Record<Tab, ReactNode>> = {
    graph: <GraphTab />,
    timeline: <TimelineTab />,
    tasks: <TasksTab />,
    events: <EventsTab />,
    logs: <LogsTab />,
    compare: <CompareTab />,
  };
  return (
    <Stack gap="sm">
      <RunHeader isBroken={isBroken} />
      <Tabs
        value={tab}
        onChange={(next) => change({ tab: next === 'graph' || next === null ? '' : next }, 'push')}
        keepMounted={false}
      >
        <Group gap="xs" align="center" wrap="nowrap">
          <Tabs.List style={{ flex: 1 }}>
            {tabs.map((each) => (
              <Tabs.Tab key={each} value={each}>
                {w[each]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <TimeSlider />
        </Group>
        {tabs.map((each) => (
          <Tabs.Panel key={each} value={each} pt="sm">
            <div className="skein-run-split" data-panel={hasPanel ? '' : undefined}>
              <Box miw={0}>
                <Suspense fallback={<Loading />}>{panels[each]}</Suspense>
              </Box>
              {hasPanel && <TaskPanel />}
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}

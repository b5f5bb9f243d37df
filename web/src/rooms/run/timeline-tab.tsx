/** A run over time: what waited, what ran where, what was tried again, what is to come. */
import { ActionIcon, Group, SegmentedControl, Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import { useSearchParams } from '../../app/search.ts';
import { Icon } from '../../kit/icons.tsx';
import { stateColor } from '../../kit/state.tsx';
import { useWords } from '../../kit/words.ts';
import { attemptState } from './attempt-state.ts';
import { type Bar, type Lane, ticksOf, timelineOf } from './timeline.ts';
import { useForecast } from './use-forecast.ts';
import { useRun, useRunNow } from './use-run.ts';
import { runWords } from './words.ts';

const labelWidth = 190;
const barHeight = 16;
const rowHeight = 22;
const axisHeight = 28;
const zoomMost = 64;

export default function TimelineTab() {
  const w = useWords(runWords);
  const [search, change] = useSearchParams();
  const seen = useRun();
  const now = useRunNow(seen);
  const forecast = useForecast();
  const { detail } = seen;
  const by = search.lanes === 'node' ? 'node' : 'task';
  const fromMs = Date.parse(detail.createdAt);
  const timeline = useMemo(
    () =>
      timelineOf({
        ...{ tasks: detail.tasks, expected: forecast.byTask, by, nowMs: now, fromMs },
      }),
    [detail, forecast, by, now, fromMs],
  );
  const critical = useMemo(() => new Set(forecast.critical), [forecast]);
  const { ref, width } = useElementSize();
  const [zoom, setZoom] = useState(1);
  const plot = Math.max(200, width - labelWidth - 24) * zoom;
  const scale = plot / Math.max(1, timeline.toMs - timeline.fromMs);
  return (
    <div ref={ref}>
      <Group mb="xs" gap="sm">
        <SegmentedControl
          size="xs"
          value={by}
          onChange={(value) => change({ lanes: value === 'node' ? 'node' : '' })}
          aria-label={w.lanes}
          data={[
            { value: 'task', label: w.byTask },
            { value: 'node', label: w.byNode },
          ]}
        />
        <Legend />
        <ActionIcon.Group ml="auto">
          <ActionIcon
            variant="default"
            aria-label={w.zoomOut}
            disabled={zoom <= 1}
            onClick={() => setZoom((before) => Math.max(1, before / 2))}
          >
            <Icon name="minus" size={14} />
          </ActionIcon>
          <ActionIcon
            variant="default"
            aria-label={w.zoomIn}
            disabled={zoom >= zoomMost}
            onClick={() => setZoom((before) => Math.min(zoomMost, before * 2))}
          >
            <Icon name="plus" size={14} />
          </ActionIcon>
        </ActionIcon.Group>
      </Group>
      {width > 0 && (
        <Plot
          {...{ lanes: timeline.lanes, fromMs, toMs: timeline.toMs, scale, plot, critical }}
          nowMs={detail.endedAt === null ? now : null}
        />
      )}
      {detail.tasksLeftOut > 0 && (
        <Text size="xs" c="dimmed">
          {w.leftOut(detail.tasksLeftOut)}
        </Text>
      )}
    </div>
  );
}

function Legend() {
  const w = useWords(runWords);
  const sign = (kind: string) => (
    <svg width="22" height="12" className="skein-timeline" aria-hidden="true">
      <rect
        data-kind={kind}
        x="1"
        y="1"
        width="20"
        height="10"
        rx="2"
        fill={stateColor(kind === 'waits' ? 'queued' : 'success')}
      />
    </svg>
  );
  return (
    <Group gap="md" fz="xs" c="dimmed">
      <Group gap={4}>
        {sign('waits')} {w.waited}
      </Group>
      <Group gap={4}>
        {sign('runs')} {w.ran}
      </Group>
      <Group gap={4}>
        {sign('expected')} {w.expected}
      </Group>
      <Group gap={4}>
        <b aria-hidden="true">◆</b> {w.criticalPath}
      </Group>
    </Group>
  );
}

interface PlotProps {
  readonly lanes: readonly Lane[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Pixels per millisecond. */
  readonly scale: number;
  readonly plot: number;
  readonly critical: ReadonlySet<string>;
  readonly nowMs: number | null;
}

function Plot(props: PlotProps) {
  const { lanes, fromMs, toMs, scale, plot, critical, nowMs } = props;
  const w = useWords(runWords);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lanes.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => (lanes[index]?.rows ?? 1) * rowHeight + 4,
    overscan: 8,
  });
  // The names stay in view, however far one has gone to the right.
  const [left, setLeft] = useState(0);
  const ticks = ticksOf(toMs - fromMs, plot / 90);
  const height = rows.getTotalSize();
  const now = nowMs === null ? null : labelWidth + (nowMs - fromMs) * scale;
  return (
    <section
      ref={box}
      className="skein-timeline-box"
      style={{ maxHeight: 'max(360px, calc(100vh - 320px))' }}
      onScroll={(event) => setLeft(event.currentTarget.scrollLeft)}
      aria-label={w.timeline}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys.
      tabIndex={0}
    >
      <svg
        className="skein-timeline"
        width={labelWidth + plot + 20}
        height={height + axisHeight}
        role="presentation"
      >
        {ticks.map((tick) => (
          <g key={tick} transform={`translate(${labelWidth + tick * scale} 0)`}>
            <line
              y1={axisHeight - 6}
              y2={height + axisHeight}
              stroke="var(--mantine-color-default-border)"
            />
            <text data-dim="" y={16} textAnchor={tick === 0 ? 'start' : 'middle'}>
              {tick === 0 ? '0' : formatDuration(tick)}
            </text>
          </g>
        ))}
        {rows.getVirtualItems().map(({ index, start }) => {
          const lane = lanes[index];
          if (lane === undefined) return null;
          return (
            <g key={lane.id} transform={`translate(0 ${axisHeight + start})`}>
              <LaneRow {...{ lane, fromMs, scale }} />
            </g>
          );
        })}
        {now !== null && (
          <line
            x1={now}
            x2={now}
            y1={axisHeight - 8}
            y2={height + axisHeight}
            stroke={stateColor('running')}
            strokeDasharray="3 3"
          />
        )}
        <g transform={`translate(${left} ${axisHeight})`}>
          <rect width={labelWidth - 6} height={height} fill="var(--mantine-color-body)" />
          {rows.getVirtualItems().map(({ index, start }) => {
            const { id = '', label = '' } = lanes[index] ?? {};
            return (
              <LaneLabel key={id} y={start + 15} label={label} isCritical={critical.has(id)} />
            );
          })}
        </g>
      </svg>
    </section>
  );
}

/** So many characters fit beside a lane. */
const labelCharacters = 24;

interface LabelProps {
  readonly label: string;
  readonly y: number;
  readonly isCritical: boolean;
}

function LaneLabel({ label, y, isCritical }: LabelProps) {
  const short = label.length > labelCharacters ? `${label.slice(0, labelCharacters - 1)}…` : label;
  return (
    <text x={10} y={y} fontWeight={isCritical ? 650 : 400} style={{ unicodeBidi: 'isolate' }}>
      <title>{label}</title>
      {isCritical ? `◆ ${short}` : short}
    </text>
  );
}

interface LaneProps {
  readonly lane: Lane;
  readonly fromMs: number;
  readonly scale: number;
}

function LaneRow({ lane, fromMs, scale }: LaneProps) {
  return (
    <>
      {lane.bars.map((bar) => (
        <BarRect
          key={bar.key}
          bar={bar}
          x={labelWidth + (bar.fromMs - fromMs) * scale}
          y={(lane.rowOf.get(bar.key) ?? 0) * rowHeight + 3}
          width={Math.max(2, (bar.toMs - bar.fromMs) * scale)}
        />
      ))}
    </>
  );
}

interface BarProps {
  readonly bar: Bar;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const kindWords = { waits: 'barWaits', runs: 'barRuns', expected: 'barExpected' } as const;

function BarRect({ bar, x, y, width }: BarProps) {
  const w = useWords(runWords);
  const [search, change] = useSearchParams();
  const { taskId, mapIndex, attempt, kind, state } = bar;
  const isSelected =
    search.task === taskId && (search.map === undefined || search.map === String(mapIndex));
  const select = () =>
    change({
      task: taskId,
      map: String(mapIndex),
      attempt: attempt === 0 ? '' : String(attempt),
    });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') select();
  };
  const took = formatDuration(bar.toMs - bar.fromMs);
  const title = w.bar(taskId, { kind: w[kindWords[kind]], took, attempt, node: bar.node ?? '' });
  if (kind === 'waits' && width <= 2 && !bar.isOpen) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no buttons.
    <rect
      data-bar=""
      data-kind={kind}
      role="button"
      tabIndex={kind === 'runs' ? 0 : -1}
      aria-label={title}
      {...{ x, y, width, height: barHeight, onKeyDown }}
      rx={3}
      fill={stateColor(kind === 'waits' && attempt > 0 ? 'queued' : attemptState(state))}
      stroke={isSelected && width > 8 ? 'var(--mantine-color-text)' : undefined}
      strokeWidth={isSelected ? 1.5 : undefined}
      onClick={select}
    >
      <title>{title}</title>
    </rect>
  );
}

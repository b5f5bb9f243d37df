/** A log to read: live, coloured, searched, of any length. */
import './log.css';
import { ActionIcon, Alert, Anchor, Group, Switch, Text, TextInput } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { currentNode } from '../../data/nodes.ts';
import { Icon } from '../icons.tsx';
import { ProblemBox } from '../problem.tsx';
import { useWords } from '../words.ts';
import { AnsiText } from './ansi.tsx';
import { type LogFollower, type LogOf, useLog, useLogVersion } from './use-log.ts';
import { logWords } from './words.ts';

const lineHeight = 18;

interface LogViewProps {
  readonly of: LogOf;
  readonly height?: number | string;
  /** On the left of the bar. */
  readonly children?: ReactNode;
  /** Words to begin with, and the line to show: from 1. */
  readonly find?: string | undefined;
  readonly line?: number | undefined;
}

export function LogView(props: LogViewProps) {
  const w = useWords(logWords);
  const follower = useLog(props.of);
  if (follower === undefined) return <Text c="dimmed">{w.loading}</Text>;
  return <Followed {...props} follower={follower} />;
}

function Followed(props: LogViewProps & { readonly follower: LogFollower }) {
  const { follower, of, height = 480 } = props;
  const w = useWords(logWords);
  const version = useLogVersion(follower);
  const { buffer, state } = follower;
  const [wrap, setWrap] = useState(false);
  const [tail, setTail] = useState(props.line === undefined);
  const search = useLogSearch(follower, version, props.find ?? '');
  const { copyOn, isWhole } = follower;
  return (
    <section className="skein-log" style={{ height }} data-wrap={wrap ? '' : undefined}>
      <div className="skein-log-bar">
        {props.children}
        <Text size="xs" c="dimmed" aria-live="off">
          {state.kind === 'following' ? w.following : state.kind === 'ended' ? w.ended : ''}
          {' · '}
          {w.lines(buffer.count + buffer.dropped)}
        </Text>
        <Group gap={12} ml="auto" wrap="nowrap">
          <SearchField search={search} />
          <Switch
            size="xs"
            label={w.wrap}
            checked={wrap}
            onChange={(event) => setWrap(event.currentTarget.checked)}
          />
          <Switch
            size="xs"
            label={w.tail}
            checked={tail}
            onChange={(event) => setTail(event.currentTarget.checked)}
          />
          <Anchor href={logPath(of)} download={fileName(of)} fz="xs">
            {w.download}
          </Anchor>
        </Group>
      </div>
      {copyOn !== null && <Note text={w.copy(copyOn, isWhole)} />}
      {buffer.dropped > 0 && <Note text={w.dropped(buffer.dropped)} />}
      {state.kind === 'refused' && <ProblemBox error={state.error} />}
      {buffer.count === 0 && state.kind !== 'refused' && (
        <Text c="dimmed" size="sm" p="sm">
          {state.kind === 'ended' ? w.empty : state.kind === 'loading' ? w.loading : w.nothingYet}
        </Text>
      )}
      <Lines
        key={wrap ? 'wrap' : 'plain'}
        {...{ follower, version, wrap, tail, search }}
        line={props.line}
        onScrolledUp={() => setTail(false)}
      />
    </section>
  );
}

function Note({ text }: { readonly text: string }) {
  return (
    <Alert variant="light" color="yellow" py={4} px="sm" radius={0}>
      <Text size="xs">{text}</Text>
    </Alert>
  );
}

interface LogSearch {
  readonly words: string;
  readonly setWords: (words: string) => void;
  readonly found: readonly number[];
  readonly isFound: ReadonlySet<number>;
  /** The place among the matches. */
  readonly at: number;
  readonly move: (by: number) => void;
  /** The line of the match; undefined: none. */
  readonly current: number | undefined;
}

function useLogSearch(follower: LogFollower, version: number, first: string): LogSearch {
  const [words, setWords] = useState(first);
  const [at, setAt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the lines.
  const found = useMemo(() => follower.buffer.find(words), [follower, version, words]);
  const isFound = useMemo(() => new Set(found), [found]);
  const place = found.length === 0 ? 0 : Math.min(at, found.length - 1);
  const move = (by: number): void => {
    if (found.length > 0) setAt((place + by + found.length) % found.length);
  };
  const take = (next: string): void => {
    setWords(next);
    setAt(0);
  };
  return { words, setWords: take, found, isFound, at: place, move, current: found[place] };
}

function SearchField({ search }: { readonly search: LogSearch }) {
  const w = useWords(logWords);
  const { words, setWords, found, at, move } = search;
  return (
    <Group gap={4} wrap="nowrap">
      <TextInput
        size="xs"
        w={180}
        placeholder={w.search}
        aria-label={w.search}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') move(event.shiftKey ? -1 : 1);
          if (event.key === 'Escape') setWords('');
        }}
      />
      {words !== '' && (
        <>
          <Text size="xs" c="dimmed" aria-live="polite" style={{ whiteSpace: 'nowrap' }}>
            {w.matches(at + 1, found.length)}
          </Text>
          <ActionIcon size="sm" variant="subtle" aria-label={w.previous} onClick={() => move(-1)}>
            <Icon name="up" size={14} />
          </ActionIcon>
          <ActionIcon size="sm" variant="subtle" aria-label={w.next} onClick={() => move(1)}>
            <Icon name="down" size={14} />
          </ActionIcon>
        </>
      )}
    </Group>
  );
}

interface LinesProps {
  readonly follower: LogFollower;
  readonly version: number;
  readonly wrap: boolean;
  readonly tail: boolean;
  readonly search: LogSearch;
  readonly line: number | undefined;
  readonly onScrolledUp: () => void;
}

function Lines({ follower, version, wrap, tail, search, line, onScrolledUp }: LinesProps) {
  const w = useWords(logWords);
  const box = useRef<HTMLDivElement>(null);
  const { buffer } = follower;
  const { count, dropped } = buffer;
  const rows = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  });
  const lastTop = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: to the end with every new line.
  useEffect(() => {
    if (tail && count > 0) rows.scrollToIndex(count - 1, { align: 'end' });
  }, [tail, count, version]);
  const { current } = search;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another match is chosen.
  useEffect(() => {
    if (search.words === '' || current === undefined) return;
    onScrolledUp();
    rows.scrollToIndex(current, { align: 'center' });
  }, [current, search.words]);
  const isThere = line !== undefined && count + dropped >= line;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the line has come.
  useEffect(() => {
    if (isThere) rows.scrollToIndex((line ?? 1) - 1 - dropped, { align: 'center' });
  }, [isThere, line]);
  const onScroll = (): void => {
    const top = box.current?.scrollTop ?? 0;
    if (tail && top < lastTop.current - 4) onScrolledUp();
    lastTop.current = top;
  };
  return (
    <div
      ref={box}
      className="skein-log-lines"
      role="log"
      aria-live="off"
      aria-label={w.log}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys.
      tabIndex={0}
      onScroll={onScroll}
    >
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const shown = buffer.line(index);
          if (shown === undefined) return null;
          const isCurrent = search.words !== '' && index === current;
          const isLine = line !== undefined && index + dropped === line - 1;
          return (
            <div
              key={key}
              data-index={index}
              ref={wrap ? rows.measureElement : undefined}
              className="skein-log-line"
              data-mark={shown.isMark ? '' : undefined}
              data-found={search.isFound.has(index) ? '' : undefined}
              data-current={isCurrent || isLine ? '' : undefined}
              style={{ top: start, minHeight: lineHeight }}
            >
              <i>{index + dropped + 1}</i>
              <AnsiText line={shown} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function logPath({ namespace, runId, taskId, mapIndex, attempt, stream }: LogOf): string {
  const [run, task] = [runId, taskId].map(encodeURIComponent);
  const query = new URLSearchParams({ namespace, mapIndex: String(mapIndex), stream });
  return `${currentNode()}/api/v1/runs/${run}/tasks/${task}/attempts/${attempt}/log?${query}`;
}

const fileName = ({ runId, taskId, mapIndex, attempt, stream }: LogOf): string =>
  `${runId}.${taskId}.${mapIndex}.${attempt}.${stream}.log`;

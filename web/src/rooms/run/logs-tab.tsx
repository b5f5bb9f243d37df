/** The logs of the run: one attempt's, live, and a search in all of them. */
import {
  Button,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { TaskView } from '../../../../src/model/views.ts';
import { useParamText, useSearchParams } from '../../app/search.ts';
import { call } from '../../data/api.ts';
import { LogView } from '../../kit/logs/log-view.tsx';
import { ProblemBox } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { Loading } from './parts.tsx';
import { instanceName } from './summary.ts';
import { useRun } from './use-run.ts';
import { runWords } from './words.ts';

export default function LogsTab() {
  const [search] = useSearchParams();
  return search.find !== undefined ? <SearchRun /> : <OneLog />;
}

/** What most likely somebody wants to read: what failed, what runs, what ended last. */
function likely(tasks: readonly TaskView[]): TaskView | undefined {
  const begun = tasks.filter(({ attempts, type }) => attempts.length > 0 && type !== 'noop');
  return (
    begun.find(({ state }) => state === 'failed') ??
    begun.find(({ state }) => state === 'running') ??
    begun.at(-1)
  );
}

function useChosen() {
  const { detail } = useRun();
  const [search] = useSearchParams();
  const begun = detail.tasks.filter(({ attempts }) => attempts.length > 0);
  const { task, map, attempt } = search;
  const view =
    task === undefined
      ? likely(detail.tasks)
      : begun.find(
          ({ taskId, mapIndex }) =>
            taskId === task && (map === undefined || mapIndex === Number(map)),
        );
  const newest = view?.attempts.at(-1)?.attempt ?? 1;
  return { begun, view, attempt: attempt === undefined ? newest : Number(attempt) };
}

function OneLog() {
  const w = useWords(runWords);
  const { namespace, runId } = useRun();
  const [search, change] = useSearchParams();
  const { begun, view, attempt } = useChosen();
  const stream = search.stream === 'stderr' ? 'stderr' : 'stdout';
  const names = useMemo(
    () =>
      begun.map(({ taskId, mapIndex, map }) => ({
        value: `${taskId}/${mapIndex}`,
        label: instanceName(taskId, mapIndex, map !== null),
      })),
    [begun],
  );
  const choose = (value: string | null): void => {
    const [task = '', map = ''] = (value ?? '').split('/');
    change({ task, map, attempt: '', line: '' });
  };
  const line = search.line === undefined ? undefined : Number(search.line);
  return (
    <Stack gap="xs">
      <SearchField />
      {view === undefined && <Text c="dimmed">{w.noLogs}</Text>}
      {view !== undefined && (
        <LogView
          key={`${view.taskId}/${view.mapIndex}/${attempt}/${stream}`}
          of={{ namespace, runId, taskId: view.taskId, mapIndex: view.mapIndex, attempt, stream }}
          height="max(380px, calc(100vh - 320px))"
          find={search.mark}
          line={line}
        >
          <Select
            size="xs"
            w={200}
            searchable
            limit={200}
            aria-label={w.task}
            data={names}
            value={`${view.taskId}/${view.mapIndex}`}
            onChange={choose}
            allowDeselect={false}
          />
          {view.attempts.length > 1 && (
            <Select
              size="xs"
              w={110}
              aria-label={w.attempts}
              data={view.attempts.map((each) => ({
                value: String(each.attempt),
                label: w.attempt(each.attempt),
              }))}
              value={String(attempt)}
              onChange={(value) => change({ attempt: value ?? '', line: '' })}
              allowDeselect={false}
            />
          )}
          <SegmentedControl
            size="xs"
            aria-label={w.stream}
            data={['stdout', 'stderr']}
            value={stream}
            onChange={(value) => change({ stream: value === 'stderr' ? value : '', line: '' })}
          />
        </LogView>
      )}
    </Stack>
  );
}

function SearchField() {
  const w = useWords(runWords);
  const [search, change] = useSearchParams();
  const [words, setWords] = useParamText('find');
  const isPattern = search.regex === 'true';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change({ find: words.trim() }, 'push');
      }}
    >
      <Group gap="xs">
        <TextInput
          size="xs"
          w={320}
          placeholder={w.searchAll}
          aria-label={w.searchAll}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <Switch
          size="xs"
          label={w.regex}
          checked={isPattern}
          onChange={(event) => change({ regex: event.currentTarget.checked ? 'true' : '' })}
        />
        <Button size="xs" variant="default" type="submit" disabled={words.trim() === ''}>
          {w.search}
        </Button>
        {search.find !== undefined && (
          <Button size="xs" variant="subtle" onClick={() => change({ find: '' })}>
            {w.backToLog}
          </Button>
        )}
      </Group>
    </form>
  );
}

function SearchRun() {
  const w = useWords(runWords);
  const { namespace, runId } = useRun();
  const [search, change] = useSearchParams();
  const { find = '', regex } = search;
  const { data, error, isPending } = useQuery({
    queryKey: ['search-logs', namespace, runId, find, regex],
    queryFn: ({ signal }) =>
      call('searchRunLogs', {
        params: { runId },
        query: {
          ...{ namespace, q: find, ignoreCase: 'true', limit: '200' },
          ...(regex === 'true' && { regex: 'true' }),
        },
        signal,
      }),
    retry: false,
  });
  return (
    <Stack gap="xs">
      <SearchField />
      {isPending && <Loading />}
      {error !== null && <ProblemBox error={error} />}
      {data !== undefined && (
        <>
          <Text size="sm" c="dimmed">
            {w.found(data.matches.length, { isCut: data.isCut, unsearched: data.unsearched })}
          </Text>
          <table className="skein-table">
            <thead>
              <tr>
                <th scope="col">{w.task}</th>
                <th scope="col">#</th>
                <th scope="col">{w.stream}</th>
                <th scope="col" className="num">
                  {w.line}
                </th>
                <th scope="col">{w.text}</th>
              </tr>
            </thead>
            <tbody>
              {data.matches.map((match) => {
                const { taskId, mapIndex, attempt, stream, line, offset } = match;
                const place = { task: taskId, map: String(mapIndex), attempt: String(attempt) };
                return (
                  <tr key={`${taskId}/${mapIndex}/${attempt}/${stream}/${offset}`}>
                    <td className="skein-name">{instanceName(taskId, mapIndex, mapIndex > 0)}</td>
                    <td>{attempt}</td>
                    <td>{stream}</td>
                    <td className="num">
                      <Button
                        size="compact-xs"
                        variant="subtle"
                        aria-label={`${line ?? '…'} ${w.showLine}`}
                        onClick={() =>
                          change(
                            {
                              ...{ ...place, stream, find: '', line: String(line ?? '') },
                              mark: regex === 'true' ? '' : find,
                            },
                            'push',
                          )
                        }
                      >
                        {line ?? '…'}
                      </Button>
                    </td>
                    <td className="skein-mono" style={{ overflowWrap: 'anywhere' }}>
                      {match.text}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </>
      )}
    </Stack>
  );
}

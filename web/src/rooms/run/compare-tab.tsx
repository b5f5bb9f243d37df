/** This run beside another one of the same DAG: states, durations, params and outputs. */
import { Group, Select, Stack, Switch, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import {
  type RunDetailView,
  type RunRows,
  runDetailView,
} from '../../../../src/model/views/run.ts';
import { jsonOrText } from '../../../../src/model/views/task.ts';
import { Link, runPath } from '../../app/link.tsx';
import { useSearchParams } from '../../app/search.ts';
import { call } from '../../data/api.ts';
import { useAnswer } from '../../data/hooks.ts';
import { Rows } from '../../data/rows.ts';
import { trusted } from '../../data/wire.ts';
import { ProblemBox } from '../../kit/problem.tsx';
import { StateLabel, stateColor } from '../../kit/state.tsx';
import { Duration, Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { type ComparedTask, type ComparedValue, comparedTasks, comparedValues } from './compare.ts';
import { Loading } from './parts.tsx';
import { runRowsOf } from './run-rows.ts';
import { instanceName } from './summary.ts';
import { useRun } from './use-run.ts';
import { runWords } from './words.ts';

interface Other {
  readonly rows: RunRows;
  readonly detail: RunDetailView;
}

/** Of a comparison, so many lines are drawn at most. */
const linesMax = 500;

async function loadRun(namespace: string, runId: string, signal: AbortSignal): Promise<Other> {
  const answer = await call('runRows', { params: { runId }, query: { namespace }, signal });
  const rows = new Rows();
  rows.load(answer.index, trusted<Parameters<Rows['load']>[1]>(answer.facts));
  const seen = runRowsOf(rows, undefined);
  if (seen === undefined || seen === 'missing') throw new Error(`run ${runId} has no rows`);
  return { rows: seen, detail: runDetailView(seen) };
}

export default function CompareTab() {
  const w = useWords(runWords);
  const { namespace, runId, detail } = useRun();
  const [search, change] = useSearchParams();
  const list = useAnswer('listRuns', { query: { namespace, dag: detail.dagId, limit: '100' } });
  const others = (list.data?.items ?? []).filter((run) => run.runId !== runId);
  const before = others.find(({ createdAt }) => createdAt < detail.createdAt) ?? others[0];
  const otherId = search.with ?? before?.runId;
  const other = useQuery({
    queryKey: ['compare', namespace, otherId],
    queryFn: ({ signal }) => loadRun(namespace, otherId ?? '', signal),
    enabled: otherId !== undefined,
    retry: false,
  });
  if (list.data !== undefined && otherId === undefined)
    return <Text c="dimmed">{w.nothingToCompare}</Text>;
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Text size="sm">{w.compareWith}</Text>
        <Select
          size="xs"
          w={320}
          searchable
          aria-label={w.compareWith}
          data={[...new Set([...others.map((run) => run.runId), ...(otherId ? [otherId] : [])])]}
          value={otherId ?? null}
          onChange={(value) => change({ with: value ?? '' })}
          allowDeselect={false}
        />
        <Switch
          size="xs"
          label={w.onlyDifferences}
          checked={search.diff !== 'off'}
          onChange={(event) => change({ diff: event.currentTarget.checked ? '' : 'off' })}
        />
      </Group>
      {other.error !== null && <ProblemBox error={other.error} />}
      {other.isPending && <Loading />}
      {other.data !== undefined && (
        <Both other={other.data} onlyDifferences={search.diff !== 'off'} />
      )}
    </Stack>
  );
}

function Both({
  other,
  onlyDifferences,
}: {
  readonly other: Other;
  readonly onlyDifferences: boolean;
}) {
  const w = useWords(runWords);
  const { detail, rows } = useRun();
  const isWanted = ({ differs }: { readonly differs: boolean }) => !onlyDifferences || differs;
  // On the left stands what was before.
  const tasks = useMemo(() => comparedTasks(other.detail, detail), [other, detail]);
  const shown = tasks.filter(
    (each) => isWanted(each) || isMuch(each.slowerMs, each.left?.durationMs ?? null),
  );
  const params = comparedValues(other.detail.params, detail.params).filter(isWanted);
  const outputs = comparedValues(outputsOf(other.rows), outputsOf(rows)).filter(isWanted);
  return (
    <Stack gap="md">
      <table className="skein-table">
        <thead>
          <tr>
            <th scope="col">{w.what}</th>
            <th scope="col">
              <Link to={runPath(other.detail.runId)}>
                <span className="skein-name">{other.detail.runId}</span>
              </Link>
            </th>
            <th scope="col">
              {w.thisRun} <span className="skein-name">{detail.runId}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <Line name={w.state}>
            <StateLabel state={other.detail.state} />
            <StateLabel state={detail.state} />
          </Line>
          <Line name={w.started}>
            <Time at={other.detail.startedAt} />
            <Time at={detail.startedAt} />
          </Line>
          <Line name={w.took}>
            <Duration ms={other.detail.durationMs} />
            <Duration ms={detail.durationMs} />
          </Line>
          <Line name={w.version}>
            <span className="skein-mono">{other.detail.versionId.slice(0, 8)}</span>
            <span className="skein-mono">{detail.versionId.slice(0, 8)}</span>
          </Line>
        </tbody>
      </table>
      <TaskTable tasks={shown} />
      <ValueTable title={w.paramsTitle} values={params} />
      <ValueTable title={w.outputs} values={outputs} />
    </Stack>
  );
}

interface LineProps {
  readonly name: string;
  readonly children: readonly [ReactNode, ReactNode];
}

function Line({ name, children }: LineProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children[0]}</td>
      <td>{children[1]}</td>
    </tr>
  );
}

const outputsOf = ({ outputs, version }: RunRows): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    outputs.map(({ taskId, mapIndex, json }) => {
      const isMapped = version.spec.tasks[taskId]?.map !== undefined;
      return [instanceName(taskId, mapIndex, isMapped), jsonOrText(json)];
    }),
  );

/** A fifth and a second: less is noise. */
const isMuch = (slowerMs: number | null, wasMs: number | null): boolean =>
  slowerMs !== null && Math.abs(slowerMs) > Math.max(1_000, (wasMs ?? 0) / 5);

function TaskTable({ tasks }: { readonly tasks: readonly ComparedTask[] }) {
  const w = useWords(runWords);
  return (
    <section>
      <Title order={2} size="h6" mb={4}>
        {w.tasks}
      </Title>
      {tasks.length === 0 && <Text c="dimmed">{w.noDifference}</Text>}
      {tasks.length > 0 && (
        <table className="skein-table">
          <thead>
            <tr>
              <th scope="col">{w.task}</th>
              <th scope="col">{w.before}</th>
              <th scope="col">{w.thisRun}</th>
              <th scope="col" className="num">
                {w.difference}
              </th>
            </tr>
          </thead>
          <tbody>
            {tasks.slice(0, linesMax).map((each) => (
              <tr key={`${each.taskId}/${each.mapIndex}`}>
                <td className="skein-name">
                  {instanceName(each.taskId, each.mapIndex, each.isMapped)}
                </td>
                <SideCell side={each.left} />
                <SideCell side={each.right} />
                <td className="num">
                  <Difference task={each} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {tasks.length > linesMax && <Text c="dimmed">{w.leftOut(tasks.length - linesMax)}</Text>}
    </section>
  );
}

function SideCell({ side }: { readonly side: ComparedTask['left'] }) {
  const w = useWords(runWords);
  if (side === null) return <td>{w.notThere}</td>;
  return (
    <td>
      <Group gap="xs">
        <StateLabel state={side.state} />
        <Text size="xs" c="dimmed">
          <Duration ms={side.durationMs} />
          {side.attempts > 1 ? ` ×${side.attempts}` : ''}
        </Text>
      </Group>
    </td>
  );
}

function Difference({ task }: { readonly task: ComparedTask }) {
  const { slowerMs, left } = task;
  if (slowerMs === null) return null;
  const text = `${slowerMs < 0 ? '−' : '+'}${formatDuration(Math.abs(slowerMs))}`;
  if (!isMuch(slowerMs, left?.durationMs ?? null)) return <span>{text}</span>;
  const state = slowerMs > 0 ? 'up_for_retry' : 'success';
  return <span style={{ color: stateColor(state), fontWeight: 600 }}>{text}</span>;
}

interface ValueTableProps {
  readonly title: string;
  readonly values: readonly ComparedValue[];
}

function ValueTable({ title, values }: ValueTableProps) {
  const w = useWords(runWords);
  return (
    <section>
      <Title order={2} size="h6" mb={4}>
        {title}
      </Title>
      {values.length === 0 && <Text c="dimmed">{w.noDifference}</Text>}
      {values.length > 0 && (
        <table className="skein-table">
          <thead>
            <tr>
              <th scope="col">{w.name}</th>
              <th scope="col">{w.before}</th>
              <th scope="col">{w.thisRun}</th>
            </tr>
          </thead>
          <tbody>
            {values.slice(0, linesMax).map(({ name, left, right, differs }) => (
              <tr key={name} data-selected={differs ? '' : undefined}>
                <td className="skein-name">{name}</td>
                <td className="skein-mono">{left ?? w.notThere}</td>
                <td className="skein-mono">{right ?? w.notThere}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The attempts of a task instance, and all that is known of one of them. */
import { Anchor, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatSize } from '../../../../src/base/duration.ts';
import type { AttemptView } from '../../../../src/model/views/attempt.ts';
import { resourcesView } from '../../../../src/model/views/resources.ts';
import type { TaskDetailView } from '../../../../src/model/views/task.ts';
import { useSearchParams } from '../../app/search.ts';
import { currentNode } from '../../data/nodes.ts';
import { Icon } from '../../kit/icons.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { Duration, Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { attemptState } from './attempt-state.ts';
import { Part } from './parts.tsx';
import { useRun, useRunNow } from './use-run.ts';
import { runWords } from './words.ts';

interface AttemptsProps {
  readonly view: TaskDetailView;
  readonly shown: number;
}

export function Attempts({ view, shown }: AttemptsProps) {
  const w = useWords(runWords);
  const [, change] = useSearchParams();
  const now = useRunNow(useRun());
  return (
    <table className="skein-table">
      <thead>
        <tr>
          <th scope="col">#</th>
          <th scope="col">{w.state}</th>
          <th scope="col">{w.node}</th>
          <th scope="col" className="num">
            {w.waited}
          </th>
          <th scope="col" className="num">
            {w.ran}
          </th>
        </tr>
      </thead>
      <tbody>
        {view.attempts.toReversed().map((each) => (
          <tr key={each.attempt} data-selected={each.attempt === shown ? '' : undefined}>
            <td>
              <Anchor
                component="button"
                type="button"
                fz="sm"
                aria-label={w.attempt(each.attempt)}
                onClick={() => change({ attempt: String(each.attempt) })}
              >
                {each.attempt}
              </Anchor>
            </td>
            <td>
              <StateLabel state={attemptState(each.state)} />
            </td>
            <td className="skein-name">{each.node}</td>
            <td className="num">
              <Duration ms={waitOf(each, now)} />
            </td>
            <td className="num">
              <Duration ms={ranOf(each, now)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function waitOf({ assignedAt, startedAt, endedAt }: AttemptView, now: number): number {
  const until = startedAt ?? endedAt;
  return Math.max(0, (until === null ? now : Date.parse(until)) - Date.parse(assignedAt));
}

function ranOf({ startedAt, endedAt }: AttemptView, now: number): number | null {
  if (startedAt === null) return null;
  return Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
}

interface FactsProps {
  readonly attempt: AttemptView;
  readonly view: TaskDetailView;
  readonly asked: Readonly<Record<string, number>>;
}

export function AttemptFacts({ attempt, view, asked }: FactsProps) {
  const w = useWords(runWords);
  const { namespace } = useRun();
  const { exitCode, signal, error, usage, artifacts } = attempt;
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      w.node,
      <span key="n" className="skein-name">
        {attempt.node}
      </span>,
    ],
    [w.assigned, <Time key="a" at={attempt.assignedAt} />],
    [w.started, <Time key="s" at={attempt.startedAt} />],
    [w.ended, <Time key="e" at={attempt.endedAt} />],
    [w.token, attempt.token],
    ...(exitCode === null ? [] : [[w.exitCode, exitCode] as const]),
    ...(signal === null ? [] : [[w.signal, signal] as const]),
    [w.asked, askedText(asked)],
    ...(usage === null ? [] : usedFacts(usage, w)),
  ];
  return (
    <>
      <Part title={w.attempt(attempt.attempt)}>
        <dl className="skein-facts">
          {facts.map(([name, value]) => (
            <Fact key={name} name={name}>
              {value}
            </Fact>
          ))}
        </dl>
        {error !== null && <pre className="skein-code">{error}</pre>}
      </Part>
      {artifacts.length > 0 && (
        <Part title={w.artifacts}>
          {artifacts.map((artifact) => (
            <Group key={artifact.name} gap="xs" wrap="nowrap">
              <Icon name="download" size={14} />
              <Anchor
                fz="sm"
                className="skein-name"
                href={artifactPath({ ...view, namespace }, attempt.attempt, artifact.name)}
                download
              >
                {artifact.name}
              </Anchor>
              <Text size="xs" c="dimmed">
                {formatSize(artifact.bytes)} · {artifact.nodes.join(', ')} ·{' '}
                <span className="skein-mono" title={artifact.sha256}>
                  {artifact.sha256.slice(0, 8)}
                </span>
              </Text>
            </Group>
          ))}
        </Part>
      )}
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

const askedText = (asked: FactsProps['asked']): string =>
  Object.entries(resourcesView(asked))
    .map(([name, amount]) =>
      name === 'memory' || name === 'disk' ? `${name} ${formatSize(amount)}` : `${name} ${amount}`,
    )
    .join(', ');

type Words = (typeof runWords)['en'];

function usedFacts(usage: NonNullable<AttemptView['usage']>, w: Words) {
  const { cpuMs, memoryBytesMax, readBytes, writtenBytes } = usage;
  const all: (readonly [string, ReactNode])[] = [];
  if (cpuMs !== null) all.push([w.usedCpu, <Duration key="c" ms={cpuMs} />]);
  if (memoryBytesMax !== null) all.push([w.usedMemory, formatSize(memoryBytesMax)]);
  if (readBytes !== null) all.push([w.readBytes, formatSize(readBytes)]);
  if (writtenBytes !== null) all.push([w.writtenBytes, formatSize(writtenBytes)]);
  return all;
}

type OfTask = Pick<TaskDetailView, 'runId' | 'taskId' | 'mapIndex'> & {
  readonly namespace: string;
};

function artifactPath(view: OfTask, attempt: number, name: string): string {
  const [run, task, file, space] = [view.runId, view.taskId, name, view.namespace].map(
    encodeURIComponent,
  );
  const query = `namespace=${space}&mapIndex=${view.mapIndex}&attempt=${attempt}`;
  return `${currentNode()}/api/v1/runs/${run}/tasks/${task}/artifacts/${file}?${query}`;
}

/** Everything that happened to the run: log index, time, who and what. */
import { Button, Group, Modal, SegmentedControl, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { type EventView, eventView } from '../../../../src/model/views.ts';
import { useSearchParams } from '../../app/search.ts';
import { trusted } from '../../data/wire.ts';
import { FindInput } from '../../kit/filters.tsx';
import { Icon } from '../../kit/icons.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { VirtualTable } from '../../kit/virtual-table.tsx';
import { useWords } from '../../kit/words.ts';
import { Json, Loading } from './parts.tsx';
import { PlainTime } from './plain-time.tsx';
import type { PastFact } from './run-rows.ts';
import { instanceName } from './summary.ts';
import { useHistory, useRun } from './use-run.ts';
import { useSlowly } from './use-why.ts';
import { runWords } from './words.ts';

type Shape = 'compact' | 'full' | 'json';

const isShape = (text: string | undefined): text is Shape =>
  text === 'compact' || text === 'full' || text === 'json';

const rowHeights: Readonly<Record<Shape, number>> = { compact: 28, full: 52, json: 28 };

interface Seen {
  readonly past: PastFact;
  readonly view: EventView;
}

function viewOf(past: PastFact): readonly EventView[] {
  const { fact } = past;
  if (fact.row === null) return [];
  if (fact.table !== 'run' && fact.table !== 'task' && fact.table !== 'expansion') return [];
  const { index, by, what } = past;
  type Asked = Parameters<typeof eventView>[0];
  return [eventView(trusted<Asked>({ index, by, what, at: Date.parse(past.at), row: fact.row }))];
}

export default function EventsTab() {
  const w = useWords(runWords);
  const [search, change] = useSearchParams();
  const { namespace, runId, version, past } = useRun();
  const slow = useSlowly(version, 500);
  const history = useHistory({ namespace, runId, version: slow });
  const shape = isShape(search.as) ? search.as : 'compact';
  const words = (search.q ?? '').toLowerCase();
  const until = past?.index ?? Number.POSITIVE_INFINITY;
  const seen = useMemo(() => {
    const all: Seen[] = [];
    for (const each of history ?? []) {
      if (each.index > until) break;
      for (const view of viewOf(each)) {
        const { taskId, what, state, by, reason } = view;
        const text = [taskId, what, state, by, reason].join(' ');
        if (words === '' || text.toLowerCase().includes(words)) all.push({ past: each, view });
      }
    }
    return all.reverse();
  }, [history, words, until]);
  const [open, setOpen] = useState<Seen | null>(null);
  if (history === undefined) return <Loading />;
  return (
    <>
      <Group mb="xs" gap="sm">
        <SegmentedControl
          size="xs"
          value={shape}
          onChange={(next) => change({ as: next === 'compact' ? '' : next })}
          aria-label={w.shape}
          data={[
            { value: 'compact', label: w.compact },
            { value: 'full', label: w.full },
            { value: 'json', label: 'JSON' },
          ]}
        />
        <FindInput label={w.findEvent} />
        <Text size="xs" c="dimmed" ml="auto">
          {w.eventCount(seen.length)}
        </Text>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<Icon name="download" size={14} />}
          onClick={() => download(`${runId}.events.json`, seen)}
        >
          {w.download}
        </Button>
      </Group>
      <Rows {...{ seen, shape }} onOpen={setOpen} />
      {open !== null && (
        <Modal
          opened
          size="lg"
          title={w.eventTitle(open.view.index)}
          onClose={() => setOpen(null)}
          closeButtonProps={{ 'aria-label': w.closePanel }}
        >
          <Json value={open.past} />
        </Modal>
      )}
    </>
  );
}

/** What is shown, oldest first, with the rows. */
function download(name: string, seen: readonly Seen[]): void {
  const text = JSON.stringify(seen.map(({ past }) => past).reverse(), null, 2);
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

interface RowsProps {
  readonly seen: readonly Seen[];
  readonly shape: Shape;
  readonly onOpen: (seen: Seen) => void;
}

function Rows({ seen, shape, onOpen }: RowsProps) {
  const w = useWords(runWords);
  return (
    <VirtualTable
      key={shape}
      label={w.eventsTable}
      count={seen.length}
      rowHeight={rowHeights[shape]}
      height="max(360px, calc(100vh - 330px))"
      minWidth={940}
      columns={[
        { id: 'index', name: w.index, width: 84 },
        { id: 'time', name: w.time, width: 172 },
        { id: 'task', name: w.task },
        { id: 'state', name: w.state, width: 140 },
        { id: 'what', name: w.what },
        { id: 'reason', name: w.reason, width: '26%' },
        { id: 'row', name: w.row, width: 70 },
      ]}
      // Nothing but its place tells two facts of one record apart.
      keyOf={(index) => `${seen[index]?.view.index}/${seen.length - index}`}
      row={(index) => {
        const each = seen[index];
        return each && <EventCells {...each} shape={shape} onOpen={() => onOpen(each)} />;
      }}
    />
  );
}

/** Tasks that are mapped, by their definition. */
const mapsOf = ({ version }: ReturnType<typeof useRun>['rows']): ReadonlySet<string> =>
  new Set(Object.values(version.spec.maps ?? {}).flatMap(({ members }) => members));

function EventCells({ past, view, shape, onOpen }: Seen & { shape: Shape; onOpen: () => void }) {
  const w = useWords(runWords);
  const [, change] = useSearchParams();
  const { rows } = useRun();
  const { taskId, mapIndex, index } = view;
  const isTask = taskId !== null && mapIndex !== null;
  if (shape === 'json') {
    return (
      <td className="skein-mono" colSpan={7}>
        {JSON.stringify(past)}
      </td>
    );
  }
  const name = isTask
    ? instanceName(taskId, mapIndex, mapsOf(rows).has(taskId))
    : (taskId ?? w.theRun);
  const more = [
    view.attempt === null ? '' : w.attempt(view.attempt),
    view.node ?? '',
    view.token === null ? '' : `${w.token} ${view.token}`,
    view.exitCode === null ? '' : `${w.exitCode} ${view.exitCode}`,
  ].filter((each) => each !== '');
  return (
    <>
      <td>
        <Button
          size="compact-xs"
          variant="subtle"
          title={w.rewindTo}
          onClick={() => change({ at: String(index) }, 'push')}
        >
          {index}
        </Button>
      </td>
      <td>
        <PlainTime at={view.at} />
      </td>
      <td className="skein-name" title={name}>
        {name}
      </td>
      <td>
        <StateLabel state={view.state} />
      </td>
      <td title={`${view.what} · ${view.by}`}>
        {view.what}
        {shape === 'full' && (
          <Text size="xs" c="dimmed" className="skein-name">
            {view.by}
          </Text>
        )}
      </td>
      <td className="skein-name" title={view.reason ?? ''}>
        {view.reason ?? (shape === 'compact' ? more.slice(0, 2).join(' · ') : '')}
        {shape === 'full' && (
          <Text size="xs" c="dimmed">
            {more.join(' · ')}
          </Text>
        )}
      </td>
      <td>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onOpen}>
          {w.row}
        </Button>
      </td>
    </>
  );
}

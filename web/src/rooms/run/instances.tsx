/** The instances of a mapped task: how many in each state, and each of them. */
import { Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { MapView } from '../../../../src/model/views/run.ts';
import { useSearchParams } from '../../app/search.ts';
import { StateLabel } from '../../kit/state.tsx';
import { Duration } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { asBar } from './summary.ts';
import { useRun } from './use-run.ts';
import { runWords } from './words.ts';

const rowHeight = 28;

export function Instances({ task, map }: { readonly task: string; readonly map: MapView }) {
  const w = useWords(runWords);
  const { detail } = useRun();
  const [, change] = useSearchParams();
  const box = useRef<HTMLDivElement>(null);
  const own = detail.tasks.filter(({ taskId }) => taskId === task);
  const rows = useVirtualizer({
    count: own.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  return (
    <Stack gap="xs">
      <Group gap="md">
        {Object.entries(asBar(map.counts[task] ?? {})).map(([state, count]) => (
          <Text size="sm" span key={state}>
            <StateLabel state={state} /> {count}
          </Text>
        ))}
      </Group>
      <div ref={box} style={{ maxHeight: 420, overflow: 'auto' }}>
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const view = own[index];
            if (view === undefined) return null;
            return (
              <UnstyledButton
                key={view.mapIndex}
                onClick={() => change({ map: String(view.mapIndex) })}
                style={{
                  ...{ position: 'absolute', top: start, left: 0, right: 0, height: rowHeight },
                }}
              >
                <Group gap="sm" wrap="nowrap">
                  <Text size="sm" w={64} className="skein-mono">
                    [{view.mapIndex}]
                  </Text>
                  <Text size="sm" span style={{ flex: 1 }}>
                    <StateLabel state={view.state} />
                  </Text>
                  <Text size="sm" c="dimmed">
                    <Duration ms={view.durationMs} />
                  </Text>
                </Group>
              </UnstyledButton>
            );
          })}
        </div>
      </div>
      {detail.tasksLeftOut > 0 && (
        <Text size="xs" c="dimmed">
          {w.leftOut(detail.tasksLeftOut)}
        </Text>
      )}
    </Stack>
  );
}

/** Stops the schedules of DAGs, or lets them fire again. */
import { Button, Group, Modal, Stack, Switch, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../data/api.ts';
import { showProblem } from '../../kit/problem.tsx';
import { useWords } from '../../kit/words.ts';
import { dagsWords } from './words.ts';

interface PauseSwitchProps {
  readonly namespace: string;
  readonly dagId: string;
  readonly paused: boolean;
  readonly size?: 'xs' | 'sm';
}

/** On: its schedules fire. It is undone as easily as it is done, so nobody is asked. */
export function PauseSwitch({ namespace, dagId, paused, size = 'xs' }: PauseSwitchProps) {
  const w = useWords(dagsWords);
  const client = useQueryClient();
  const [wanted, setWanted] = useState<boolean>();
  const change = async (on: boolean): Promise<void> => {
    setWanted(on);
    try {
      await call(on ? 'unpauseDag' : 'pauseDag', { params: { dagId }, query: { namespace } });
      notifications.show({ message: on ? w.ranUnpaused(dagId) : w.ranPaused(dagId) });
      await client.invalidateQueries({ queryKey: ['dags', namespace] });
    } catch (error) {
      showProblem(error);
    } finally {
      setWanted(undefined);
    }
  };
  return (
    <Switch
      size={size}
      aria-label={w.onOf(dagId)}
      checked={wanted ?? !paused}
      disabled={wanted !== undefined}
      onChange={(event) => void change(event.currentTarget.checked)}
    />
  );
}

interface BulkPauseProps {
  readonly namespace: string;
  readonly dagIds: readonly string[];
  readonly onDone: () => void;
}

/** Writes under way at once: many, but none that keeps others waiting. */
const atOnce = 8;

export function BulkPause({ namespace, dagIds, onDone }: BulkPauseProps) {
  const w = useWords(dagsWords);
  const client = useQueryClient();
  const [asked, setAsked] = useState<'pauseDag' | 'unpauseDag'>();
  const [isBusy, setBusy] = useState(false);
  const count = dagIds.length;
  const act = async (what: 'pauseDag' | 'unpauseDag'): Promise<void> => {
    setBusy(true);
    try {
      for (let at = 0; at < count; at += atOnce) {
        const some = dagIds.slice(at, at + atOnce);
        await Promise.all(
          some.map((dagId) => call(what, { params: { dagId }, query: { namespace } })),
        );
      }
      const message = what === 'pauseDag' ? w.donePaused(count) : w.doneUnpaused(count);
      notifications.show({ message });
      onDone();
    } catch (error) {
      showProblem(error);
    } finally {
      setBusy(false);
      setAsked(undefined);
      await client.invalidateQueries({ queryKey: ['dags', namespace] });
    }
  };
  const isPause = asked === 'pauseDag';
  return (
    <Group gap="xs">
      <Text size="sm">{w.selected(count)}</Text>
      <Button size="compact-sm" variant="default" onClick={() => setAsked('pauseDag')}>
        {w.pause}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => setAsked('unpauseDag')}>
        {w.unpause}
      </Button>
      <Modal
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={isPause ? w.pauseMany(count) : w.unpauseMany(count)}
      >
        <Stack>
          <Text size="sm">{isPause ? w.pauseNote : w.unpauseNote}</Text>
          <Text size="sm" c="dimmed" lineClamp={4} className="skein-name">
            {dagIds.slice(0, 50).join(', ')}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsked(undefined)}>
              {w.cancel}
            </Button>
            <Button
              loading={isBusy}
              data-autofocus
              onClick={() => asked !== undefined && void act(asked)}
            >
              {isPause ? w.pause : w.unpause}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}

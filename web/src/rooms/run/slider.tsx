/** Back in time: the whole page as it stood at any log index of the run. */
import { ActionIcon, Button, Group, Slider, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useSearchParams } from '../../app/search.ts';
import { useDagZone } from '../../kit/dag-zone.ts';
import { Icon } from '../../kit/icons.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { timeText } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { momentAt, momentsOf } from './run-rows.ts';
import { useHistory, useRun } from './use-run.ts';
import { runWords } from './words.ts';

export function TimeSlider() {
  const w = useWords(runWords);
  const [search, change] = useSearchParams();
  const seen = useRun();
  const { runId, namespace, version, past } = seen;
  const isOpen = search.at !== undefined;
  const history = useHistory({ namespace, runId, version: isOpen ? version : 0 });
  const moments = useMemo(() => momentsOf(history ?? []), [history]);
  const { clock } = usePrefs();
  const zone = useDagZone();
  if (!isOpen) {
    return (
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        leftSection={<Icon name="clock" size={14} />}
        onClick={() => change({ at: String(Number.MAX_SAFE_INTEGER) })}
      >
        {w.rewind}
      </Button>
    );
  }
  const place = past === null ? moments.length - 1 : momentAt(moments, past.index);
  const goTo = (to: number): void => {
    const moment = moments[Math.min(moments.length - 1, Math.max(0, to))];
    if (moment !== undefined) change({ at: String(moment.index) });
  };
  return (
    <Group gap={6} wrap="nowrap" role="group" aria-label={w.timeTravel}>
      <ActionIcon
        variant="subtle"
        size="sm"
        aria-label={w.stepBack}
        disabled={place <= 0}
        onClick={() => goTo(place - 1)}
      >
        <Icon name="left" size={14} />
      </ActionIcon>
      <Slider
        w={220}
        size="sm"
        min={0}
        max={Math.max(1, moments.length - 1)}
        value={Math.max(0, place)}
        onChange={goTo}
        label={(at) => {
          const moment = moments[at];
          return moment === undefined ? '' : `${timeText(moment.at, clock, zone)} · ${moment.what}`;
        }}
        thumbLabel={w.timeTravel}
      />
      <ActionIcon
        variant="subtle"
        size="sm"
        aria-label={w.stepOn}
        disabled={place >= moments.length - 1}
        onClick={() => goTo(place + 1)}
      >
        <Icon name="right" size={14} />
      </ActionIcon>
      <Text size="xs" c="dimmed" miw={90} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {past === null ? '' : w.moment(place + 1, moments.length)}
      </Text>
      <Button size="compact-xs" variant="light" onClick={() => change({ at: '' })}>
        {w.toNow}
      </Button>
    </Group>
  );
}

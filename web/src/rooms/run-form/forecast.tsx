/** How the run would go if it were started now. */
import { Box, Group, Spoiler, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import type { Reply } from '../../data/api.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { agoText, Time, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { runFormWords } from './words.ts';

interface ForecastProps {
  readonly plan: Reply<'planDag'> | undefined;
  readonly isLooking: boolean;
  /** Why there is none. */
  readonly note: string | undefined;
}

export function Forecast({ plan, isLooking, note }: ForecastProps) {
  const w = useWords(runFormWords);
  return (
    <Box
      p="sm"
      mih={92}
      bg="var(--mantine-color-default-hover)"
      style={{ borderRadius: 'var(--mantine-radius-sm)' }}
      aria-live="polite"
      aria-busy={isLooking}
    >
      <Text size="xs" fw={600} c="dimmed" mb={4}>
        {w.forecast}
      </Text>
      {plan === undefined || note !== undefined ? (
        <Text size="sm" c="dimmed">
          {isLooking ? w.looking : (note ?? '–')}
        </Text>
      ) : (
        <Stack gap={6} style={{ opacity: isLooking ? 0.6 : 1 }}>
          <Group gap="lg" align="flex-start">
            <Instant name={w.starts} at={plan.run.startsAt} />
            <Instant name={w.ends} at={plan.run.endsAt} />
            <Figure name={w.takes}>
              {plan.durationMs === null ? '–' : formatDuration(plan.durationMs)}
            </Figure>
          </Group>
          {plan.critical.length > 0 && (
            <Text size="xs" c="dimmed" lineClamp={2} className="skein-name">
              {w.critical}: {plan.critical.map(({ taskId }) => taskId).join(' → ')}
            </Text>
          )}
          {plan.assumptions.length > 0 && (
            <Spoiler maxHeight={0} showLabel={w.assumptions} hideLabel={w.assumptions} fz="xs">
              {plan.assumptions.map((text) => (
                <Text size="xs" c="dimmed" key={text}>
                  {text}
                </Text>
              ))}
            </Spoiler>
          )}
        </Stack>
      )}
    </Box>
  );
}

function Instant({ name, at }: { readonly name: string; readonly at: string | null }) {
  const w = useWords(runFormWords);
  const { language } = usePrefs();
  const now = useNow();
  if (at === null) return <Figure name={name}>{w.notWithin}</Figure>;
  return (
    <Figure name={name}>
      <Time at={at} />{' '}
      <Text span size="xs" c="dimmed">
        {agoText(at, Math.min(now, Date.parse(at)), language)}
      </Text>
    </Figure>
  );
}

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Stack gap={0}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" fw={500} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {children}
      </Text>
    </Stack>
  );
}

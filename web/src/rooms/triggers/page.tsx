/** Triggers: what each hears of, what waits, and what it started last; and the assets. */
import { Stack } from '@mantine/core';
import { PageHead, PageTabs } from '../../kit/table-page.tsx';
import { useWords } from '../../kit/words.ts';
import { Assets } from '../assets/assets.tsx';
import { SendEvent } from './send-event.tsx';
import { Triggers } from './triggers.tsx';
import { triggersWords } from './words.ts';

export default function TriggersPage() {
  const w = useWords(triggersWords);
  return (
    <Stack>
      <PageHead title={w.title} about={w.about} actions={<SendEvent />} />
      <PageTabs
        label={w.tabs}
        tabs={[
          { id: 'triggers', name: w.triggers, view: () => <Triggers /> },
          { id: 'assets', name: w.assets, view: () => <Assets /> },
        ]}
      />
    </Stack>
  );
}

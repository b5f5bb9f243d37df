/** An event told by hand, on a subject or of an asset. */
import { Button, SegmentedControl, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from '../../app/search.ts';
import { call } from '../../data/api.ts';
import { FormDialog } from '../../kit/form.tsx';
import { usePrefs } from '../../kit/prefs.tsx';
import { useWords } from '../../kit/words.ts';
import { readPayload } from './payload.ts';
import { triggersWords } from './words.ts';

export function SendEvent() {
  const w = useWords(triggersWords);
  const { namespace } = usePrefs();
  // In the address: the palette opens it.
  const [search, change] = useSearchParams();
  const setOpened = (wanted: boolean): void => change({ do: wanted ? 'send' : '' });
  const [kind, setKind] = useState<'subject' | 'asset'>('subject');
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const { isJson, value: payload } = readPayload(text);
  const body =
    kind === 'subject'
      ? ({ kind: 'subject', subject: name, payload } as const)
      : ({ kind: 'asset', uri: name, payload } as const);
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        {w.send}
      </Button>
      <FormDialog
        opened={search.do === 'send'}
        onClose={() => setOpened(false)}
        title={w.send}
        submit={w.send}
        done={w.fired}
        disabled={!isJson || name === ''}
        onSubmit={() => call('sendEvent', { query: { namespace }, body })}
      >
        <Text size="sm">{w.sendSays}</Text>
        <SegmentedControl
          aria-label={w.sendKind}
          value={kind}
          onChange={setKind}
          data={[
            { value: 'subject', label: w.subject },
            { value: 'asset', label: w.asset },
          ]}
        />
        <TextInput
          label={w.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label={w.payload}
          value={text}
          autosize
          minRows={3}
          error={isJson ? undefined : w.notJson}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </FormDialog>
    </>
  );
}

/** How a node is added: not from here, but by starting it. */
import { Button, Code, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useWords } from '../../kit/words.ts';
import { clusterWords } from './words.ts';

export function AddNode() {
  const w = useWords(clusterWords);
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" onClick={open}>
        {w.add}
      </Button>
      <Modal opened={opened} onClose={close} title={w.add} size="lg">
        <Stack gap="sm">
          <Text size="sm">{w.addSays}</Text>
          <Code block>
            {'skein node start --name NAME --cluster CLUSTER \\\n' +
              '  --data DIRECTORY --nats nats://HOST:4222'}
          </Code>
          <Button variant="default" onClick={close} style={{ alignSelf: 'flex-end' }}>
            {w.addClose}
          </Button>
        </Stack>
      </Modal>
    </>
  );
}

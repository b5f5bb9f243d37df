/** Names in a preview of an action. */
import { List, Text } from '@mantine/core';
import { useWords } from '../../kit/words.ts';
import { actionWords } from './action-words.ts';

/** Names in a preview; the rest as a number. */
const namesShown = 12;

export function Names({ names }: { readonly names: readonly string[] }) {
  const w = useWords(actionWords);
  if (names.length === 0) return <Text c="dimmed">{w.none}</Text>;
  return (
    <List size="sm" style={{ columns: names.length > 6 ? 2 : 1 }}>
      {names.slice(0, namesShown).map((name) => (
        <List.Item key={name} className="skein-name" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </List.Item>
      ))}
      {names.length > namesShown && <List.Item>{w.andMore(names.length - namesShown)}</List.Item>}
    </List>
  );
}

/** What a dead letter would try again, as text: events with their payload, everything as JSON. */
import type { Command } from '../../../../src/model/command.ts';

/** A payload is JSON text inside of JSON: it is written out, and stays text. */
export function replayText(command: Command): string {
  if (command.kind !== 'outside-events') return pretty(command);
  return command.events
    .map(({ source, key, payload }) => `${pretty({ source, key })}\n${payloadText(payload)}`)
    .join('\n\n');
}

const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

function payloadText(text: string): string {
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text;
  }
}

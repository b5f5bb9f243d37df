/**
 * Dispatches for one executor, in messages that the transport takes: a task may be given megabytes
 * of texts and outputs, and a turn may start hundreds of such tasks.
 */
import { roughSize } from '../base/rough-size.ts';
import type { Dispatch } from '../model/protocol.ts';
import { paramsLength } from './rough-bytes.ts';

/** Of one message, unless a single dispatch is larger; a character takes three bytes at most. */
export const charactersPerMessageMax = 4 * 1024 * 1024;

/** In their order. */
export function inParts(dispatches: readonly Dispatch[]): readonly (readonly Dispatch[])[] {
  if (dispatches.length < 2) return [dispatches];
  const parts: Dispatch[][] = [];
  let part: Dispatch[] = [];
  let characters = 0;
  for (const dispatch of dispatches) {
    const size = sizeOf(dispatch);
    if (part.length === 0 || characters + size > charactersPerMessageMax) {
      part = [];
      parts.push(part);
      characters = 0;
    }
    part.push(dispatch);
    characters += size;
  }
  return parts;
}

/** The tasks of a run share its params, which are measured once. */
function sizeOf({ params, ...others }: Dispatch): number {
  return paramsLength(params) + roughSize(others);
}

/** Task instances by name: `load`, or `load[3]` for what works on an item of a list. */

export interface InstanceNamed {
  readonly taskId: string;
  /** Null, or 0: the only one, unless it is mapped. */
  readonly mapIndex: number | null;
  readonly map?: string | null;
}

export const instanceName = ({ taskId, mapIndex, map = null }: InstanceNamed): string =>
  mapIndex !== null && (map !== null || mapIndex > 0) ? `${taskId}[${mapIndex}]` : taskId;

/** `load[3]` -> the task and the item; a name without brackets is item 0. */
export function parseInstanceName(text: string): { taskId: string; mapIndex: number } {
  const parts = /^(.*)\[(\d{1,5})\]$/.exec(text);
  return parts === null
    ? { taskId: text, mapIndex: 0 }
    : { taskId: parts[1] ?? text, mapIndex: Number(parts[2]) };
}

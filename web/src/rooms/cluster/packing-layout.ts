/**
 * Where attempts stand in the picture of a node. A node is a square of CPU and memory; an attempt
 * is as wide and as high as what it asked for. Each stands above and to the right of the one before
 * it: what is taken of both dimensions adds up, so the corner that is left is, in both dimensions,
 * the largest task that still fits.
 */

export interface Asked {
  readonly cpu: number;
  readonly memory: number;
}

/** From the lower left corner, as parts of the node, 0 to 1. */
export interface Block<T> {
  readonly of: T;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The largest attempts first; whoever asks for nothing of a dimension is a thin line in it. */
export function staircase<T extends Asked>(
  attempts: readonly T[],
  capacity: Asked,
): readonly Block<T>[] {
  const weight = ({ cpu, memory }: Asked): number =>
    part(cpu, capacity.cpu) + part(memory, capacity.memory);
  let x = 0;
  let y = 0;
  return attempts
    .toSorted((left, right) => weight(right) - weight(left))
    .map((of) => {
      const width = Math.min(part(of.cpu, capacity.cpu), 1 - x);
      const height = Math.min(part(of.memory, capacity.memory), 1 - y);
      const block = { of, x, y, width, height };
      x += width;
      y += height;
      return block;
    });
}

const part = (amount: number, whole: number): number =>
  whole <= 0 ? 0 : Math.min(1, Math.max(0, amount / whole));

export interface Room extends Asked {
  readonly node: string;
  /** Absent: attempts are not counted there. */
  readonly slots?: number;
}

export interface Fragmentation {
  /** Of all nodes together. */
  readonly free: Asked;
  /** The largest free piece; undefined: nothing fits anywhere. */
  readonly largest: Room | undefined;
  /** Percent of the free CPU that is in pieces smaller than that. */
  readonly brokenPercent: number;
}

/** How well the room that is left could be used by one more large task. */
export function fragmentation(rooms: readonly Room[]): Fragmentation {
  const usable = rooms.filter(({ cpu, memory, slots = 1 }) => cpu > 0 && memory > 0 && slots > 0);
  const free = usable.reduce<Asked>(
    (sum, { cpu, memory }) => ({ cpu: sum.cpu + cpu, memory: sum.memory + memory }),
    { cpu: 0, memory: 0 },
  );
  const largest = usable.reduce<Room | undefined>(
    (best, room) => (best === undefined || isLarger(room, best) ? room : best),
    undefined,
  );
  const most = largest?.cpu ?? 0;
  const smaller = usable.reduce((sum, { cpu }) => sum + (cpu < most ? cpu : 0), 0);
  const brokenPercent = free.cpu === 0 ? 0 : Math.round((smaller / free.cpu) * 100);
  return { free, largest, brokenPercent };
}

/** By CPU, and by memory where that is the same. */
const isLarger = (left: Room, right: Room): boolean =>
  left.cpu > right.cpu || (left.cpu === right.cpu && left.memory > right.memory);

/** Colours of the theme that can be told apart; a text has always the same. */
const hues = ['blue', 'orange', 'teal', 'grape', 'lime', 'pink', 'indigo', 'yellow'] as const;

export function hueOf(text: string): string {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = (hash * 31 + text.charCodeAt(at)) >>> 0;
  return hues[hash % hues.length] ?? 'blue';
}

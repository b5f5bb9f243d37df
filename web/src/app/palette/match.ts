/** Which names fit what somebody types. */

/** Every word must be in the name; where the name begins with it, it comes first. */
export function matching<T>(
  items: readonly T[],
  query: string,
  textOf: (item: T) => string,
  most: number,
): readonly T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { readonly item: T; readonly rank: number }[] = [];
  for (const item of items) {
    const text = textOf(item).toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const [first = ''] = words;
    const rank = text.startsWith(first) ? 0 : text.includes(` ${first}`) ? 1 : 2;
    found.push({ item, rank });
  }
  return found
    .sort((left, right) => left.rank - right.rank)
    .slice(0, most)
    .map(({ item }) => item);
}

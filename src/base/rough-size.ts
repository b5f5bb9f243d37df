/** Of a key, a number, or a text beside its characters. */
const small = 4;

/**
 * How large a plain value is when it is written, in characters, roughly: its texts, its keys and a
 * little for all else. What stands in several places counts in each, as it is written in each.
 */
export function roughSize(value: unknown): number {
  if (typeof value === 'string') return small + value.length;
  if (typeof value !== 'object' || value === null) return small;
  let size = small;
  if (Array.isArray(value)) {
    for (const element of value) size += roughSize(element);
    return size;
  }
  for (const [key, field] of Object.entries(value)) size += small + key.length + roughSize(field);
  return size;
}

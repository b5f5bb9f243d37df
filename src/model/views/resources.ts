/** Amounts as people write them: cores, bytes, units. */
import { milliPerUnit, type Resources } from '../resources.ts';

/** Dimensions that are written in their smallest unit; all others are kept in thousandths. */
export const wholeDimensions: ReadonlySet<string> = new Set(['memory', 'disk', 'slots']);

export function resourcesView(amounts: Resources): Readonly<Record<string, number>> {
  const shown: Record<string, number> = {};
  for (const [name, amount] of Object.entries(amounts)) {
    shown[name] = wholeDimensions.has(name) ? amount : amount / milliPerUnit;
  }
  return shown;
}

/** Trials behind a warm-up; those of two who are compared take turns. */
import { loadavg } from 'node:os';
import { print } from './figures.ts';
import { machine } from './machine.ts';
import { checkoutCommit } from './versions.ts';

/** Fewer say nothing about the spread. */
export const trialsDefault = 3;

/** Above it somebody else works on the machine. */
const loadMax = 1.5;

/** The first trial warms code and files, and does not count. */
export async function afterWarmUp<T>(
  trial: () => Promise<T>,
  count = trialsDefault,
): Promise<readonly T[]> {
  await trial();
  const counted: T[] = [];
  while (counted.length < count) counted.push(await trial());
  return counted;
}

/** What every report begins with. */
export function printGround(what: string): void {
  print(machine());
  print(`commit ${checkoutCommit()}; ${what}`);
  const [load = 0] = loadavg();
  if (load > loadMax) print(`*** a load average of ${load.toFixed(1)}: figures worth little ***`);
}

/** What a task asks of its node, and what it may use there at most: from the file to the model. */
import { milliPerUnit, type Resources } from '../model/resources.ts';
import { wholeDimensions } from '../model/views/resources.ts';
import type { DagFileResources } from './dag-file-kit.ts';

/** What a process takes unless it says otherwise: a quarter of a core and 128 MiB. */
const processResources: Resources = { cpu: 250, memory: 128 * 1024 * 1024, slots: 1 };
/** Runners inside the executor take a slot and nothing else. */
const inlineResources: Resources = { slots: 1 };

type Amounts = DagFileResources | undefined;

/** A task, or `defaults`. */
export interface Asking {
  readonly resources?: Amounts;
  readonly limits?: Amounts;
}

type AskingTask = Asking & { readonly type: string };

/** What it takes of its node. A pod is no part of one: what a Job asks for stands in its action. */
export const requestOf = (task: AskingTask, defaults: Asking): Resources =>
  task.type === 'kubernetes'
    ? inlineResources
    : {
        ...(isProcess(task) ? processResources : inlineResources),
        ...toResources(defaults.resources),
        ...toResources(task.resources),
      };

/** As they were said: also where they are no more than the request. */
export const limitsSaid = (
  task: Asking & { readonly type?: string },
  defaults: Asking,
): Resources =>
  task.type === 'kubernetes'
    ? {}
    : { ...toResources(defaults.limits), ...toResources(task.limits) };

const processTypes: readonly string[] = ['shell', 'script', 'python', 'function', 'sql', 'docker'];

const isProcess = (task: AskingTask): boolean =>
  processTypes.includes(task.type) ||
  (task.type === 'sensor' && 'command' in task && task.command !== undefined);

/** Amounts as people write them -> amounts as the model keeps them. */
export function toResources(amounts: Amounts): Resources {
  const kept: Record<string, number> = {};
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    if (amount === undefined) continue;
    kept[name] = wholeDimensions.has(name) ? amount : Math.round(amount * milliPerUnit);
  }
  return kept;
}

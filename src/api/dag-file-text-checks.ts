/**
 * Expressions and templates are checked when a DAG is applied: their syntax, their types, the names
 * that they use, and that the tasks which they read have ended by then.
 */
import { taskId } from '../base/brand.ts';
import { checkExpression, mentionedTasks } from '../model/expression.ts';
import { scopeNames } from '../model/scope.ts';
import { checkTemplate, isTemplate, templateTasks } from '../model/template.ts';
import { type Known, nameFlaw, triggerMembers } from './dag-file-name-checks.ts';
import { nearestNode, nodeNamed, type Outline } from './dag-file-outline.ts';
import type { DagFile } from './dag-file-schema.ts';
import { type FileText, textsOfFile, textsOfTasks } from './dag-file-texts.ts';
import { unrenderedRemarks } from './dag-file-unrendered.ts';
import type { Visit } from './dag-file-walk.ts';
import type { Wiring } from './dag-file-wiring.ts';
import { type Remark, valueAt } from './remark.ts';
import type { Path } from './source-document.ts';

/** Without a graph, it is not looked at which tasks have ended. */
export function textRemarks(file: DagFile, wiring: Wiring | undefined): readonly Remark[] {
  const remarks: Remark[] = [];
  const places: Path[] = [];
  const params = new Map(Object.entries(file.params ?? {}).map(([name, { type }]) => [name, type]));
  const look = (text: FileText, visit: Visit | null): void => {
    if (text.as !== 'expression' && !isTemplate(text.text)) return;
    places.push(text.path);
    const message =
      flawIn(text, hasItem(text, { visit, wiring })) ??
      (wiring === undefined ? undefined : taskFault(text, visit, wiring)) ??
      nameFault(text, { params, trigger: triggerMembers[causeOf(text, visit, wiring)] });
    if (message !== undefined) remarks.push({ code: 'DAG_INVALID', path: text.path, message });
  };
  for (const text of textsOfFile(file)) look(text, null);
  for (const { visit, texts } of textsOfTasks(file)) for (const text of texts) look(text, visit);
  return [...remarks, ...unrenderedRemarks(file, places)];
}

/** What `defaults` say may reach a mapped task; what undoes one or hears of it has its item. */
function hasItem(
  { path }: FileText,
  { visit, wiring }: { readonly visit: Visit | null; readonly wiring: Wiring | undefined },
): boolean {
  if (visit === null) return path[0] === 'defaults';
  const { task } = visit;
  const isSpread = 'spread' in task && task.spread !== undefined;
  if (visit.map !== null || task.forEach !== undefined || isSpread) return true;
  const undone = wiring?.compensations.of.get(visit.id);
  return wiring !== undefined && undone !== undefined && isInMap(wiring.outline, undone);
}

function isInMap({ nodes }: Outline, id: string): boolean {
  const around = nodes.get(id)?.around ?? [];
  return [id, ...around].some((it) =>
    ['forEach', 'spread'].some((key) => valueAt(nodes.get(it)?.value, [key]) !== undefined),
  );
}

const namesOfMembers = scopeNames;
const namesOfTasks = scopeNames.filter((name) => name !== 'item');
const ofInstances: readonly string[] = ['item', 'task', 'mapIndex', 'task_id'];
const namesOfMaps = scopeNames.filter((name) => !ofInstances.includes(name));
const namesOfEvents: readonly string[] = ['trigger'];
const namesOfRounds = [...namesOfTasks, 'output'];
const namesOfMappedRounds = [...namesOfMembers, 'output'];

function namesFor({ asker }: FileText, mapped: boolean): readonly string[] {
  switch (asker) {
    case 'event':
      return namesOfEvents;
    case 'map':
      return namesOfMaps;
    case 'output':
      return mapped ? namesOfMappedRounds : namesOfRounds;
    // Instances of a callback are its calls: `item` is that of the task which it is about.
    case 'hook':
    case 'task':
      return mapped ? namesOfMembers : namesOfTasks;
  }
}

function flawIn(text: FileText, mapped: boolean): string | undefined {
  const names = namesFor(text, mapped);
  if (text.as === 'expression') {
    const checked = checkExpression(text.text, names);
    if (checked.ok) return undefined;
    const { message, column } = checked.error;
    return `${message}${column === null ? '' : ` (character ${column} of the expression)`}`;
  }
  const checked = checkTemplate(text.text, text.as, names);
  return checked.ok ? undefined : `${checked.error.message}${placeIn(text.text, checked.error)}`;
}

function nameFault(text: FileText, known: Known): string | undefined {
  const flaw = nameFlaw(text, known);
  if (flaw === undefined) return undefined;
  const { message, at } = flaw;
  return `${message}${placeIn(text.text, { offset: at })}`;
}

/** Who asks, as far as `trigger` is concerned. */
function causeOf(
  { asker }: FileText,
  visit: Visit | null,
  wiring: Wiring | undefined,
): keyof typeof triggerMembers {
  if (asker === 'event') return visit === null ? 'event' : 'message';
  const undoes = visit !== null && wiring?.compensations.of.has(visit.id) === true;
  return asker === 'hook' || undoes ? 'hook' : 'task';
}

/** ` (line 2, character 5 of the text)`. */
function placeIn(text: string, { offset }: { readonly offset: number }): string {
  const before = text.slice(0, offset).split('\n');
  const character = (before.at(-1) ?? '').length + 1;
  const line = before.length === 1 ? '' : `line ${before.length}, `;
  return ` (${line}character ${character} of the text)`;
}

/** A task that does not exist, or that may not have ended when it is asked for. */
function taskFault(text: FileText, visit: Visit | null, wiring: Wiring): string | undefined {
  if (text.asker === 'event') return undefined;
  const mentioned = text.as === 'expression' ? mentionedTasks(text.text) : templateTasks(text.text);
  if (mentioned === 'all') return undefined;
  for (const name of mentioned) {
    const fault = mentionFault(name, text, { visit, wiring });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

interface Where {
  readonly visit: Visit | null;
  readonly wiring: Wiring;
}

function mentionFault(name: string, text: FileText, where: Where): string | undefined {
  const { asker } = text;
  const { visit, wiring } = where;
  const target = nodeNamed(wiring.outline, name, visit);
  if (target === undefined) {
    return `there is no task "${name}"${nearestNode(wiring.outline, name, visit)}`;
  }
  if (target.isGroup) return `"${target.id}" is a group: name one of its tasks`;
  if (visit !== null && isHiddenInside(name, target.id, text, { visit, wiring })) {
    return `the group has a task "${name}" as well, which its first tasks would mean: rename it`;
  }
  // Callbacks and compensations come when the tasks that they may ask for have ended.
  const isLater = asker === 'hook' || visit === null || wiring.compensations.of.has(visit.id);
  if (isLater) return undefined;
  if (target.id === visit.id) {
    // The round before has left its output there.
    const isRepeated = 'repeat' in visit.task && visit.task.repeat !== undefined;
    return isRepeated || asker === 'output'
      ? undefined
      : `"${name}" is this task itself, which has no output yet`;
  }
  if (hasEnded(target.id, visit, wiring)) return undefined;
  return `"${name}" may not have ended by then: add it to \`dependsOn\``;
}

/** The condition of a group is that of its first tasks, to whom siblings come first. */
function isHiddenInside(
  name: string,
  meant: string,
  { path, asker }: FileText,
  { visit, wiring }: { readonly visit: Visit; readonly wiring: Wiring },
): boolean {
  if (visit.task.type !== 'group' || asker !== 'task' || path.at(-1) !== 'condition') return false;
  const { outline, edges } = wiring;
  return (edges.roots.get(visit.id) ?? []).some((root) => {
    const node = outline.nodes.get(root);
    return node !== undefined && nodeNamed(outline, name, node)?.id !== meant;
  });
}

/** Whether a task stands upstream of another, or of what another group waits for. */
function hasEnded(above: string, { id, task }: Visit, wiring: Wiring): boolean {
  const { ancestors, edges } = wiring;
  if (task.type !== 'group') return ancestors.isUpstream(taskId(above), taskId(id));
  const parents = edges.groupParents.get(id) ?? [];
  return parents.some((parent) => parent === above || ancestors.isUpstream(taskId(above), parent));
}

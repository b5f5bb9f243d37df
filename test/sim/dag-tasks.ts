/** The graph of a random workflow: tasks, groups, maps, branches, set-ups and teardowns. */
import { triggerRules } from '../../src/model/trigger-rule.ts';
import { hooksOfTask, undoing } from './dag-outside.ts';
import type { Maker, Part } from './dag-parts.ts';
import { neighbours } from './dag-placing.ts';
import { attemptsOf, codes, makeLeaf } from './dag-work.ts';

/** A task or a group of the outermost level. */
interface Unit {
  readonly id: string;
  readonly parents: readonly string[];
  task: Part;
}

export function makeTasks(maker: Maker): Part {
  const { chance, tasksMax } = maker;
  const units: Unit[] = [];
  const density = chance.pick([0.05, 0.2, 0.5]);
  for (let left = 1 + Math.floor(chance.fraction() ** 2 * tasksMax); left > 0; ) {
    const parents = units.map(({ id }) => id).filter(() => chance.happens(density));
    const unit = makeUnit(maker, units, parents);
    units.push(unit);
    left -= isGroup(unit) ? Object.keys(unit.task.tasks ?? {}).length : 1;
  }
  for (const unit of units) branch(maker, unit, units);
  if (maker.wants('teardown', 0.6)) units.push(...teardowns(maker, units));
  place(maker, units);
  return Object.fromEntries(
    units.map(({ id, parents, task }) => [
      id,
      parents.length === 0 ? task : { ...task, dependsOn: parents },
    ]),
  );
}

const isGroup = ({ task }: Unit): boolean => task.type === 'group';
const isMapped = ({ task }: Unit): boolean => (task.forEach ?? task.spread) !== undefined;
const isPlain = (unit: Unit): boolean => !isGroup(unit) && !isMapped(unit);

function makeUnit(maker: Maker, before: readonly Unit[], parents: readonly string[]): Unit {
  const { chance, wants } = maker;
  const at = before.length;
  const rule = chance.happens(0.7) ? {} : { triggerRule: chance.pick(triggerRules) };
  const map = wants('map', 0.2) ? makeMap(maker, before) : undefined;
  const all = [...new Set([...parents, ...(map?.parents ?? [])])];
  if (wants('group', 0.2)) {
    const tasks = insides(maker, map !== undefined);
    return { id: `g${at}`, parents: all, task: { type: 'group', tasks, ...map?.keys, ...rule } };
  }
  const knows = before.filter((unit) => isPlain(unit) && parents.includes(unit.id));
  const leaf = makeLeaf(
    maker,
    knows.map(({ id }) => id),
  );
  const keys = map?.keys ?? (isWork(leaf) && wants('map', 0.1) ? makeSpread(maker) : {});
  const task = { ...leaf, ...hooksOfTask(maker, leaf), ...undoing(maker), ...keys, ...rule };
  return { id: `t${at}`, parents: all, task };
}

const isWork = ({ type }: Part): boolean => type === 'shell' || type === 'noop';

/** One instance for each node, or numbered ones. */
const makeSpread = ({ chance }: Maker): Part => ({
  spread: chance.happens(0.6) ? 'broadcast' : { shards: 1 + chance.below(4) },
  ...(chance.happens(0.2) && { maxParallel: 1 + chance.below(2) }),
});

/** Only what runs on nodes has a place there; who that is was known only behind the branches. */
function place(maker: Maker, units: readonly Unit[]): void {
  const onNodes = units.filter(({ task }) => isWork(task));
  const ids = onNodes.map(({ id }) => id);
  for (const unit of onNodes) {
    const beside = neighbours(maker, unit.id, ids);
    if (beside === undefined || Object.keys(beside).length === 0) continue;
    const { affinity = {} } = unit.task;
    unit.task = { ...unit.task, affinity: { ...Object(affinity), ...beside } };
  }
}

interface MadeMap {
  readonly keys: Part;
  readonly parents: readonly string[];
}

/** Over a list that stands in the file, a param, an output; or a product. */
function makeMap({ chance }: Maker, before: readonly Unit[]): MadeMap {
  const lists = before.filter(
    (unit) => isPlain(unit) && String(unit.task.command).startsWith('sim-list'),
  );
  const limit = chance.happens(0.4) ? { maxParallel: 1 + chance.below(2) } : {};
  const list = chance.happens(0.7) && lists.length > 0 ? chance.pick(lists) : undefined;
  if (list !== undefined) {
    return { keys: { forEach: `tasks.${list.id}.output`, ...limit }, parents: [list.id] };
  }
  const forEach = chance.pick<unknown>([
    [1, 2, 3],
    [],
    'params.items',
    'range(params.n)',
    { a: 'params.items', b: ['x', 'y'] },
  ]);
  return { keys: { forEach, ...limit }, parents: [] };
}

/** The tasks of a group: a chain or a fork; in a map some are chosen for each item. */
function insides(maker: Maker, mapped: boolean): Part {
  const { chance, wants } = maker;
  const names = ['a', 'b', 'c', 'd'].slice(0, 1 + chance.below(4));
  const tasks: Record<string, Part> = {};
  for (const [at, name] of names.entries()) {
    const dependsOn = names.slice(0, at).filter(() => chance.happens(0.6));
    const leaf = makeLeaf(maker, []);
    const rule = chance.happens(0.8) ? {} : { triggerRule: chance.pick(triggerRules) };
    const more = { ...hooksOfTask(maker, leaf), ...undoing(maker) };
    tasks[name] = { ...leaf, ...more, ...rule, dependsOn };
  }
  const children = names.filter((name) => dependsOnFirst(tasks[name]));
  if (children.length > 0 && wants('branch', 0.5)) {
    const condition = mapped ? 'mapIndex % 2 == 0' : 'params.n > 2';
    tasks.a = { type: 'branch', condition, ...choice(maker, children) };
  } else if (wants('teardown', 0.4)) {
    tasks.a = { ...tasks.a, setup: true };
    const dependsOn = names.slice(1);
    tasks.z = { ...workOfTeardown(maker), teardown: ['a'], dependsOn };
  }
  return tasks;
}

const dependsOnFirst = (task: Part | undefined): boolean =>
  Array.isArray(task?.dependsOn) && task.dependsOn.includes('a');

/** Makes a task that has children choose among them. */
function branch(maker: Maker, unit: Unit, units: readonly Unit[]): void {
  const { chance, wants } = maker;
  const children = units.filter(({ parents }) => parents.includes(unit.id)).map(({ id }) => id);
  if (!isPlain(unit) || children.length === 0 || !wants('branch', 0.35)) return;
  const { triggerRule, repeat, produces, ...rest } = unit.task;
  const rule = triggerRule === undefined ? {} : { triggerRule };
  if (chance.happens(0.5)) {
    const condition = `params.n > ${chance.below(6)}`;
    unit.task = { type: 'branch', condition, ...choice(maker, children), ...rule };
  } else if (unit.task.type === 'shell') {
    const named = chance.happens(0.05) ? ['nobody'] : children.filter(() => chance.happens(0.5));
    const lasts = Math.floor(chance.around(100));
    const command = `sim-branch ${lasts} ${codes(maker, 0.9)} ${named.join('+') || 'none'}`;
    unit.task = { ...rest, ...rule, command, branch: true };
  }
}

function choice({ chance }: Maker, children: readonly string[]): Part {
  const some = children.filter(() => chance.happens(0.5));
  const others = children.filter((id) => !some.includes(id));
  return {
    // biome-ignore lint/suspicious/noThenProperty: it is the name of a key in the file
    ...(some.length > 0 && { then: some }),
    ...(others.length > 0 && chance.happens(0.7) && { else: others }),
    ...(chance.happens(0.3) && { shortCircuit: true }),
  };
}

/** Some tasks become set-ups, and each has a task behind others that tidies up. */
function teardowns(maker: Maker, units: readonly Unit[]): readonly Unit[] {
  const { chance } = maker;
  const made: Unit[] = [];
  for (const [at, unit] of units.entries()) {
    if (!isPlain(unit) || !chance.happens(0.25) || made.length === 2) continue;
    unit.task = { ...unit.task, setup: true };
    const later = units.slice(at + 1).map(({ id }) => id);
    const parents = [unit.id, ...later.filter(() => chance.happens(0.4))];
    const failsRun = chance.happens(0.3) ? { failsRun: true } : {};
    const task = { ...workOfTeardown(maker), teardown: [unit.id], ...failsRun };
    made.push({ id: `z${at}`, parents, task });
  }
  return made;
}

function workOfTeardown(maker: Maker): Part {
  const lasts = Math.floor(maker.chance.around(200));
  const command = `sim ${lasts} ${codes(maker, 0.85)}`;
  return { type: 'shell', command, ...attemptsOf(maker, null) };
}

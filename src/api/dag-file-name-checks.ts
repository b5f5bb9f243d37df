/**
 * What a file knows of the names in its texts: which params it declares, which members the names of
 * a scope have, and what states there are. Everything that is said here would fail in every run.
 */
import { didYouMean } from '../base/suggest.ts';
import type { ParamType } from '../model/dag.ts';
import { isNeverBool, type Use, usesOf } from '../model/expression/uses.ts';
import { syntaxOf } from '../model/expression.ts';
import { runTransitions } from '../model/run.ts';
import { membersInScope } from '../model/scope.ts';
import { taskTransitions } from '../model/task-instance.ts';
import { templateValues } from '../model/template.ts';
import type { FileText } from './dag-file-texts.ts';

export interface Known {
  /** Declared params, with their types. */
  readonly params: ReadonlyMap<string, ParamType>;
  /** What the asker finds in `trigger`. */
  readonly trigger: readonly string[];
}

/** What a task finds in `trigger`; a callback, which is told of something; an event's filter. */
export const triggerMembers = {
  task: ['kind', 'payload'],
  hook: ['kind', 'payload', 'on', 'taskId', 'mapIndex', 'state', 'reason'],
  event: ['name', 'payload', 'events'],
  message: ['payload'],
} as const;

/** The first name that means nothing, or a condition that is none; `at` is a place in the text. */
export interface NameFlaw {
  readonly message: string;
  readonly at: number;
}

export function nameFlaw({ text, as, path }: FileText, known: Known): NameFlaw | undefined {
  if (as !== 'expression') {
    for (const { syntax, positionOf } of templateValues(text)) {
      const flaw = firstFlaw(usesOf(syntax), known);
      if (flaw !== undefined) return { message: flaw.message, at: positionOf(flaw.at) };
    }
    return undefined;
  }
  const syntax = syntaxOf(text);
  if (syntax === undefined) return undefined;
  const flaw = firstFlaw(usesOf(syntax), known);
  const isCondition = conditionKeys.includes(path.at(-1) ?? '') && path.at(-2) !== 'forEach';
  if (flaw !== undefined || !isCondition) return flaw;
  if (!isNeverBool(syntax, (of) => isNoBool(of, known))) return undefined;
  return { message: 'this is never true or false: compare it with something', at: 0 };
}

const conditionKeys: readonly (string | number)[] = ['condition', 'until', 'filter'];

function firstFlaw(uses: readonly Use[], known: Known): NameFlaw | undefined {
  for (const use of uses) {
    const message = memberFault(use, known) ?? stateFault(use);
    if (message !== undefined) return { message, at: use.at };
  }
  return undefined;
}

function memberFault({ path }: Use, { params, trigger }: Known): string | undefined {
  const [name, first = '', second] = path;
  switch (name) {
    case 'params': {
      if (params.has(first)) return undefined;
      const nearest = didYouMean(first, params.keys());
      const rest = nearest === '' ? ': declare it under `params`' : nearest;
      return `the DAG has no param "${first}"${rest}`;
    }
    case 'run':
    case 'task':
      return unknownMember(name, first, membersInScope[name]);
    case 'trigger':
      return unknownMember(name, first, trigger);
    case 'tasks':
      if (second === undefined) return undefined;
      return unknownMember(`tasks.${first}`, second, membersInScope.tasks);
    default:
      return undefined;
  }
}

function unknownMember(of: string, name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  const nearest = didYouMean(name, known);
  return `${of} has no "${name}"${nearest === '' ? `; it has ${known.join(', ')}` : nearest}`;
}

const taskStates = Object.keys(taskTransitions);
const allStates = [...new Set([...taskStates, ...Object.keys(runTransitions)])];

/** A comparison with what is no state is always false, and nobody sees it. */
function stateFault({ path, comparedWith }: Use): string | undefined {
  const isOfTask = path[0] === 'tasks' && path[2] === 'state' && path.length === 3;
  const isOfCause = path[0] === 'trigger' && path[1] === 'state' && path.length === 2;
  if (!isOfTask && !isOfCause) return undefined;
  const states = isOfTask ? taskStates : allStates;
  const unknown = comparedWith.find((text) => !states.includes(text));
  if (unknown === undefined) return undefined;
  const nearest = didYouMean(unknown, states);
  const rest = nearest === '' ? `; there are ${states.join(', ')}` : nearest;
  return `"${unknown}" is no state${rest}`;
}

/** A param of another type, a text of the run. */
function isNoBool(path: readonly string[], { params }: Known): boolean {
  const [name, first = '', second] = path;
  if (path.length === 1) return name !== 'item' && name !== 'trigger' && name !== 'output';
  if (name === 'params' && path.length === 2) {
    const type = params.get(first);
    return type !== undefined && type !== 'boolean';
  }
  if (name === 'run' || name === 'task') return true;
  return name === 'tasks' && (second === undefined || second === 'state');
}

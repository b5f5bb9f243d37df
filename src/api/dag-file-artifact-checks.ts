/** Inputs and artifacts of a file: where each comes from, and what is in the way of it. */
import { taskId } from '../base/brand.ts';
import { didYouMean } from '../base/suggest.ts';
import { type ArtifactSource, plainPath } from '../model/artifact.ts';
import type { TaskSpec } from '../model/dag.ts';
import { nearestNode, nodeNamed, type Outline } from './dag-file-outline.ts';
import type { DagFile } from './dag-file-schema.ts';
import { type Visit, visits } from './dag-file-walk.ts';
import type { Wiring } from './dag-file-wiring.ts';
import type { Remark } from './remark.ts';

interface Said {
  readonly artifacts: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
}

function said({ task }: Pick<Visit, 'task'>): Said | undefined {
  const artifacts = 'artifacts' in task ? task.artifacts : undefined;
  const inputs = 'inputs' in task ? task.inputs : undefined;
  if (artifacts === undefined && inputs === undefined) return undefined;
  return { artifacts: artifacts ?? {}, inputs: inputs ?? {} };
}

/** Inputs that nobody leaves, or not before; paths that are in each other's way. */
export function artifactRemarks(file: DagFile, wiring: Wiring | undefined): readonly Remark[] {
  const all = [...visits(file)];
  const speakers = all.flatMap((visit) => {
    const words = said(visit);
    return words === undefined ? [] : [{ visit, words }];
  });
  if (speakers.length === 0) return [];
  const left = new Map(speakers.map(({ visit, words }) => [visit.id, words.artifacts]));
  return speakers.flatMap(({ visit, words }) => [
    ...directoryRemarks(visit),
    ...placeRemarks(visit, words),
    ...(wiring === undefined ? [] : sourceRemarks(visit, words, { wiring, left })),
  ]);
}

function directoryRemarks({ task, path: at, defaults }: Visit): readonly Remark[] {
  if (!('cwd' in task) || (task.cwd ?? defaults.cwd) === undefined) return [];
  const message =
    'a task with artifacts or inputs works in a directory of its own: it has no `cwd`';
  return [{ code: 'DAG_INVALID', path: [...at, ...(task.cwd ? ['cwd'] : [])], message }];
}

/** One input lies in another. */
function placeRemarks({ path: at }: Visit, { inputs }: Said): readonly Remark[] {
  const places = Object.keys(inputs);
  return places.flatMap((place): readonly Remark[] => {
    const other = places.find(
      (it) => it !== place && `${plainPath(place)}/`.startsWith(`${plainPath(it)}/`),
    );
    if (other === undefined) return [];
    const message = `the input "${other}" is put in the same place: choose another path`;
    return [{ code: 'DAG_INVALID', path: [...at, 'inputs', place], message }];
  });
}

interface Known {
  readonly wiring: Wiring;
  /** By task, what it leaves. */
  readonly left: ReadonlyMap<string, Said['artifacts']>;
}

function sourceRemarks(visit: Visit, { inputs }: Said, { wiring, left }: Known): readonly Remark[] {
  return Object.entries(inputs).flatMap(([place, text]): readonly Remark[] => {
    const message = sourceFault(visit, text, { wiring, left });
    if (message === undefined) return [];
    return [{ code: 'DAG_INVALID', path: [...visit.path, 'inputs', place], message }];
  });
}

function sourceFault(visit: Visit, text: string, { wiring, left }: Known): string | undefined {
  const [task, artifact] = halves(text);
  const { outline, ancestors } = wiring;
  const target = nodeNamed(outline, task, visit);
  if (target === undefined) return `there is no task "${task}"${nearestNode(outline, task, visit)}`;
  if (target.isGroup) return `"${task}" is a group: name one of its tasks`;
  const names = left.get(target.id) ?? {};
  if (!Object.hasOwn(names, artifact)) {
    const nearest = didYouMean(artifact, Object.keys(names));
    return `task "${task}" leaves no artifact "${artifact}"${nearest}`;
  }
  if (ancestors.isUpstream(taskId(target.id), taskId(visit.id))) return undefined;
  return `task "${task}" need not have ended before this one: add it to \`dependsOn\``;
}

const halves = (text: string): readonly [string, string] => {
  const at = text.indexOf(':');
  return [text.slice(0, at), text.slice(at + 1)];
};

/** The same as part of a task's spec; nothing where nothing is said. */
export function artifactSpec(
  task: Visit['task'],
  outline: Outline,
  group: string | null,
): Pick<TaskSpec, 'artifacts' | 'inputs'> {
  const words = said({ task });
  if (words === undefined) return {};
  const inputs: Record<string, ArtifactSource> = {};
  for (const [place, text] of Object.entries(words.inputs)) {
    const [named, artifact] = halves(text);
    const id = taskId(nodeNamed(outline, named, { group })?.id ?? named);
    inputs[place] = { task: id, name: artifact };
  }
  return {
    ...(Object.keys(words.artifacts).length === 0 ? {} : { artifacts: words.artifacts }),
    ...(Object.keys(inputs).length === 0 ? {} : { inputs }),
  };
}

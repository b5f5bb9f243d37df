/** The tasks of a checked file one by one, each with what is around it. */
import type { DagFileBehaviour } from './dag-file-behaviour.ts';
import type { DagFileGroup, DagFileTasks } from './dag-file-groups.ts';
import type { DagFile } from './dag-file-schema.ts';
import { mergedDefaults } from './dag-file-specs.ts';
import type { DagFileLeaf } from './dag-file-tasks.ts';
import type { Path } from './source-document.ts';

export interface Visit {
  readonly id: string;
  readonly path: Path;
  /** The group that it stands in. */
  readonly group: string | null;
  /** The mapped group around it. */
  readonly map: string | null;
  readonly defaults: DagFileBehaviour;
  readonly task: DagFileLeaf | DagFileGroup;
}

/** Groups come before their tasks. */
export function* visits(file: DagFile): Iterable<Visit> {
  yield* level(file.tasks, {
    path: ['tasks'],
    group: null,
    map: null,
    defaults: file.defaults ?? {},
  });
}

type Frame = Omit<Visit, 'id' | 'task'>;

function* level(tasks: DagFileTasks, frame: Frame): Iterable<Visit> {
  for (const [name, task] of Object.entries(tasks)) {
    const id = frame.group === null ? name : `${frame.group}.${name}`;
    const path = [...frame.path, name];
    yield { ...frame, id, path, task };
    if (task.type !== 'group') continue;
    yield* level(task.tasks, {
      path: [...path, 'tasks'],
      group: id,
      map: task.forEach === undefined ? frame.map : id,
      defaults: mergedDefaults(frame.defaults, task.defaults),
    });
  }
}

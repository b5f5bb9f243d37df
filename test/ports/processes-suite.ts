/**
 * The conformance suite of the Processes port: what every body, real or simulated, lets its caller
 * observe. Whatever needs an operating system (bytes, descriptors, daemons) is not in here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessEvent, Processes, ProcessSpec, RunningProcess } from '../../src/base/ports.ts';

/** What a task does, in words that a body without an operating system can follow too. */
export type TaskBehaviour =
  | { readonly kind: 'exits'; readonly code: number }
  /** Runs until it is told to end; ends at TERM. */
  | { readonly kind: 'lasts' }
  /** Runs until it is killed. */
  | { readonly kind: 'ignores-term' }
  | { readonly kind: 'cannot-start' };

export interface ProcessesBench {
  readonly processes: Processes;
  /** A spec, with a key of its own, of a task that behaves like that. */
  spec(behaviour: TaskBehaviour): ProcessSpec;
  /** Resolves when the task of `spec` has become what it is: it ignores TERM by now, if it does. */
  settled(spec: ProcessSpec): Promise<void>;
  /** Lets time pass until `condition` holds, and rejects when it never does. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

interface Watched {
  readonly spec: ProcessSpec;
  readonly process: RunningProcess;
  readonly events: readonly ProcessEvent[];
}

const hasEnded = (watched: Watched): boolean =>
  watched.events.some((event) => event.kind !== 'started');

const kinds = (watched: Watched): readonly string[] => watched.events.map((event) => event.kind);

/** Holds the bodies that `open` makes against the contract of the port. */
export function processesSuite(name: string, open: () => Promise<ProcessesBench>): void {
  describe(`processes (${name})`, () => {
    let bench: ProcessesBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());

    const start = (behaviour: TaskBehaviour): Watched => {
      const spec = bench.spec(behaviour);
      const events: ProcessEvent[] = [];
      const process = bench.processes.start(spec, (event) => events.push(event));
      expect(events).toEqual([]);
      return { spec, process, events };
    };
    const ended = async (watched: Watched): Promise<ProcessEvent> => {
      await bench.until(() => hasEnded(watched));
      await swept(watched);
      return watched.events.at(-1)!;
    };
    const swept = async (watched: Watched): Promise<void> => {
      let answers = 0;
      watched.process.sweep(() => {
        answers += 1;
      });
      expect(answers).toBe(0);
      await bench.until(() => answers > 0);
      expect(answers).toBe(1);
    };

    for (const code of [0, 1, 99, 127, 255]) {
      it(`reports started and then exited with code ${code}`, async () => {
        const task = start({ kind: 'exits', code });
        expect(await ended(task)).toMatchObject({ kind: 'exited', code, signal: undefined });
        expect(kinds(task)).toEqual(['started', 'exited']);
      });
    }

    it('tells a task that exits with 137 from one that was killed', async () => {
      const task = start({ kind: 'exits', code: 137 });
      expect(await ended(task)).toMatchObject({ kind: 'exited', code: 137, signal: undefined });
    });

    it('reports failed, and nothing else, for a task that cannot start', async () => {
      const task = start({ kind: 'cannot-start' });
      expect(await ended(task)).toMatchObject({ kind: 'failed' });
      expect(kinds(task)).toEqual(['failed']);
    });

    it('ends a task by TERM', async () => {
      const task = start({ kind: 'lasts' });
      await bench.until(() => task.events.length === 1);
      task.process.signal('TERM');
      expect(await ended(task)).toMatchObject({ kind: 'exited', code: 143, signal: 15 });
    });

    it('ends a task that ignores TERM by KILL', async () => {
      const task = start({ kind: 'ignores-term' });
      await bench.settled(task.spec);
      task.process.signal('TERM');
      const other = start({ kind: 'exits', code: 0 });
      await ended(other);
      expect(kinds(task)).toEqual(['started']);
      task.process.signal('KILL');
      expect(await ended(task)).toMatchObject({ kind: 'exited', code: 137, signal: 9 });
    });

    for (const name of ['TERM', 'KILL'] as const) {
      it(`ends a task that gets ${name} before it has started`, async () => {
        const task = start({ kind: 'lasts' });
        task.process.signal(name);
        await ended(task);
        expect(kinds(task).filter((kind) => kind !== 'started')).toHaveLength(1);
      });
    }

    it('takes a signal after the end for nothing', async () => {
      const task = start({ kind: 'exits', code: 3 });
      await ended(task);
      task.process.signal('TERM');
      task.process.signal('KILL');
      await swept(task);
      expect(kinds(task)).toEqual(['started', 'exited']);
    });

    it('sweeps a task that is running: it ends first, and then the sweep is answered', async () => {
      const task = start({ kind: 'ignores-term' });
      await bench.settled(task.spec);
      await swept(task);
      expect(task.events.at(-1)).toMatchObject({ kind: 'exited', code: 137, signal: 9 });
    });

    it('ends one of many tasks and leaves the others alone', async () => {
      const tasks = Array.from({ length: 12 }, () => start({ kind: 'lasts' }));
      await bench.until(() => tasks.every((task) => task.events.length === 1));
      tasks[5]!.process.signal('KILL');
      await ended(tasks[5]!);
      expect(tasks.filter(hasEnded)).toHaveLength(1);
      for (const task of tasks) task.process.signal('KILL');
      await Promise.all(tasks.map(ended));
    });
  });
}

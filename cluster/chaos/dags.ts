/** The workflows of a chaos run. Tasks are witnesses: they write what they do to a ledger. */

export interface ChaosDag {
  readonly id: string;
  readonly text: string;
}

export interface WitnessPlace {
  readonly program: string;
  /** The folder of the ledger and the locks. */
  readonly folder: string;
}

/** Seconds between two instants of the schedules. */
export const cronSeconds = 3;

/** Every instant starts a run, however late: `catchup` is on. */
export const cronDag = 'chaos-cron';
/** Instants that nobody could serve in time are let go. */
export const timelyDag = 'chaos-timely';

/** DAGs whose runs clients start. */
export const runDags = ['chaos-chain', 'chaos-fan', 'chaos-daemon'] as const;

export function chaosDags({ program, folder }: WitnessPlace): readonly ChaosDag[] {
  const task = (workMs: number, dependsOn: readonly string[] = [], before = '') => ({
    type: 'shell',
    command: `${before}exec ${program} ${folder} ${workMs}`,
    dependsOn,
    retries: 3,
    resources: { cpu: 0.05, memory: '16Mi' },
  });
  const leaves = ['a', 'b', 'c', 'd'];
  const cron = { cron: `*/${cronSeconds} * * * * *` };
  const common = { maxActiveRuns: 1_000 };
  const dags = {
    'chaos-chain': {
      tasks: { first: task(50), second: task(300, ['first']), third: task(20, ['second']) },
    },
    'chaos-fan': {
      tasks: {
        root: task(20),
        ...Object.fromEntries(leaves.map((leaf) => [leaf, task(150, ['root'])])),
        join: task(10, leaves),
      },
    },
    // What it leaves behind must go when its attempt does, or with its node.
    'chaos-daemon': { tasks: { parent: task(2_000, [], 'setsid sleep 600 & ') } },
    [cronDag]: { schedule: cron, catchup: true, tasks: { only: { type: 'noop' } } },
    [timelyDag]: { schedule: cron, catchup: false, tasks: { only: { type: 'noop' } } },
  };
  return Object.entries(dags).map(([id, dag]) => ({
    id,
    text: JSON.stringify({ id, ...common, ...dag }),
  }));
}

/** A register: a DAG that only holds a description. */
export const registerDag = (id: string, value: string): string =>
  JSON.stringify({ id, description: value, tasks: { only: { type: 'noop' } } });

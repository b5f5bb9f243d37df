/**
 * Codes of what people do to runs, versions and named objects by hand. A part of `problems.ts`,
 * under the same rules.
 */
export const operatorProblems = {
  OBJECT_NOT_FOUND: {
    status: 404,
    title: 'There is no such pool, variable, calendar, connection, namespace or node pool.',
    next:
      'List what there is: `skein pool list`, and so for variable, calendar, conn, namespace and ' +
      'node-pool.',
  },
  NODE_NOT_FOUND: {
    status: 404,
    title: 'There is no such node.',
    next: 'List the nodes with `skein nodes`.',
  },
  NODE_LEAVING: {
    status: 409,
    title: 'The node is being taken away, and takes no tasks any more.',
    next: 'Let it go, and raise the minimum of its pool: `skein node-pool set NAME --min N`.',
  },
  QUOTA_EXCEEDED: {
    status: 429,
    title: 'The quota of the namespace is used up.',
    next: 'Wait until some of what the message names is over, or raise the quota.',
    retryAfterSeconds: 30,
  },
  FORECAST_BUSY: {
    status: 503,
    title: 'The node works on other forecasts.',
    next: 'Wait a moment, or ask another node: every node can make them.',
    retryAfterSeconds: 5,
  },
  ENCRYPTION_KEY_MISSING: {
    status: 409,
    title: 'The node has no key to seal or to open secrets with.',
    next:
      'Make one with `openssl rand -base64 32`, put it into a file, name that in ' +
      'SKEIN_ENCRYPTION_KEY_FILE (or `encryptionKeyFile`) on every node, and start them again.',
  },
  OBJECT_IN_USE: {
    status: 409,
    title: 'DAGs use the object, so it cannot be deleted.',
    next: 'Apply the DAGs that the message names without it, or delete them, then try again.',
  },
  TASK_ACTIVE: {
    status: 409,
    title: 'Task instances that stand in the way are under way.',
    next: 'Wait until those that the message names have ended, or mark them first with --force.',
  },
  EDIT_REFUSED: {
    status: 409,
    title: 'The run cannot go on with that definition.',
    next: 'Keep what has begun as it was; only tasks that have not started may differ.',
  },
  NOTHING_TO_COMPENSATE: {
    status: 409,
    title: 'Nothing in the run can be compensated.',
    next: 'Only tasks that succeeded and name a `compensate` task are; look with `skein show RUN`.',
  },
  BACKFILL_NOT_FOUND: {
    status: 404,
    title: 'There is no such backfill.',
    next: 'List them with `skein backfill list`.',
  },
  BACKFILL_ENDED: {
    status: 409,
    title: 'The backfill is over.',
    next: 'Start a new one for what is left, with --only missing or --only failed.',
  },
  BACKFILL_INVALID: {
    status: 400,
    title: 'The backfill has no dates to run, or too many.',
    next: 'Choose another range; --dry-run shows how many dates there are.',
  },
  CANARY_INVALID: {
    status: 400,
    title: 'The canary cannot be started like that.',
    next: 'Give a version that is not the current one, and either a share or a number of runs.',
  },
  CANARY_NOT_FOUND: {
    status: 404,
    title: 'The DAG has no canary.',
    next: 'Look at its versions with `skein dag versions DAG`.',
  },
  LETTER_NOT_FOUND: {
    status: 404,
    title: 'There is no such dead letter.',
    next: 'List them with `skein letters`; it may have been replayed or dropped already.',
  },
} as const;

/** The types of tasks, and what a new one of each begins with. */

export const newTasks = {
  shell: { type: 'shell', command: 'echo hello' },
  python: { type: 'python', script: 'print("hello")\n' },
  function: { type: 'function', code: 'export default async () => ({ ok: true });\n' },
  http: { type: 'http', url: 'https://example.org/' },
  sql: { type: 'sql', connection: 'my_db', sql: 'SELECT 1' },
  docker: { type: 'docker', image: 'alpine:3', command: 'echo hello' },
  kubernetes: { type: 'kubernetes', image: 'alpine:3', command: ['echo', 'hello'] },
  script: { type: 'script', interpreter: ['perl'], code: 'print "hello\\n";\n' },
  sensor: { type: 'sensor', file: '/tmp/ready', every: '30s' },
  wait: { type: 'wait', for: '5m' },
  approval: { type: 'approval', message: 'May it go on?' },
  branch: { type: 'branch', condition: 'params.fast' },
  subdag: { type: 'subdag', dag: 'other_dag' },
  trigger: { type: 'trigger', dag: 'other_dag' },
  email: {
    ...{ type: 'email', connection: 'mail', to: ['you@example.org'] },
    ...{ subject: 'Done', text: 'It is done.' },
  },
  notify: { type: 'notify', connection: 'chat', message: 'It is done.' },
  noop: { type: 'noop' },
} as const;

export type NewTask = keyof typeof newTasks;

export const isTaskType = (name: string): name is NewTask => Object.hasOwn(newTasks, name);

export const taskTypes: readonly NewTask[] = Object.keys(newTasks).filter(isTaskType);

/** Keys that belong to a type alone, in the order of the form; those with many lines say so. */
export const ownKeys: Readonly<Record<string, readonly string[]>> = {
  shell: ['command'],
  python: ['script'],
  function: ['code'],
  script: ['code'],
  http: ['url'],
  sql: ['connection', 'sql'],
  docker: ['image', 'command'],
  kubernetes: ['image'],
  wait: ['for', 'until'],
  approval: ['message', 'timeout'],
  branch: ['condition'],
  conditional: ['condition'],
  subdag: ['dag'],
  trigger: ['dag'],
  email: ['connection', 'subject'],
  notify: ['connection', 'message'],
};

export const longKeys: ReadonlySet<string> = new Set(['command', 'script', 'code', 'sql']);

/** Types that run on a node, and so ask for room, pools and retries. */
const ofLeader = ['branch', 'conditional', 'wait', 'approval', 'subdag', 'trigger', 'group'];
export const runsOnNode = (type: string): boolean => !ofLeader.includes(type);

export const triggerRules = [
  ...['all_success', 'all_failed', 'all_done', 'all_skipped', 'one_success', 'one_failed'],
  ...['one_done', 'none_failed', 'none_failed_min_one_success', 'none_skipped', 'always'],
];

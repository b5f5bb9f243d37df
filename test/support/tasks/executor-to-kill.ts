/**
 * A small executor for tests that kill it: starts tasks that fork, daemonise and ignore TERM, says
 * `ready` when all of them run, and waits to be killed. Arguments: mode, folder, prefix of the
 * keys.
 */

import type { ContainmentMode } from '../../../src/executor/processes/containment.ts';
import { createProcesses } from '../../../src/executor/processes/create-processes.ts';

const [mode = '', folder = '/tmp', prefix = ''] = process.argv.slice(2);
const modes: readonly ContainmentMode[] = ['pid-namespace', 'user-namespace', 'marker-scan'];
const containment = modes.find((known) => known === mode) ?? 'marker-scan';
const { processes } = createProcesses({ helpers: 2, containment, owner: prefix });

const lines = [
  'sleep 1000',
  "trap '' TERM HUP INT; sleep 1000 & wait",
  'setsid sh -c "sleep 1000 & sleep 1000" & (setsid sleep 1000 &) ; sleep 1000',
  'setsid sleep 1000 &',
];

lines.forEach((line, i) => {
  processes.start(
    {
      key: `${prefix}${i}`,
      argv: ['sh', '-c', line],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      cwd: folder,
      stdoutFile: `${folder}/${i}.out`,
      stderrFile: `${folder}/${i}.err`,
    },
    (event) => process.stdout.write(`${i} ${event.kind}\n`),
  );
});

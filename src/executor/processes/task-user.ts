/**
 * The user that tasks run as, where the node's configuration names one. Everything that could go
 * wrong with it goes wrong here, at the start of the node, and not with every task.
 */
import { spawnSync } from 'node:child_process';
import type { ProcessUser } from '../../base/ports.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { ContainmentMode } from './containment.ts';

export interface TaskUser extends ProcessUser {
  readonly home: string;
}

const answerMsMax = 5000;

/** `directory` is where the attempts are: the user must be able to get there. Errors: sentences. */
export function findTaskUser(
  name: string,
  options: { readonly directory: string; readonly mode: ContainmentMode },
): Result<TaskUser, string> {
  if (process.getuid?.() !== 0) {
    return fail(`taskUser is "${name}", but only a node that runs as root can switch users`);
  }
  if (options.mode === 'user-namespace') {
    return fail(
      `taskUser is "${name}", but tasks run in user namespaces here, which have one user`,
    );
  }
  const entry = said(['getent', 'passwd', '--', name]);
  const [known, , uid, gid, , home] = (entry ?? '').trim().split(':');
  if (known === undefined || known === '' || uid === undefined || gid === undefined) {
    return fail(`taskUser: this machine has no user "${name}"`);
  }
  const user = { name: known, uid: Number(uid), gid: Number(gid), home: home || '/' };
  if (user.uid === 0) return fail(`taskUser is "${name}", which is root: leave it out instead`);
  const switching = ['setpriv', '--reuid', uid, '--regid', gid, '--init-groups', '--no-new-privs'];
  if (said([...switching, '--', 'true']) === undefined) {
    return fail(`taskUser: setpriv(1) cannot become "${name}" here`);
  }
  const entering = ['--', 'sh', '-c', 'cd -- "$1"', 'sh', options.directory];
  if (said([...switching, ...entering]) === undefined) {
    return fail(`taskUser: "${name}" may not enter ${options.directory}: check its directories`);
  }
  return ok(user);
}

/** Undefined when the program does not end well. */
function said([program = '', ...args]: readonly string[]): string | undefined {
  const answer = spawnSync(program, args, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    encoding: 'utf8',
    timeout: answerMsMax,
  });
  return answer.status === 0 ? answer.stdout : undefined;
}

/**
 * The shell texts of the helpers. They hold no word of any task; those come through `launch.ts`.
 *
 * A helper answers on one stream, in order: `h` (ready), `s` (the task is about to become its
 * program), `x CODE [PIDS]` (it ended). Every other line is the shell's own diagnosis of the task
 * under way, such as `cd: can't cd to /nowhere` or `Killed`.
 */
import { quote } from './words.ts';

/**
 * Runs "$@" with no descriptor above 2 that a POSIX shell can name, and with standard error on the
 * stream of the answers, so that a diagnosis stands before the answer that it explains.
 */
export const openingScript = 'exec "$@" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-';

/**
 * What a helper that has a control group of its own does first: from then on it, and everything
 * that it starts, is in there. A helper that cannot get in ends, and says why.
 */
export const joiningText = (doors: readonly string[]): string =>
  doors.map((door) => `echo 0 >${quote(door)} || exit 1\n`).join('');

/**
 * The same as `openingScript` for bash, which can name every descriptor, but also exports variables
 * of its own: hence env(1), which is "$0".
 */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's, not ours.
const eachDescriptor = 'for fd in /proc/self/fd/*; do fd=${fd##*/}; ';
export const bashOpeningScript =
  `${eachDescriptor} if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi; done; ` +
  'exec "$0" -i "$@" 2>&1';

/**
 * Process 1 of a namespace: starts the helper in a session of its own and reaps orphans while it
 * waits. When the helper ends, it ends, and the kernel kills everything else in there. The helper
 * is not a background job, because a shell without job control makes those ignore SIGINT and
 * SIGQUIT, and the tasks would inherit that.
 */
export const initScript = '"$0" --fork --wait /bin/sh -s; exit $?';

/**
 * What every helper hears first. A task shares the helper's process group, so the helper survives
 * the signals that are meant for the task; a handler, unlike an ignored signal, is not inherited.
 */
const traps = 'trap : HUP INT QUIT TERM USR1 USR2 ALRM PIPE TSTP TTIN TTOU';

/**
 * In a namespace every process that lost its parent becomes a child of process 1. So the children
 * of process 1, when a task has ended, are the helper's own (one) and whatever the task left
 * behind. The second look spares a namespace whose only stranger was an orphan about to be reaped.
 */
export const namespacePrelude = `${traps}
look() { kids=; read -r kids </proc/1/task/1/children; }
ended() { look; case $kids in *' '*) look ;; esac; echo "x $1 $kids"; }
echo h
`;

export const plainPrelude = `${traps}
ended() { echo "x $1"; }
echo h
`;

/**
 * The guard of a host without namespaces: it knows the keys of all attempts that may be alive, and
 * when its input ends, because the executor did, it kills every process that carries one of them.
 * It looks until three looks in a row find nothing: a process may fork behind the back of one look.
 * A slot is a small number that is used again.
 */
export const guardScript = `trap '' HUP INT QUIT TERM
top=0
hold() { eval "key$1=\\$2"; if [ "$1" -ge "$top" ]; then top=$(($1 + 1)); fi; }
drop() { unset "key$1"; }
purge() {
  set --
  slot=0
  while [ "$slot" -lt "$top" ]; do
    eval "key=\\\${key$slot-}"
    if [ -n "$key" ]; then set -- "$@" -e "SKEIN_ATTEMPT_KEY=$key"; fi
    slot=$((slot + 1))
  done
  quiet=0
  while [ $# -gt 0 ] && [ "$quiet" -lt 3 ]; do
    quiet=$((quiet + 1))
    for file in $(grep -lzxF "$@" /proc/[0-9]*/environ 2>/dev/null); do
      quiet=0
      file=\${file#/proc/}
      kill -KILL "\${file%/environ}" 2>/dev/null
    done
    sleep 0.05
  done
}
trap purge EXIT
`;

/**
 * The keeper of control groups: when its input ends, it kills what is left in the groups below "$@"
 * and removes them, for as long as a dying process may need.
 */
export const keeperScript = `trap '' HUP INT QUIT TERM
cat >/dev/null
tries=0
while [ $# -gt 0 ] && [ "$tries" -lt 200 ]; do
  tries=$((tries + 1))
  left=0
  for parent do
    for group in "$parent"/*/; do
      [ -d "$group" ] || continue
      if [ -w "$group/cgroup.kill" ]; then echo 1 >"$group/cgroup.kill"; fi
      while read -r pid; do
        if [ "$pid" -gt 0 ]; then kill -KILL "$pid"; fi
      done <"$group/cgroup.procs"
      rmdir "$group"
    done
    rmdir "$parent"
    if [ -d "$parent" ]; then left=1; fi
  done
  [ "$left" = 1 ] || exit 0
  sleep 0.05
done
`;

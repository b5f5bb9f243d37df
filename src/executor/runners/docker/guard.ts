/**
 * Ends the containers of an executor that has died, at once and without the engine: a shell of its
 * own that is told their ids, and when its input ends kills whatever runs in a control group that
 * is named after one of them. Its input ends when the executor goes, in whatever way. What is left
 * of the containers themselves, the next life removes.
 *
 * It reaches the containers of an engine on this machine, where this user may kill them.
 *
 * G1 The guard knows an id before the engine is asked to start the container.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Lines are `hold ID` and `drop ID`; ids are hexadecimal, so words need no quoting. It looks again
 * for some seconds: a container may be starting, and a process may be forking.
 */
const script = `
held=' '
while read -r word id; do
  case "$word" in
    hold) held="$held$id " ;;
    drop) case "$held" in *" $id "*) held="\${held%%" $id "*} \${held#*" $id "}" ;; esac ;;
  esac
done
[ "$held" = "\${held%[0-9a-f]*}" ] && exit
looks=0
while [ "$looks" -lt 25 ]; do
  for file in /proc/[0-9]*/cgroup; do
    while read -r line; do
      for id in $held; do
        case "$line" in
          *"$id"*) pid="\${file#/proc/}"; kill -s KILL "\${pid%/cgroup}"; break 2 ;;
        esac
      done
    done < "$file"
  done
  looks=$((looks + 1))
  sleep 0.2
done
`;

export class ContainerGuard {
  #child: ChildProcess | undefined;

  hold(container: string): void {
    this.#child ??= this.#spawn();
    this.#child.stdin?.write(`hold ${container}\n`);
  }

  drop(container: string): void {
    this.#child?.stdin?.write(`drop ${container}\n`);
  }

  /** Started with the first container; a new one that somebody killed knows only what is new. */
  #spawn(): ChildProcess {
    const stdio = ['pipe', 'ignore', 'ignore'] as const;
    const env = { PATH: '/usr/bin:/bin' };
    const child = spawn('/bin/sh', ['-c', script], { stdio: [...stdio], detached: true, env });
    const forget = (): void => {
      if (this.#child === child) this.#child = undefined;
    };
    child.on('error', forget);
    child.on('exit', forget);
    child.stdin?.on('error', forget);
    // It is there for the time after us, and keeps nothing alive.
    child.unref();
    return child;
  }
}

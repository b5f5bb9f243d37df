/**
 * The first process of a container, by the numbers of this machine. When it dies, the kernel ends
 * all the others of its namespace: so a container can be ended without its engine.
 *
 * Numbers are used again, so a process counts as the container's only while its control group
 * names the container. What another user owns cannot be killed; then this does nothing.
 */
import { readFileSync } from 'node:fs';

export interface ContainerProcess {
  readonly pid: number;
  readonly container: string;
}

export function isAlive({ pid, container }: ContainerProcess): boolean {
  if (pid <= 0) return false;
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container);
  } catch {
    return false;
  }
}

/** Whether the container's first process was there to be killed. */
export function killProcess(process_: ContainerProcess): boolean {
  if (!isAlive(process_)) return false;
  try {
    process.kill(process_.pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

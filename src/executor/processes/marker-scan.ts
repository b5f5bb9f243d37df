/**
 * Finds the processes of an attempt by SKEIN_ATTEMPT_KEY in their environment and kills them: the
 * way to sweep on a host without namespaces. One look at all processes costs some 7 ms, so all
 * sweeps that are asked for while a look is under way share the next one.
 *
 * M1 A request is answered only after `quietLooksMin` whole looks, begun after it came, found
 *    nothing of it: a process may fork behind the back of one look.
 */
import { readdir, readFile } from 'node:fs/promises';
import { markerName } from './launch.ts';

const quietLooksMin = 2;

interface Request {
  readonly key: string;
  readonly done: () => void;
  quietLooks: number;
}

export class MarkerScan {
  readonly #waiting = new Set<Request>();
  #looking = false;

  /** Kills what carries `key`, however often it forks, and calls `done` when nothing is left. */
  clear(key: string, done: () => void): void {
    this.#waiting.add({ key, done, quietLooks: 0 });
    this.#look();
  }

  #look(): void {
    if (this.#looking || this.#waiting.size === 0) return;
    this.#looking = true;
    const requests = [...this.#waiting];
    killMarked(new Set(requests.map((request) => request.key))).then((found) => {
      for (const request of requests) {
        request.quietLooks = found.has(request.key) ? 0 : request.quietLooks + 1;
        if (request.quietLooks < quietLooksMin) continue;
        this.#waiting.delete(request);
        request.done();
      }
      // Only now: an answered request may ask for the next one at once.
      this.#looking = false;
      this.#look();
    });
  }
}

/** Kills every process that carries one of `keys`; which of them it met. */
async function killMarked(keys: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const name of await readdir('/proc').catch(() => [])) {
    const pid = /^\d+$/.test(name) ? Number(name) : process.pid;
    if (pid === process.pid) continue;
    const key = await markerOf(pid);
    if (key === undefined || !keys.has(key)) continue;
    found.add(key);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended between the look and the signal.
    }
  }
  return found;
}

/** The key that a process carries. A zombie carries none: it is dead, and its parent's to reap. */
async function markerOf(pid: number): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const prefix = `${markerName}=`;
  const entry = environment.split('\0').find((text) => text.startsWith(prefix));
  return entry?.slice(prefix.length);
}

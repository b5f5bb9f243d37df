/**
 * What a call has left behind in a worker that stays, beside what its module keeps in memory:
 * things that are open, processes, a changed umask or user, much memory. All that is looked at for
 * each call costs some microseconds: files of the system stay open.
 *
 * What a function has unref'd on purpose (a connection that it keeps) is no leftover.
 */
import { openSync, readlinkSync, readSync } from 'node:fs';

const aloneLooksMax = 100;
const aloneLookMs = 5;

interface Spent {
  readonly cpuMs: number;
  readonly memoryBytesMax: number;
}

export class Leftovers {
  readonly #umask = process.umask(0o22);
  readonly #identity = identity();
  readonly #kin: (() => string) | undefined;
  readonly #kinBefore: string | undefined;
  readonly #openBefore: readonly string[];

  /** `namespaceAround`: of processes, that of the executor. */
  constructor(namespaceAround: string) {
    process.umask(this.#umask);
    this.#kin = kinReader(namespaceAround);
    this.#kinBefore = this.#kin?.();
    this.#openBefore = process.getActiveResourcesInfo();
  }

  /** False: nobody could tell what processes are left, so no worker stays. */
  get canTell(): boolean {
    return this.#kin !== undefined;
  }

  /** Kinds of things that are open and were not: `Timeout`, `TCPSocketWrap`… */
  open(): readonly string[] {
    const before = [...this.#openBefore];
    return process.getActiveResourcesInfo().filter((kind) => {
      const at = before.indexOf(kind);
      if (at >= 0) before.splice(at, 1);
      return at < 0;
    });
  }

  /** When no process is there that was not; or soon, if somebody means it to stay. */
  async alone(): Promise<void> {
    for (let looks = 0; looks < aloneLooksMax; looks++) {
      if (this.#kin?.() === this.#kinBefore) return;
      await new Promise((resume) => setTimeout(resume, aloneLookMs));
    }
  }

  /** Words for people about what is not as it was; undefined: all is. */
  look(keptBytesMax: number): string | undefined {
    const open = this.open();
    if (open.length > 0) return `it left open ${[...new Set(open)].join(', ')}`;
    if (this.#kin?.() !== this.#kinBefore) return 'it left processes running';
    if (process.umask(this.#umask) !== this.#umask) return 'it changed the umask';
    if (identity() !== this.#identity) return 'it changed the user';
    // The peak is at hand; what is held now has to be asked for.
    const isSuspect = this.usage().memoryBytesMax > keptBytesMax;
    if (!isSuspect || process.memoryUsage.rss() <= keptBytesMax) return undefined;
    return `it holds more than ${Math.round(keptBytesMax / 1024 / 1024)} MiB of memory`;
  }

  /** Of the worker since it began. */
  usage(): Spent {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    return { cpuMs: (userCPUTime + systemCPUTime) / 1000, memoryBytesMax: maxRSS * 1024 };
  }
}

const identity = (): string =>
  [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()].join();

/** The processes below this one, and those whose parent is gone: they fall to process 1. */
function kinReader(namespaceAround: string): (() => string) | undefined {
  try {
    // Without a namespace of its own nobody could tell whose they are.
    if (['', readlinkSync('/proc/self/ns/pid')].includes(namespaceAround)) return undefined;
    const lists = [process.pid, 1].map((pid) => openSync(`/proc/${pid}/task/${pid}/children`, 'r'));
    const buffer = Buffer.alloc(4096);
    return () =>
      lists
        .map((list) => buffer.toString('latin1', 0, readSync(list, buffer, 0, buffer.length, 0)))
        .join('|');
  } catch {
    return undefined;
  }
}

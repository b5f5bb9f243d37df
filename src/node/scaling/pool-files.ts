/**
 * What a node keeps of the pool nodes that it has started on its machine: for each a data
 * directory, the number of its process, and its log.
 *
 *   DIR/burst-1/      the data directory
 *   DIR/burst-1.pid   the process
 *   DIR/burst-1.log   standard output and error of its newest start
 *
 * A number alone says little: processes end, and their numbers come again. A process counts only
 * when its command line names the data directory; where the system does not show command lines,
 * nobody is signalled by number.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export class PoolFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  dataDir(name: string): string {
    return join(this.folder, name);
  }

  logFile(name: string): string {
    return join(this.folder, `${name}.log`);
  }

  async prepare(name: string): Promise<void> {
    await mkdir(this.dataDir(name), { recursive: true });
  }

  async notePid(name: string, pid: number): Promise<void> {
    await writeFile(this.#pidFile(name), `${pid}\n`);
  }

  /** Names of nodes of which something is kept here. */
  async names(): Promise<readonly string[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch(() => []);
    const names = entries.flatMap((entry) => {
      if (entry.isDirectory()) return [entry.name];
      return entry.name.endsWith('.pid') ? [entry.name.slice(0, -'.pid'.length)] : [];
    });
    return [...new Set(names)].sort();
  }

  /** The process of the node, if it is alive. */
  async livingPid(name: string): Promise<number | undefined> {
    const text = await readFile(this.#pidFile(name), 'utf8').catch(() => '');
    const pid = Number(text.trim());
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line.split('\0').includes(this.dataDir(name)) ? pid : undefined;
  }

  /** All but the log, which may say why the node is gone. */
  async remove(name: string): Promise<void> {
    await rm(this.dataDir(name), { recursive: true, force: true });
    await rm(this.#pidFile(name), { force: true });
  }

  /** The last line that was written for people, without the JSON lines of the log. */
  async lastWords(name: string): Promise<string> {
    const text = await readFile(this.logFile(name), 'utf8').catch(() => '');
    const lines = text.trimEnd().split('\n');
    return lines.findLast((line) => line !== '' && !line.startsWith('{')) ?? '';
  }

  #pidFile(name: string): string {
    return join(this.folder, `${name}.pid`);
  }
}

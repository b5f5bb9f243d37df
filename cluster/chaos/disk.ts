/**
 * The disk of one node as the preloaded library shows it: faults on demand, and the power loss that
 * keeps of each file what was synced.
 *
 * It owns the control file and the journal of syncs. It does not own the node's process.
 *
 * What a power loss does not model: names that a directory has forgotten, and blocks inside the
 * synced length that were overwritten later.
 */
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from './folders.ts';

const modes = { healthy: 0, 'sync-fails': 1, full: 2, 'sync-slow': 3, 'sync-hangs': 4 } as const;

export type DiskMode = keyof typeof modes;

export class FaultyDisk {
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #control: string;
  readonly #journal: string;

  constructor(options: {
    readonly folder: string;
    readonly beside: string;
    readonly shim: string;
  }) {
    this.#folder = options.folder;
    this.#control = join(options.beside, 'disk-control');
    this.#journal = join(options.beside, 'disk-journal');
    closeSync(openSync(this.#journal, 'a'));
    this.set('healthy');
    this.environment = {
      LD_PRELOAD: options.shim,
      SKEIN_SHIM_DIR: options.folder,
      SKEIN_SHIM_CONTROL: this.#control,
      SKEIN_SHIM_JOURNAL: this.#journal,
    };
  }

  /** `times` calls are struck; without it all are, until the mode changes. */
  set(mode: DiskMode, { times = -1, ms = 0 } = {}): void {
    const knobs = Buffer.from(new Int32Array([modes[mode], times, ms, 0]).buffer);
    // In place: the library has mapped this very file.
    writeFileSync(this.#control, knobs, { flag: isThere(this.#control) ? 'r+' : 'w' });
  }

  /** Calls that were struck since the mode was set. */
  get strikes(): number {
    return readFileSync(this.#control).readInt32LE(12);
  }

  /** Cuts every file to its last synced length; the node must be dead. Returns the bytes lost. */
  losePower(): number {
    const synced = new Map<string, number>();
    for (const line of readFileSync(this.#journal, 'latin1').split('\n')) {
      const [inode, length] = line.split(' ');
      if (inode !== undefined && length !== undefined) synced.set(inode, Number(length));
    }
    let lost = 0;
    const kept: string[] = [];
    for (const path of filesBelow(this.#folder)) {
      const { ino, size } = statSync(path);
      const length = Math.min(size, synced.get(String(ino)) ?? 0);
      if (length < size) truncateSync(path, length);
      lost += size - length;
      kept.push(`${ino} ${length}\n`);
    }
    writeFileSync(this.#journal, kept.join(''));
    return lost;
  }

  /** Takes what is there as synced: after files were put there by hand. */
  settle(): void {
    const lines = filesBelow(this.#folder).map((path) => {
      const { ino, size } = statSync(path);
      return `${ino} ${size}\n`;
    });
    writeFileSync(this.#journal, lines.join(''));
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

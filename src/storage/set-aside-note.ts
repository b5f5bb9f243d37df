/**
 * The file `set-aside`: how often a directory has started over, and whether it is about to. It
 * stays when that has ended, because the number of folders must be known.
 */
import type { Disk, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { checkedLine, readCheckedLine } from './checked-line.ts';
import type { Identity } from './identity.ts';

export const noteFile = 'set-aside';
const noteFormat = 1;

/** Folders of former lives that are kept. */
export const setAsideMax = 3;

export const setAsideFolder = (number: number): string => `set-aside-${number}`;

/** A life that is being ended. */
export interface EndingLife {
  readonly why: string;
  /** What is moved. */
  readonly names: readonly string[];
  /** The identity of the next life. */
  readonly next: Identity;
}

export interface SetAsideNote {
  /** Folders that were filled, or are being filled. */
  readonly kept: number;
  readonly ending: EndingLife | null;
}

export type NoteFault =
  /** The note itself is damaged: nobody knows what was going on. */
  { readonly kind: 'note-corrupt' } | { readonly kind: 'disk'; readonly error: DiskError };

/** That of a directory that has never started over, if there is none. */
export function readNote(
  disk: Disk,
  done: (result: Result<SetAsideNote, NoteFault>) => void,
): void {
  disk.readFile(noteFile, (file) => {
    if (!file.ok) {
      done(fail({ kind: 'disk', error: file.error }));
    } else if (file.value === undefined) {
      done(ok({ kept: 0, ending: null }));
    } else {
      const note = readCheckedLine<SetAsideNote & { readonly format: number }>(file.value);
      done(note?.format === noteFormat ? ok(note) : fail({ kind: 'note-corrupt' }));
    }
  });
}

/** Durable when `done` brings no error. */
export function writeNote(
  disk: Disk,
  { kept, ending }: SetAsideNote,
  done: (error: DiskError | undefined) => void,
): void {
  disk.writeFile(noteFile, checkedLine({ format: noteFormat, kept, ending }), done);
}

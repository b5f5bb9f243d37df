/** Why a damaged directory does not start over. The invariants are those of set-aside.ts. */
import { unreachable } from '../base/assert.ts';
import { type NoteFault, noteFile, setAsideFolder, setAsideMax } from './set-aside-note.ts';

export type HealRefusal =
  | NoteFault
  /** A3. */
  | { readonly kind: 'alone' }
  /** A4. */
  | { readonly kind: 'full' };

/** One paragraph for the operator: why the node does not heal itself, and what to do next. */
export function describeHealRefusal(refusal: HealRefusal): string {
  const { kind } = refusal;
  switch (kind) {
    case 'alone':
      return (
        'This node is its whole cluster, so nobody has another copy: its data stays where it is. ' +
        'Restore the directory from a backup, or look at it with "skein dump --verify".'
      );
    case 'full':
      return (
        `Its data was set aside ${setAsideMax} times already. Check the disk and the memory of ` +
        `this machine; then move the folders ${setAsideFolder(1)} to ` +
        `${setAsideFolder(setAsideMax)} and the file ${noteFile} out of the directory, and start ` +
        'the node again.'
      );
    case 'note-corrupt':
      return (
        `The file ${noteFile}, which says how often data was set aside, is damaged. Keep the ` +
        'directory for analysis and start the node with an empty one.'
      );
    case 'disk':
      return `${refusal.error.message}. Nothing was healed.`;
    default:
      return unreachable(kind);
  }
}

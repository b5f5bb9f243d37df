/**
 * Texts that were not applied survive a reload; the text that was applied as a version is shown
 * again for it, with its comments, which a version does not have. Both are kept by the browser's
 * tab.
 */
import { trusted } from '../../data/wire.ts';

interface Kept {
  get(key: string): string | null;
  set(key: string, text: string): void;
  remove(key: string): void;
}

const safely = <T>(act: () => T, otherwise: T): T => {
  try {
    return act();
  } catch {
    // A browser that keeps nothing.
    return otherwise;
  }
};

const kept: Kept = {
  get: (key) => safely(() => sessionStorage.getItem(key), null),
  set: (key, text) => safely(() => sessionStorage.setItem(key, text), undefined),
  remove: (key) => safely(() => sessionStorage.removeItem(key), undefined),
};

export interface DraftPlace {
  readonly namespace: string;
  /** '' for a new one. */
  readonly dag: string;
}

const draftKey = ({ namespace, dag }: DraftPlace): string => `skein.draft/${namespace}/${dag}`;
const appliedKey = (version: string): string => `skein.applied/${version}`;

export interface Draft {
  readonly text: string;
  /** The version that the text came from. */
  readonly base: string | null;
}

export function draftOf(place: DraftPlace): Draft | null {
  const found: unknown = safely(() => JSON.parse(kept.get(draftKey(place)) ?? 'null'), null);
  return found === null ? null : trusted<Draft>(found);
}

export const keepDraft = (place: DraftPlace, draft: Draft): void =>
  kept.set(draftKey(place), JSON.stringify(draft));
export const dropDraft = (place: DraftPlace): void => kept.remove(draftKey(place));

export const appliedText = (version: string): string | null => kept.get(appliedKey(version));
export const keepApplied = (version: string, text: string): void =>
  kept.set(appliedKey(version), text);

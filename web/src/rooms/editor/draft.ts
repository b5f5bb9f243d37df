/**
 * Texts that were not applied survive a reload; the text that was applied as a version is shown
 * again for it, with its comments, which a version does not have. Both are kept by the browser's
 * tab.
 */

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

export const draftOf = (place: DraftPlace): string | null => kept.get(draftKey(place));
export const keepDraft = (place: DraftPlace, text: string): void => kept.set(draftKey(place), text);
export const dropDraft = (place: DraftPlace): void => kept.remove(draftKey(place));

export const appliedText = (version: string): string | null => kept.get(appliedKey(version));
export const keepApplied = (version: string, text: string): void =>
  kept.set(appliedKey(version), text);

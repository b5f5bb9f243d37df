/** Where the focus goes when a dialog is gone. */
import { useEffect, useState } from 'react';

/**
 * For what lives as long as a dialog is shown: gives the focus back to what had it before. The
 * library does so only for a dialog that is closed first; one that is taken away with its focus
 * would leave it nowhere, and the next key with it.
 */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      const isLost = document.activeElement === null || document.activeElement === document.body;
      if (isLost && before instanceof HTMLElement) before.focus({ preventScroll: true });
    },
    [before],
  );
}

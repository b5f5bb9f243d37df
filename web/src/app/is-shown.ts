/** Whether the component is still shown: an answer that comes after that moves nobody any more. */
import { useCallback, useEffect, useRef } from 'react';

export function useIsShown(): () => boolean {
  const shown = useRef(false);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  return useCallback(() => shown.current, []);
}

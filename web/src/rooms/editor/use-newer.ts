/** Whether somebody has applied another version since the text came from one. */
import { useEffect, useState } from 'react';
import { useTable } from '../../data/hooks.ts';
import type { DraftPlace } from './draft.ts';

/** What was applied from here is told by its row and by an answer, one after the other. */
const settledMs = 1_000;

/** The version that is current and is not the one that the text came from; null: there is none. */
export function useNewer({ namespace, dag }: DraftPlace, base: string | null): string | null {
  const row = useTable('dag').find((each) => each.namespace === namespace && each.dagId === dag);
  const found = row === undefined || row.versionId === base ? null : row.versionId;
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(found), settledMs);
    return () => clearTimeout(timer);
  }, [found]);
  return found === settled ? found : null;
}

/** The namespace of a page: the one that its address names, or else the one that was chosen. */
import { usePrefs } from '../kit/prefs.tsx';
import { useSearchParams } from './search.ts';

export function useNamespace(): string {
  const [search] = useSearchParams();
  const { namespace } = usePrefs();
  return search.namespace ?? namespace;
}

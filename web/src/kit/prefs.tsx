/** What a reader has chosen, kept by the browser: language, clock and namespace. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { Language } from './language.ts';

/** `dag`: the zone of the DAG at hand, where there is one. */
export type Clock = 'utc' | 'local' | 'dag';

export interface Prefs {
  readonly language: Language;
  readonly clock: Clock;
  readonly namespace: string;
  readonly change: (changes: Partial<Omit<Prefs, 'change'>>) => void;
}

const storageKey = 'skein.prefs';

const PrefsContext = createContext<Prefs | undefined>(undefined);

export function usePrefs(): Prefs {
  const prefs = useContext(PrefsContext);
  if (prefs === undefined) throw new Error('outside of PrefsProvider');
  return prefs;
}

export function PrefsProvider({ children }: { readonly children: ReactNode }) {
  const [chosen, setChosen] = useState(stored);
  useEffect(() => {
    document.documentElement.lang = chosen.language === 'zh' ? 'zh-CN' : 'en';
    try {
      localStorage.setItem(storageKey, JSON.stringify(chosen));
    } catch {
      // A browser that keeps nothing: it is chosen again the next time.
    }
  }, [chosen]);
  const prefs = useMemo<Prefs>(
    () => ({ ...chosen, change: (changes) => setChosen((before) => ({ ...before, ...changes })) }),
    [chosen],
  );
  return <PrefsContext value={prefs}>{children}</PrefsContext>;
}

function stored(): Omit<Prefs, 'change'> {
  const isChinese = navigator.language.toLowerCase().startsWith('zh');
  const usual = {
    language: isChinese ? 'zh' : 'en',
    clock: 'local',
    namespace: 'default',
  } as const;
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return usual;
    const text = (key: string): unknown => (key in kept ? Reflect.get(kept, key) : undefined);
    const language = text('language');
    const clock = text('clock');
    const namespace = text('namespace');
    return {
      language: language === 'zh' || language === 'en' ? language : usual.language,
      clock: clock === 'utc' || clock === 'local' || clock === 'dag' ? clock : usual.clock,
      namespace: typeof namespace === 'string' ? namespace : usual.namespace,
    };
  } catch {
    return usual;
  }
}

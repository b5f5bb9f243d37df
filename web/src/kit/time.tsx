/** Instants and durations as people read them; every instant tells the others in its tooltip. */
import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatDuration } from '../../../src/base/duration.ts';
import { useDagZone } from './dag-zone.ts';
import type { Language } from './language.ts';
import { type Clock, usePrefs } from './prefs.tsx';

type Instant = string | number;

const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-11-22 03:04:05`, in the zone that the reader has chosen. */
export function timeText(at: Instant, clock: Clock, dagZone?: string): string {
  const zone = clock === 'utc' ? 'UTC' : clock === 'dag' ? (dagZone ?? 'UTC') : undefined;
  const key = zone ?? '';
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', {
      ...{ dateStyle: 'short', timeStyle: 'medium' },
      ...(zone !== undefined && { timeZone: zone }),
    });
    formats.set(key, format);
  }
  return format.format(new Date(at));
}

/** `12s ago`, `in 3m`. */
export function agoText(at: Instant, nowMs: number, language: Language = 'en'): string {
  const ms = nowMs - new Date(at).getTime();
  const text = formatDuration(Math.round(Math.abs(ms) / 1000) * 1000);
  if (language === 'zh') return ms >= 0 ? `${text} 前` : `${text} 后`;
  return ms >= 0 ? `${text} ago` : `in ${text}`;
}

interface TimeProps {
  /** Null: nothing is shown. */
  readonly at: Instant | null | undefined;
  /** Where it is another one than that of the DAG at hand. */
  readonly zone?: string | undefined;
}

export function Time({ at, zone }: TimeProps) {
  const { clock, language } = usePrefs();
  const dagZone = useDagZone();
  if (at === null || at === undefined) return <span aria-hidden="true">–</span>;
  const iso = new Date(at).toISOString();
  return (
    <Tooltip label={`${iso} · ${agoText(at, Date.now(), language)}`} openDelay={300}>
      <time dateTime={iso}>{timeText(at, clock, zone ?? dagZone)}</time>
    </Tooltip>
  );
}

/** Milliseconds as `2m03s`. */
export function Duration({ ms }: { readonly ms: number | null | undefined }) {
  return <>{ms === null || ms === undefined ? '–' : formatDuration(ms)}</>;
}

/** Now, again every `everyMs`: for what goes on while somebody looks. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** An instant in a row of a long list: a tooltip of its own for each would make it slow. */
import { useDagZone } from '../../kit/dag-zone.ts';
import { usePrefs } from '../../kit/prefs.tsx';
import { timeText } from '../../kit/time.tsx';

export function PlainTime({ at }: { readonly at: string | null }) {
  const { clock } = usePrefs();
  const zone = useDagZone();
  if (at === null) return <span aria-hidden="true">–</span>;
  return (
    <time dateTime={at} title={at}>
      {timeText(at, clock, zone)}
    </time>
  );
}

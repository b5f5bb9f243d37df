/** The progress of a pull: lines of JSON, of which one may say that it has failed. */
import { formatDuration } from '../../../base/duration.ts';

/** One line of progress; longer ones say nothing that is looked for. */
const lineCharactersMax = 64 * 1024;
/** Without a word for so long, a pull is given up. */
export const pullSilenceMs = 5 * 60_000;
export const nothingHeard = `nothing was heard of it for ${formatDuration(pullSilenceMs)}`;

/** Reads to the end; the error that it found, if there was one. `signal` ends it sooner. */
export async function scanPull(
  progress: NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<string | undefined> {
  let error: string | undefined;
  let rest = '';
  const isOver = (): void => {
    if ('destroy' in progress && typeof progress.destroy === 'function') progress.destroy();
  };
  const isSilent = (): void => {
    error ??= nothingHeard;
    isOver();
  };
  let alarm = setTimeout(isSilent, pullSilenceMs);
  signal.addEventListener('abort', isOver);
  try {
    for await (const chunk of progress) {
      clearTimeout(alarm);
      alarm = setTimeout(isSilent, pullSilenceMs);
      const lines = (rest + String(chunk)).split('\n');
      rest = (lines.pop() ?? '').slice(-lineCharactersMax);
      for (const line of lines) error ??= errorIn(line);
    }
    return error ?? errorIn(rest);
  } catch (reason) {
    return error ?? (reason instanceof Error ? reason.message : String(reason));
  } finally {
    clearTimeout(alarm);
    signal.removeEventListener('abort', isOver);
  }
}

export function errorIn(line: string): string | undefined {
  try {
    const said: unknown = JSON.parse(line);
    if (typeof said !== 'object' || said === null || !('error' in said)) return undefined;
    return String(said.error);
  } catch {
    return undefined;
  }
}

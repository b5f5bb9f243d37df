/**
 * What a command may touch of its process: two streams, the environment, standard input, colours.
 */
import { styleText } from 'node:util';

export type Style = 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'gray' | 'bold';

export interface Terminal {
  /** Results: what a script would read. */
  out(text: string): void;
  /** The same for bytes that are no text; resolves when more may come. */
  outBytes(bytes: Uint8Array): Promise<void>;
  /** Messages, progress and errors. */
  err(text: string): void;
  paint(style: Style, text: string): string;
  readonly isInteractive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readStdin(): Promise<string>;
  /** Aborted when the person presses Ctrl-C. */
  readonly interrupt: AbortSignal;
}

/** The terminal of this process. Output ends quietly when its reader goes away (`| head`). */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const isColorful = wantsColor(env, stdout.isTTY === true);
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: (text) => void stdout.write(text),
    outBytes: (bytes) => new Promise((resolve) => stdout.write(bytes, () => resolve())),
    err: (text) => void stderr.write(text),
    paint: (style, text) => (isColorful ? styleText(style, text, { validateStream: false }) : text),
    isInteractive: stdout.isTTY === true,
    env,
    readStdin: async () => {
      // Nobody waits for somebody who does not know it.
      if (stdin.isTTY) stderr.write('reading from this terminal; end with Ctrl-D\n');
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString('utf8');
    },
    interrupt: interrupt.signal,
  };
}

/** https://no-color.org, https://force-color.org; else colours are for terminals. */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  isTty: boolean,
): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0') return true;
  return isTty && env.TERM !== 'dumb';
}

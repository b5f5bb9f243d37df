/**
 * The hand of the peer: a `/bin/sh` that is started before any database is opened, and starts
 * programs for it. What the peer itself would start afterwards would inherit the descriptors of the
 * Raft log (`docs/protocol/descriptors.md`).
 *
 * Owns the shell. Does not own what it has started: that goes on when the hand, or the node, ends.
 *
 * G1  Every word that comes from outside is quoted; the shell reads none of them.
 * G2  A program is given the environment that is named, and nothing else of this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fail, ok, type Result } from '../../base/result.ts';
import { openingScript } from '../../executor/processes/scripts.ts';
import { carriable, quote } from '../../executor/processes/words.ts';

export interface Launch {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Files: the input must be there, the output is overwritten. */
  readonly input: string;
  readonly output: string;
  readonly errors: string;
}

export interface Launched {
  readonly pid: number;
  /** The exit code, 128 + n for signal n; null: the hand is gone, and nobody knows. */
  readonly exited: Promise<number | null>;
}

interface Pending {
  readonly started: (result: Result<Launched, string>) => void;
  readonly exited: Promise<number | null>;
  readonly settle: (code: number | null) => void;
}

/** Characters of an answer that is not one. */
const lineCharactersMax = 4096;

export class Hand {
  readonly #shell: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #launches = 0;
  #line = '';
  #gone = false;

  constructor() {
    const args = ['-c', openingScript, 'sh', '/bin/sh', '-s'];
    const stdio = ['pipe', 'pipe', 'ignore'] as const;
    this.#shell = spawn('/bin/sh', args, { cwd: '/', env: {}, detached: true, stdio: [...stdio] });
    this.#shell.on('error', () => this.#lost());
    this.#shell.on('close', () => this.#lost());
    // A shell that is gone tells so by `close`; the broken pipe is no second message.
    this.#shell.stdin?.on('error', () => {});
    this.#shell.stdout?.on('error', () => {});
    this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
  }

  /** The error is a sentence. */
  start(launch: Launch): Promise<Result<Launched, string>> {
    const { program, args, env, cwd, input, output, errors } = launch;
    const words = [program, ...args, ...Object.values(env), cwd, input, output, errors];
    if (this.#gone) return Promise.resolve(fail('the shell that starts programs has ended'));
    if (!words.every(carriable))
      return Promise.resolve(fail('a word holds a character that no program can be given'));
    this.#launches += 1;
    const key = this.#launches;
    let settle: Pending['settle'] = () => {};
    const exited = new Promise<number | null>((resolve) => {
      settle = resolve;
    });
    return new Promise((started) => {
      this.#pending.set(key, { started, exited, settle });
      this.#shell.stdin?.write(launchText(key, launch));
    });
  }

  /** Nothing is started any more; what it has started goes on. */
  close(): void {
    this.#gone = true;
    this.#shell.stdin?.end();
  }

  #hear(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = (lines.pop() ?? '').slice(0, lineCharactersMax);
    for (const line of lines) {
      const [, what, key, value] = /^([sx]) (\d+) (\d+)$/.exec(line) ?? [];
      const pending = this.#pending.get(Number(key));
      if (pending === undefined) continue;
      if (what === 's') pending.started(ok({ pid: Number(value), exited: pending.exited }));
      else {
        this.#pending.delete(Number(key));
        pending.settle(Number(value));
      }
    }
  }

  #lost(): void {
    this.#gone = true;
    for (const { started, settle } of this.#pending.values()) {
      // Of no effect where it has started.
      started(fail('the shell that starts programs has ended'));
      settle(null);
    }
    this.#pending.clear();
  }
}

/**
 * Two shells: the inner one becomes the program, the outer one waits for it and says how it ended.
 */
function launchText(key: number, launch: Launch): string {
  const { program, args, env, cwd, input, output, errors } = launch;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  const command = [...variables, 'exec', ...[program, ...args].map(quote)].join(' ');
  const files = `<${quote(input)} >${quote(output)} 2>${quote(errors)}`;
  return (
    `( ( cd -P -- ${quote(cwd)} && { unset PWD OLDPWD; ${command}; } ) ${files} & ` +
    `p=$!; echo "s ${key} $p"; wait $p; echo "x ${key} $?" ) &\n`
  );
}

/**
 * A log that we write ourselves, because the task cannot: it runs where our files are not. What is
 * written is written when `write` resolves, so whoever reads on only then holds nothing in memory.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { LogMask } from '../log-mask.ts';

export class LogFile {
  readonly #file: FileHandle;
  readonly #mask: LogMask | undefined;

  private constructor(file: FileHandle, mask: LogMask | undefined) {
    this.#file = file;
    this.#mask = mask;
  }

  /** Appends to the file; `secrets` do not come into it. */
  static async open(path: string, secrets: readonly string[] = []): Promise<LogFile> {
    const bytes = secrets.map((secret) => new TextEncoder().encode(secret));
    return new LogFile(await open(path, 'a'), bytes.length === 0 ? undefined : new LogMask(bytes));
  }

  async write(parts: readonly Uint8Array[]): Promise<void> {
    const [only] = parts;
    if (only === undefined) return;
    const bytes = parts.length === 1 ? only : Buffer.concat(parts);
    await this.#append(this.#mask === undefined ? bytes : this.#mask.push(bytes));
  }

  async close(): Promise<void> {
    try {
      if (this.#mask !== undefined) await this.#append(this.#mask.end());
    } finally {
      await this.#file.close();
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done);
      done += bytesWritten;
    }
  }
}

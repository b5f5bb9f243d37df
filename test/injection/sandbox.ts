/** A folder for commands that are run for real, and what was in it and around it before. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { canaryFile, canaryPath } from './shell-payloads.ts';

export class Sandbox {
  /** Its parent is the sandbox's own as well, so that a climb is seen. */
  readonly work: string;
  readonly #root: string;

  constructor() {
    this.#root = mkdtempSync(join(tmpdir(), 'skein-injection-'));
    this.work = join(this.#root, 'outer', 'cell');
    mkdirSync(this.work, { recursive: true });
  }

  /** `outer/cell/x 3`: every file and folder with its size. */
  listing(): readonly string[] {
    return readdirSync(this.#root, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => `${name} ${statSync(join(this.#root, name)).size}`);
  }

  /** Nothing was written, here or at the absolute path that payloads name. */
  expectUntouched(before: readonly string[], why: string): void {
    expect(this.listing(), why).toEqual(before);
    expectNoCanary(why);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true });
  }
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

export function expectNoCanary(why: string): void {
  const here = join(process.cwd(), canaryFile);
  expect([canaryPath, here].filter(exists), why).toEqual([]);
}

export const textIn = (path: string): string => readFileSync(path, 'utf8');

/** The real body of `Files`, on the file system of this machine. */
import { execFile } from 'node:child_process';
import { close, fdatasync, mkdir, read, readdir, rm, rmdir, stat, write, writeFile } from 'node:fs';
import { wallMs } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { statBlockBytes } from './file-thread/steps.ts';
import type { FilePart, Files, ReadRange } from './files.ts';
import { openRegular, type RegularFile } from './regular-file.ts';

type Done = (result: Result<FilePart | undefined, string>) => void;

export const nodeFiles: Files = {
  makeDirectory(path, done) {
    mkdir(path, { recursive: true }, (error) => done(error?.message));
  },

  writeFile(path, content, done) {
    writeFile(path, content, (error) => done(error?.message));
  },

  readPart(path, range, done) {
    openRegular(path, 'read', (error, file) => {
      if (file !== undefined) readOpen(file, range, done);
      else done(error?.code === 'ENOENT' ? ok(undefined) : fail(unopened(error)));
    });
  },

  stat(path, done) {
    stat(path, (error, stats) => {
      if (error !== null) {
        done(isAbsence(error) ? ok(undefined) : fail(error.message));
        return;
      }
      const changedAt = wallMs(Math.floor(stats.mtimeMs));
      const { size: sizeBytes, blocks } = stats;
      const diskBytes = blocks * statBlockBytes;
      done(ok({ isFile: stats.isFile(), sizeBytes, diskBytes, changedAt }));
    });
  },

  list(path, done) {
    readdir(path, (error, names) => {
      if (error === null) done(ok(names));
      else done(isAbsence(error) ? ok([]) : fail(error.message));
    });
  },

  writeAt(path, { offset, bytes }, done) {
    // Not `append`: Linux would, whatever the offset says.
    openRegular(path, 'write', (error, file) => {
      if (file === undefined) return done(unopened(error));
      writeFully({ ...file, from: offset, bytes, done: 0 }, (problem) =>
        closed(file.descriptor, () => done(problem)),
      );
    });
  },

  append(path, content, done) {
    openRegular(path, 'append', (error, file) => {
      if (file === undefined) return done(unopened(error));
      writeFile(file.descriptor, content, (problem) =>
        closed(file.descriptor, () => done(problem?.message)),
      );
    });
  },

  punchHole(path, { offset, bytes }, done) {
    // Node has no call for it; the program is a part of util-linux.
    const range = ['--offset', String(offset), '--length', String(bytes)];
    const options = { timeout: punchMsMax, env: { PATH: '/usr/bin:/bin' } };
    const args = ['--punch-hole', ...range, '--', path];
    execFile('fallocate', args, options, (error) => done(error?.message));
  },

  flush(path, done) {
    openRegular(path, 'read', (error, file) => {
      if (file === undefined) return done(unopened(error));
      fdatasync(file.descriptor, (problem) =>
        closed(file.descriptor, () => done(problem?.message)),
      );
    });
  },

  remove(path, done) {
    rm(path, { recursive: true, force: true }, (error) => done(error?.message));
  },

  removeIfEmpty(path, done) {
    rmdir(path, (error) => done(error?.code === 'ENOENT' ? undefined : error?.message));
  },
};

const punchMsMax = 10_000;

/** Nothing is there, or what should be a directory on the way to it is a file. */
const isAbsence = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'ENOENT' || code === 'ENOTDIR';

const unopened = (error: Error | undefined): string => error?.message ?? 'it was not opened';

/** Nobody waits for it: on a busy machine that is one more turn of a thread and of the loop. */
function closed(descriptor: number, then: () => void): void {
  close(descriptor, () => {});
  then();
}

/** Reads the range and closes the file, whatever happens. */
function readOpen({ descriptor, sizeBytes }: RegularFile, range: ReadRange, done: Done): void {
  const finish = (result: Result<FilePart | undefined, string>): void =>
    closed(descriptor, () => done(result));
  const from = range.offset < 0 ? Math.max(0, sizeBytes + range.offset) : range.offset;
  const wanted = Math.max(0, Math.min(range.bytesMax, sizeBytes - from));
  if (wanted === 0) {
    finish(ok({ bytes: new Uint8Array(), sizeBytes }));
    return;
  }
  readFully({ descriptor, from, into: new Uint8Array(wanted), done: 0 }, (problem, bytes) =>
    finish(problem === undefined ? ok({ bytes, sizeBytes }) : fail(problem)),
  );
}

interface Reading {
  readonly descriptor: number;
  readonly from: number;
  readonly into: Uint8Array;
  /** Bytes read so far. */
  readonly done: number;
}

/** One `read` may return less than was asked for; a file that was cut meanwhile ends early. */
function readFully(
  reading: Reading,
  done: (problem: string | undefined, bytes: Uint8Array) => void,
): void {
  const { descriptor, from, into } = reading;
  const leftBytes = into.length - reading.done;
  read(descriptor, into, reading.done, leftBytes, from + reading.done, (error, count) => {
    if (error !== null) return done(error.message, into);
    const total = reading.done + count;
    if (count === 0 || total === into.length) return done(undefined, into.subarray(0, total));
    readFully({ ...reading, done: total }, done);
  });
}

interface Writing {
  readonly descriptor: number;
  readonly from: number;
  readonly bytes: Uint8Array;
  /** Bytes written so far. */
  readonly done: number;
}

/** One `write` may take less than it was given. */
function writeFully(writing: Writing, done: (problem: string | undefined) => void): void {
  const { descriptor, from, bytes } = writing;
  const left = bytes.length - writing.done;
  if (left === 0) {
    done(undefined);
    return;
  }
  write(descriptor, bytes, writing.done, left, from + writing.done, (error, count) => {
    if (error !== null) return done(error.message);
    writeFully({ ...writing, done: writing.done + count }, done);
  });
}

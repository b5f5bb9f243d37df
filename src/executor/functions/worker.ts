/**
 * The program that calls a function: `worker run CALL_FILE`, or `worker wait FOLDER`, which boots
 * first and learns later what its call is. It lives for one call: whatever the function leaves in
 * memory, open or running ends with the attempt. `worker serve FOLDER NAMESPACE` stays for many
 * calls of one function (`worker-serve.ts`).
 *
 * Standard streams are the attempt's own log files. A worker that waited was started with files in
 * its own folder, and moves them to where they belong: an open file follows its name.
 */
import { readFileSync, renameSync, statSync, unlinkSync, watch } from 'node:fs';
import { type Call, type Handover, handoverFileIn, workerLogsIn } from './call.ts';
import { wear } from './worker-place.ts';
import { run } from './worker-run.ts';
import { serve } from './worker-serve.ts';

/** Should the system's notes of changed files be late, or not to be had. */
const lookEveryMs = 250;
const lookOftenMs = 20;

const [mode, path = '', around = ''] = process.argv.slice(2);
if (mode === 'wait') wait(path);
else if (mode === 'serve') serve(path, around);
else begin(path);

function begin(callFile: string): void {
  const call: Call = JSON.parse(readFileSync(callFile, 'utf8'));
  run(call);
}

function wait(folder: string): void {
  const file = handoverFileIn(folder);
  let timer: NodeJS.Timeout | undefined;
  let watcher: ReturnType<typeof watch> | undefined;
  const look = (): void => {
    // Moved into place as one step: what is there is whole.
    if (timer === undefined || statSync(file, { throwIfNoEntry: false }) === undefined) return;
    clearInterval(timer);
    timer = undefined;
    watcher?.close();
    takeOver(folder, file);
  };
  try {
    watcher = watch(folder, look);
  } catch {
    // This user has no watches left.
  }
  timer = setInterval(look, watcher === undefined ? lookOftenMs : lookEveryMs);
  look();
}

/** Becomes what a process started for this attempt would be. */
function takeOver(folder: string, file: string): void {
  const handover: Handover = JSON.parse(readFileSync(file, 'utf8'));
  const { callFile, env, cwd, stdoutFile, stderrFile } = handover;
  unlinkSync(file);
  const logs = workerLogsIn(folder);
  renameSync(logs.stdoutFile, stdoutFile);
  renameSync(logs.stderrFile, stderrFile);
  wear(env);
  process.chdir(cwd);
  begin(callFile);
}

/** One call in its own process: whatever the function leaves behind ends with it. */
import type { Call } from './call.ts';
import { invoke, keepOutput, load, neverSettled, openContext, tellFailure } from './worker-call.ts';

export function run(call: Call): void {
  process.setSourceMapsEnabled(true);
  process.on('uncaughtException', endWith);
  process.on('beforeExit', () => endWith(neverSettled()));
  make(call).then((value) => {
    keepOutput(value);
    // What it left running ends here; files are written synchronously, so nothing is lost.
    process.exit(0);
  }, endWith);
}

async function make(call: Call): Promise<unknown> {
  return invoke(call, await load(call), openContext().context);
}

function endWith(error: unknown): never {
  process.exit(tellFailure(error));
}

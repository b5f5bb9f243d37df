/**
 * Does the simulator find mistakes? Each mutant is one mistake, put into a copy of the compiled
 * program by replacing one piece of text, so that the program itself has no switch for tests. The
 * simulator must break each of them within so many seeds.
 *
 * Not in the table, because random seeds do not kill them in reasonable time: a second guard stands
 * behind the first (an executor that accepts an old token, or words to its former life: order per
 * sender and the lease catch them; a late dispatch that starts: since heartbeats are confirmed,
 * only a delay beyond lease and grace reaches it, and `executor.adversarial.test.ts` makes one), or
 * the case is rare (a leader that grants while deposed: `deposed-leader.test.ts`; a retry from a
 * stale entry of the queue).
 *
 *     node dist/test/sim/mutants-main.js [words]     prints which seed kills which mutant
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Mutant {
  readonly name: string;
  /** Compiled file, below `src`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly seedsMax: number;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'acknowledges before the sync',
    file: 'storage/log-store.js',
    find: '{ sync: true }, settle)',
    replace: '{ sync: false }, settle)',
    seedsMax: 100,
  },
  {
    name: 'leader counts itself before its own sync',
    file: 'raft/replication.js',
    find: 'selfVotes ? [state.durable] : [];',
    replace: 'selfVotes ? [state.log.lastIndex] : [];',
    seedsMax: 100,
  },
  {
    name: 'votes twice in a term',
    file: 'raft/election.js',
    find: '(state.vote === undefined || state.vote === from) &&',
    replace: '',
    seedsMax: 400,
  },
  {
    name: 'votes for a shorter log',
    file: 'raft/log.js',
    find: 'return end.index >= this.#lastIndex;',
    replace: 'return true;',
    seedsMax: 200,
  },
  {
    name: 'reads without asking a majority',
    file: 'raft/reads.js',
    find: "const confirmed = present(majorityValue(rounds), 'there is at least one voter');",
    replace: 'const confirmed = Number.MAX_SAFE_INTEGER;',
    seedsMax: 400,
  },
  {
    name: 'an unpause is acknowledged and forgotten',
    file: 'scheduler/decisions/pause-dag.js',
    find: 'if (dag.paused !== paused)',
    replace: 'if (!dag.paused && paused)',
    seedsMax: 50,
  },
  {
    name: 'a follower forgets a fact',
    file: 'scheduler/scheduler.js',
    find: 'for (const fact of facts)',
    replace: "for (const fact of facts) if (fact.table !== 'output')",
    seedsMax: 50,
  },
  {
    name: 'dispatches before the commit',
    file: 'scheduler/leader.js',
    find: 'this.#horizon.push({ turn, digest });',
    replace: 'this.#horizon.push({ turn, digest }); this.#release(turn, turn.index);',
    seedsMax: 100,
  },
  {
    name: 'a lost lease frees the room at once',
    file: 'scheduler/leases.js',
    find: 'this.#lifeMs = settings.leaseMs + settings.graceMs;',
    replace: 'this.#lifeMs = settings.leaseMs / 3;',
    seedsMax: 100,
  },
  {
    name: 'the executor outlives its lease',
    file: 'executor/executor.js',
    find: 'if (this.#attempts.size === 0)\n            return;\n        if (this.#lease.runs',
    replace: 'if (this.#attempts.size >= 0)\n            return;\n        if (this.#lease.runs',
    seedsMax: 100,
  },
  {
    name: 'a superseded result counts',
    file: 'scheduler/decisions/attempts-ended.js',
    find: 'isLive(row) && row.attempt.token === report.id.token',
    replace: 'isLive(row)',
    seedsMax: 100,
  },
  {
    name: 'cancelled before the processes are gone',
    file: 'scheduler/decisions/cancel-run.js',
    find: 'if (isLive(row)) {',
    replace: 'if (false) {',
    seedsMax: 50,
  },
  {
    name: 'a schedule does not remember its fires',
    file: 'scheduler/decisions/fire-schedule.js',
    find: 'turn.emit(scheduleFact(due.row));',
    replace: '',
    seedsMax: 50,
  },
];

/** What a mutant came to. */
export interface Outcome {
  readonly mutant: string;
  /** The seed that found it, or undefined if it lives. */
  readonly killedBy: number | undefined;
  readonly invariant: string | undefined;
}

/** Runs the simulator of a patched copy of `builtDir`, the directory that `tsc` fills. */
export function tryMutant(mutant: Mutant, builtDir: string): Outcome {
  const copy = mkdtempSync(join(tmpdir(), 'skein-mutant-'));
  try {
    for (const part of ['src', 'cluster', 'test']) {
      cpSync(join(builtDir, part), join(copy, part), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
    patch(join(copy, 'src', mutant.file), mutant);
    const main = join(copy, 'test', 'sim', 'main.js');
    const range = ['--seeds', String(mutant.seedsMax), '--stop-at-first'];
    const { stdout } = spawnSync(process.execPath, [main, ...range], { encoding: 'utf8' });
    const found = /^seed (\d+) (\S+) BROKEN/m.exec(stdout);
    const killedBy = found === null ? undefined : Number(found[1]);
    return { mutant: mutant.name, killedBy, invariant: found?.[2] };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function patch(file: string, { name, find, replace }: Mutant): void {
  const text = readFileSync(file, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${name}: its text is not once in ${file}`);
  writeFileSync(
    file,
    text.replace(find, () => replace),
  );
}

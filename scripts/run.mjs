// What `npm run NAME` starts. It needs nothing but Node and npm: it installs when the lock file has
// changed, builds when a source is newer than the build, and then runs the command from `dist`.
// The command runs in this very process, so that signals and exit codes need no forwarding.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { check, test } from './gate.mjs';
import { build, install, rootPath } from './prepare.mjs';

/** Programs of the build, by the name of their script. */
const programs = {
  up: 'dist/cluster/up.js',
  workload: 'dist/bench/workload.js',
  bench: 'dist/bench/main.js',
  sim: 'dist/test/sim/main.js',
  mutants: 'dist/test/mutants/main.js',
  chaos: 'dist/cluster/chaos/main.js',
};

const [name = '', ...args] = process.argv.slice(2);

async function main() {
  if (name === 'build') {
    install();
    build();
  } else if (name === 'check') {
    process.exitCode = check();
  } else if (name === 'test') {
    process.exitCode = test();
  } else if (Object.hasOwn(programs, name)) {
    install();
    build();
    const program = rootPath(programs[name]);
    if (!existsSync(program)) throw new Error(`the build has no ${programs[name]}`);
    process.argv = [process.argv[0], program, ...args];
    await import(pathToFileURL(program).href);
  } else {
    const known = ['build', 'check', 'test', ...Object.keys(programs)].join(', ');
    throw new Error(`there is no script "${name}": write one of ${known}`);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = typeof error.exitCode === 'number' ? error.exitCode : 1;
});

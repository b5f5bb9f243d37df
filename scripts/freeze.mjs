// Keeps this version as the previous one of the next: `node scripts/freeze.mjs VERSION` packs what
// a node of it needs to run into `test/upgrade/skein-VERSION.tar.gz`, where the story of the
// rolling upgrade finds it. Run it on the commit that is released; an archive is never replaced.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, rootPath, say } from './prepare.mjs';

/** Tests, what only they use, and what only a compiler or a debugger reads. */
const leftOut = /\/testing$|\.test\.js$|\.d\.ts$|\.map$/;

function freeze(version) {
  const own = JSON.parse(readFileSync(rootPath('package.json'), 'utf8')).version;
  if (version !== own) throw new Error(`this checkout is of version ${own}: name that one`);
  const archive = rootPath(`test/upgrade/skein-${version}.tar.gz`);
  if (existsSync(archive)) throw new Error(`${archive} is there already, and stays as it is`);
  install();
  build();
  const folder = mkdtempSync(join(tmpdir(), 'skein-freeze-'));
  try {
    for (const part of ['bin', 'package.json', 'dist/src']) {
      cpSync(rootPath(part), join(folder, part), {
        recursive: true,
        filter: (path) => !leftOut.test(path),
      });
    }
    mkdirSync(rootPath('test/upgrade'), { recursive: true });
    pack(archive, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
  say(`wrote ${archive}`);
}

function pack(archive, folder) {
  const parts = ['bin', 'package.json', 'dist'];
  const { status, error } = spawnSync('tar', ['-czf', archive, '-C', folder, ...parts], {
    stdio: 'inherit',
  });
  if (error !== undefined) throw new Error(`tar could not be started: ${error.message}`);
  if (status !== 0) throw new Error(`tar ended with code ${status}`);
}

try {
  freeze(process.argv[2] ?? '');
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

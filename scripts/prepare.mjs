// Makes a checkout ready to run: packages as the lock file says, `dist` as the sources say.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export const rootPath = (path) => join(root, path);

/** Progress goes to stderr: stdout belongs to the command. */
export const say = (text) => process.stderr.write(`${text}\n`);

/** Runs a program in the root with our streams; returns its exit code. */
export function runHere(program, args, options = {}) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    ...options,
  });
  if (error !== undefined) throw new Error(`${program} could not be started: ${error.message}`);
  return signal === null ? (status ?? 1) : 1;
}

/** Runs the entry of an installed package with this very Node. */
export const runTool = (entry, args, options) =>
  runHere(process.execPath, [rootPath(`node_modules/${entry}`), ...args], options);

/** The same, and hands back what the tool printed. */
export function captureTool(entry, args) {
  const { status, stdout } = spawnSync(
    process.execPath,
    [rootPath(`node_modules/${entry}`), ...args],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
    },
  );
  process.stdout.write(stdout ?? '');
  return { code: status ?? 1, text: stdout ?? '' };
}

const installStamp = rootPath('node_modules/.skein-installed');

/** `npm install`, unless the packages are those of this lock file already. */
export function install() {
  const wanted = lockDigest();
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === wanted) return;
  say('Installing packages…');
  // `npm ci` refuses a lock file that names platform packages which a registry does not have.
  const code = runHere('npm', ['install', '--loglevel=error', '--no-progress'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (code !== 0) throw failure('npm install failed: see above', code);
  // Taken anew: npm may have written to the lock file.
  writeFileSync(installStamp, lockDigest());
}

function lockDigest() {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) {
    hash.update(readFileSync(rootPath(file)));
  }
  return hash.digest('hex');
}

const buildStamp = rootPath('dist/.skein-built');
const webStamp = rootPath('dist/.skein-web-built');
const sourceFolders = ['src', 'cluster', 'bench', 'test', 'examples'];

/** Compiles what has changed since the last time, and checks its types. */
export function build() {
  buildStep(buildStamp, sourceFolders.flatMap(sourceFiles), () =>
    runTool('typescript/bin/tsc', ['--project', '.']),
  );
  buildStep(webStamp, ['web', 'src/model', 'src/api', 'src/base'].flatMap(sourceFiles), () => {
    const code = runTool('typescript/bin/tsc', ['--project', 'web']);
    return code !== 0 ? code : runTool('vite/bin/vite.js', viteArgs, { stdio: quiet });
  });
}

const viteArgs = ['build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'];
const quiet = ['ignore', 2, 2];

function buildStep(stamp, found, compile) {
  const sources = [...found, 'tsconfig.json', 'package-lock.json'];
  // The list is part of the stamp, because a file that was removed is newer than nothing.
  const list = sources.join('\n');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === list) {
    const builtMs = statSync(stamp).mtimeMs;
    if (sources.every((path) => statSync(rootPath(path)).mtimeMs < builtMs)) return;
  }
  say('Building…');
  const code = compile();
  if (code !== 0) throw failure('The build failed: see the errors above.', code);
  writeFileSync(stamp, list);
}

function sourceFiles(folder) {
  if (!existsSync(rootPath(folder))) return [];
  return readdirSync(rootPath(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|css|html|svg|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length))
    .sort();
}

const failure = (message, exitCode) => Object.assign(new Error(message), { exitCode });

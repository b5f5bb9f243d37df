// The two gates. `check` is what every commit passes: quick, and it writes nothing but `dist`.
// `test` is everything. Both end with one line, `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, captureTool, install, runTool, say } from './prepare.mjs';
import { provide } from './programs.mjs';

const checkSeeds = 5;
const testSeeds = 20;

/** Types, Biome, tidy, unit tests, a few seeds. Returns the exit code. */
export function check() {
  return gate([types, style, deadCode, () => tests(['unit']), () => seeds(checkSeeds)]);
}

/** `check`, and what needs real processes: ports, stories, examples; more seeds. */
export function test() {
  provide(['nats-server', 'python3', 'chromium']);
  const everything = () => tests(['unit', 'calm', 'real']);
  return gate([types, style, deadCode, everything, () => seeds(testSeeds)]);
}

/** Runs every step, also after a failure, and prints the total as the last line. */
function gate(steps) {
  install();
  const startMs = performance.now();
  let passed = 0;
  let failed = 0;
  for (const step of steps) {
    const result = step();
    passed += result.passed;
    failed += result.failed;
  }
  const seconds = Math.round((performance.now() - startMs) / 1000);
  process.stdout.write(`\nIn ${seconds} s:\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function types() {
  return step('types', () => {
    try {
      build();
      return 0;
    } catch (error) {
      say(error.message);
      return 1;
    }
  });
}

const style = () =>
  step('biome', () => runTool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']));

const deadCode = () => step('knip', () => runTool('knip/bin/knip.js', ['--no-progress']));

/** A step that either passes or fails. */
function step(name, run) {
  say(`\n== ${name}`);
  const isGood = run() === 0;
  say(`${name}: ${isGood ? 'passed' : 'FAILED'}`);
  return isGood ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Every seed is a test of its own. */
function seeds(count) {
  say(`\n== simulation, ${count} seeds`);
  const { code, text } = captureTool('../dist/test/sim/main.js', ['--seeds', String(count)]);
  const violations = Number(/(\d+) violations/.exec(text)?.[1] ?? count);
  // A run that broke off before its total has not passed.
  const failed = code === 0 ? 0 : Math.max(1, violations);
  return { passed: count - failed, failed };
}

/** Runs projects of `vitest.config.ts` and counts from its report. */
function tests(projects) {
  say(`\n== tests: ${projects.join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'skein-test-'));
  const report = join(folder, 'report.json');
  const selected = projects.flatMap((name) => ['--project', name]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = runTool('vitest/vitest.mjs', ['run', ...selected, ...reporters]);
  const result = countReport(report);
  rmSync(folder, { recursive: true });
  // An error outside of every test fails the run without failing a test.
  if (code !== 0 && result.failed === 0) result.failed = 1;
  return result;
}

function countReport(path) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(path, 'utf8'));
    const unread = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    ).length;
    return { passed: numPassedTests, failed: numFailedTests + unread };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

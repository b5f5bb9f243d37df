/** The result of a run, for people and as JSON: what section "reliability" of the docs asks for. */
import { writeFileSync } from 'node:fs';
import type { Finding } from './finding.ts';

export interface ChaosResult {
  readonly mode: string;
  readonly command: string;
  readonly build: string;
  readonly seed: number;
  readonly nodes: number;
  readonly durationMs: number;
  readonly findings: readonly Finding[];
  /** Everything that is a figure and not a verdict, in the order in which people read it. */
  readonly figures: Readonly<Record<string, string | number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Name and reason. */
  readonly notRunnable: Readonly<Record<string, string>>;
  /** Where history, logs and data are. */
  readonly artefacts: string | null;
  readonly details: unknown;
}

export const violationsOf = ({ findings }: ChaosResult): number =>
  findings.reduce((sum, { violations }) => sum + violations, 0);

export function printResult(result: ChaosResult): void {
  const rows: [string, string][] = [
    ['build', result.build],
    ['command', result.command],
    ...Object.entries(result.figures).map(([name, value]): [string, string] => [name, `${value}`]),
    ['faults injected', counts(result.faults)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  print('');
  for (const [name, value] of rows) print(`${name.padEnd(width)}  ${value}`);
  print('');
  for (const { check, violations, text, examples } of result.findings) {
    print(`${violations === 0 ? 'ok  ' : 'FAIL'} ${check}: ${violations}  (${text})`);
    for (const example of examples) print(`       ${example}`);
  }
  const absent = Object.entries(result.notRunnable);
  if (absent.length > 0) print('\nNot run here, so nothing is claimed about:');
  for (const [name, reason] of absent) print(`     ${name}: ${reason}`);
  const violations = violationsOf(result);
  print(`\n${violations === 0 ? 'No violation.' : `${violations} VIOLATIONS.`}`);
  if (result.artefacts !== null) print(`History, logs and data: ${result.artefacts}`);
}

export function writeResult(file: string, result: ChaosResult): void {
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

const counts = (faults: Readonly<Record<string, number>>): string => {
  const all = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const each = Object.entries(faults).map(([name, count]) => `${name} ${count}`);
  return `${all}: ${each.join(', ')}`;
};

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

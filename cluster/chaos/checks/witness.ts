/** W01 and W12 from the ledger that the tasks wrote themselves. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, finding } from '../finding.ts';

interface Line {
  readonly event: string;
  readonly run: string;
  readonly task: string;
  readonly token: string;
  readonly pid: string;
  readonly monotonicNs: number;
}

/** Lease and grace of the nodes, and two seconds for a signal to arrive on a busy machine. */
const overlapMsMax = 10_000 + 3_000 + 2_000;

/** `isolated`: some node was alive and could not be heard for a while. */
export function checkWitness(folder: string, isolated: boolean): readonly Finding[] {
  const lines = readLedger(folder);
  return [checkStarts(lines), checkOverlaps(lines, isolated)];
}

function readLedger(folder: string): readonly Line[] {
  const file = join(folder, 'ledger');
  if (!existsSync(file)) return [];
  const texts = readFileSync(file, 'utf8').split('\n');
  return texts.flatMap((text) => {
    const [event, run, task, _attempt, token, pid, monotonicNs] = text.split(' ');
    if (event === undefined || run === undefined || task === undefined) return [];
    if (token === undefined || pid === undefined) return [];
    return [{ event, run, task, token, pid, monotonicNs: Number(monotonicNs) }];
  });
}

function checkStarts(lines: readonly Line[]): Finding {
  const starts = lines.filter(({ event }) => event === 'start');
  const counts = new Map<string, number>();
  for (const line of starts) counts.set(tokenOf(line), (counts.get(tokenOf(line)) ?? 0) + 1);
  const doubled = [...counts].filter(([, count]) => count > 1);
  const instances = new Set(starts.map(({ run, task }) => `${run} ${task}`)).size;
  const text = `${starts.length} starts of ${instances} task instances`;
  return finding(
    'double starts of one token',
    text,
    doubled.map(([token, count]) => `${token} started ${count} times`),
  );
}

const tokenOf = ({ run, task, token }: Line): string => `${run} ${task} ${token}`;

/** How long two processes worked on the same task instance, as the later one measured it. */
function checkOverlaps(lines: readonly Line[], isolated: boolean): Finding {
  const apart = new Map(
    lines.filter(({ event }) => event === 'apart').map((line) => [processOf(line), line]),
  );
  const overlaps = lines
    .filter(({ event }) => event === 'overlap')
    .map((line) => {
      const until = apart.get(processOf(line));
      const ms = until === undefined ? null : (until.monotonicNs - line.monotonicNs) / 1e6;
      return { what: `${line.run} ${line.task}, token ${line.token}`, ms };
    });
  const longest = Math.max(0, ...overlaps.map(({ ms }) => ms ?? 0));
  const text = `${overlaps.length} overlaps, the longest ${longest.toFixed(0)} ms`;
  const bad = overlaps.filter(({ ms }) => !isolated || (ms ?? 0) > overlapMsMax);
  return finding(
    isolated ? `overlaps longer than ${overlapMsMax} ms` : 'overlaps',
    text,
    bad.map(({ what, ms }) => `${what}: ${ms?.toFixed(0) ?? 'until one was killed, '} ms`),
  );
}

const processOf = ({ run, task, token, pid }: Line): string => `${run} ${task} ${token} ${pid}`;

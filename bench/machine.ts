/** The machine that a figure was measured on, in one line. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  const cores = `${availableParallelism()} cores (${model})`;
  return `${cores}, ${memory}, Node ${process.versions.node}, load average ${load}`;
}

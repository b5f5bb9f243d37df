/** The broker as a process of its own: what `skein broker` and the local cluster start. */
import type { BrokerOptions } from './options.ts';
import { startBroker } from './server.ts';

/** Ends on SIGINT or SIGTERM with 0; with 1 and a sentence on stderr when it cannot listen. */
export async function runBroker(options: BrokerOptions): Promise<number> {
  const started = await startBroker(options);
  if (!started.ok) {
    process.stderr.write(`${started.error.code}: ${started.error.message}\n`);
    return 1;
  }
  const broker = started.value;
  process.stdout.write(`NATS broker listening on ${broker.url}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await broker.close();
  return 0;
}

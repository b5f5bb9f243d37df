/**
 * Commands that become a long-lived process: a node, or the embedded broker. Loaded when needed.
 */
import type { NodeConfig } from '../api/config.ts';

export interface Launchers {
  /** Runs a node in the foreground until it ends; the value is its exit code. */
  startNode(config: NodeConfig): Promise<number>;
  /** Runs the embedded broker in the foreground until it is told to end. */
  runBroker(options: { readonly host: string; readonly port: number }): Promise<number>;
}

/** Other commands start faster without the code of a node. */
export const launchers: Launchers = {
  startNode: async (config) => {
    // It loads its code while we load ours, which is half of a start, and waits to be configured.
    const { spawnExecutor } = await import('../node/executor-process.ts');
    const spare = spawnExecutor();
    return (await import('../node/main.ts')).startNode(config, spare);
  },
  runBroker: async (options) => (await import('../transport/broker/run.ts')).runBroker(options),
};

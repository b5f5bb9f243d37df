/**
 * The commands that ask a cluster. They are loaded unless the process is to become a node, which
 * has no use for any of them.
 */
import type { Command } from 'commander';
import { type Stage, usage } from './command.ts';
import { applyCommands } from './commands/apply.ts';
import { artifactCommands } from './commands/artifacts.ts';
import { backfillCommands } from './commands/backfill.ts';
import { clusterCommands } from './commands/cluster.ts';
import { connectionCommands } from './commands/connections.ts';
import { dagCommands } from './commands/dags.ts';
import { dumpCommand } from './commands/dump.ts';
import { forecastCommands } from './commands/forecast.ts';
import { givenCommand } from './commands/given.ts';
import { hintCommands } from './commands/hints.ts';
import { holderCommand } from './commands/holders.ts';
import { logCommands } from './commands/logs.ts';
import { nodesCommands } from './commands/nodes.ts';
import { objectCommands } from './commands/objects.ts';
import { operatorCommands } from './commands/operators.ts';
import { runCommands } from './commands/runs.ts';
import { scalingCommands } from './commands/scaling.ts';
import { countedByN, scheduleCommands } from './commands/schedule.ts';
import { sharingCommands } from './commands/sharing.ts';
import { triggerCommands } from './commands/triggers.ts';
import { versionCommands } from './commands/versions.ts';
import { whyCommands } from './commands/why.ts';
import { completionScript, isShell, shells } from './completion.ts';

/** Adds them all; the value is the arguments as these commands read them. */
export function clientCommands(
  program: Command,
  stage: Stage,
  args: readonly string[],
): readonly string[] {
  const { terminal } = stage;
  applyCommands(program, stage);
  const dag = dagCommands(program, stage);
  versionCommands(program, dag, stage);
  runCommands(program, stage);
  operatorCommands(program, stage);
  backfillCommands(program, stage);
  objectCommands(program, stage);
  connectionCommands(program, stage);
  scheduleCommands(program, stage);
  forecastCommands(program, stage);
  hintCommands(program, stage);
  triggerCommands(program, stage);
  logCommands(program, stage);
  givenCommand(program, stage);
  artifactCommands(program, stage);
  whyCommands(program, stage);
  holderCommand(program, stage);
  clusterCommands(program, stage);
  nodesCommands(program, stage);
  sharingCommands(program, stage);
  scalingCommands(program, stage);
  dumpCommand(program, stage);
  program
    .command('completion')
    .description('print the completion script of a shell')
    .argument('<shell>', shells.join(', '))
    .action((shell: string) => {
      if (isShell(shell)) terminal.out(completionScript(program, shell));
      else
        stage.finish(
          usage(`"${shell}" is not a shell we know`, `Use ${shells.join(', ')}.`),
          false,
        );
    });
  return countedByN(args);
}

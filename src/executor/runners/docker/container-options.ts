/**
 * An attempt as its engine is asked for it. Commands and arguments go into lists that no shell
 * reads, values into the environment.
 */
import type Dockerode from 'dockerode';
import type { ProcessLimits } from '../../../base/ports.ts';
import type { DockerAction } from '../../../model/container-action.ts';
import { milliPerUnit } from '../../../model/resources.ts';
import { taskEnvironment } from '../../context.ts';
import type { Work } from '../../runner.ts';
import { type Workspace, workspaceIn } from '../../workspace.ts';
import { type ContainerOwner, containerName, labelsOf } from '../container-owner.ts';

/** Where the attempt's files stand in its container. */
export const insidePath = '/skein';

/** The least that engines take. */
const cpuMilliMin = 10;
const sharesMin = 2;
const sharesPerCore = 1024;
const nanoPerMilli = 1_000_000;

export interface ContainerPlan {
  readonly dispatch: Work;
  readonly limits: ProcessLimits;
  readonly action: DockerAction;
  readonly owner: ContainerOwner;
  readonly space: Workspace;
  /** That the engine has. */
  readonly cores: number;
}

export function containerOptions(plan: ContainerPlan): Dockerode.ContainerCreateOptions {
  const { dispatch, action, owner } = plan;
  const inside = workspaceIn(insidePath);
  const env = taskEnvironment(dispatch, { workspace: inside, inherited: {} });
  return {
    name: containerName(dispatch, [owner.cluster, owner.node, owner.life]),
    Image: action.image,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labelsOf(dispatch, owner) },
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    ...(action.command !== null && { Cmd: [...action.command] }),
    ...(action.entrypoint !== null && { Entrypoint: [...action.entrypoint] }),
    ...(action.user !== null && { User: action.user }),
    ...(action.workdir !== null && { WorkingDir: action.workdir }),
    HostConfig: {
      ...limitsOf(plan.limits, plan.cores),
      Mounts: mountsOf(plan, inside),
      // We write the log ourselves: a second copy with the engine would only fill its disk.
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      ...(action.network !== null && { NetworkMode: action.network }),
    },
  };
}

function limitsOf(limits: ProcessLimits, cores: number): Dockerode.HostConfig {
  const { memoryBytes, cpuMilli, cpuShareMilli, processes, openFiles, fileBytes } = limits;
  const most = Math.max(cpuMilliMin, Math.min(cpuMilli ?? 0, cores * milliPerUnit));
  const shares = Math.round(((cpuShareMilli ?? 0) * sharesPerCore) / milliPerUnit);
  const ulimit = (Name: string, value: number | undefined): Ulimit[] =>
    value === undefined ? [] : [{ Name, Soft: value, Hard: value }];
  const ulimits = [...ulimit('nofile', openFiles), ...ulimit('fsize', fileBytes)];
  return {
    // Swap counts as memory: a limit that swaps makes the machine slow instead of the task fail.
    ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(shares > 0 && { CpuShares: Math.max(sharesMin, shares) }),
    ...(cpuMilli !== undefined && { NanoCpus: most * nanoPerMilli }),
    ...(processes !== undefined && { PidsLimit: processes }),
    ...(ulimits.length > 0 && { Ulimits: ulimits }),
  };
}

interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

/**
 * Single files, not the attempt's directory: a container that could put a link in the place of a
 * file there would have us read, or write, any file of the node.
 */
function mountsOf({ action, space }: ContainerPlan, inside: Workspace): Dockerode.MountSettings[] {
  const bind = (Source: string, Target: string, ReadOnly: boolean): Dockerode.MountSettings => ({
    Type: 'bind',
    Source,
    Target,
    ReadOnly,
  });
  return [
    bind(space.context, inside.context, true),
    bind(space.output, inside.output, false),
    bind(space.work, inside.work, false),
    ...action.mounts.map(({ source, target, readOnly }) => bind(source, target, readOnly)),
  ];
}

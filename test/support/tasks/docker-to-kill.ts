/**
 * A small executor for tests that kill it: runs one task in a container, says its events, and waits
 * to be killed. Arguments: address of the engine, folder, node, life, image, and the command.
 */
import { nodeFiles } from '../../../src/executor/node-files.ts';
import { DockerHost } from '../../../src/executor/runners/docker/docker-host.ts';
import { dockerRunner } from '../../../src/executor/runners/docker.ts';
import { dispatchOf } from '../../../src/executor/testing/executor-story.ts';
import type { DockerAction } from '../../../src/model/container-action.ts';
import { realClock as clock } from '../../../src/node/real-ports.ts';

const [dockerHost = '', dataDir = '', node = '', life = '', image = '', ...command] =
  process.argv.slice(2);
const owner = { cluster: 'cluster-1', node, life };
const host = new DockerHost({ owner, dataDir, dockerHost, env: {} });
const runner = dockerRunner({ clock, files: nodeFiles, dataDir, host });

const action: DockerAction = {
  kind: 'docker',
  image,
  command,
  entrypoint: null,
  mounts: [],
  network: null,
  user: null,
  workdir: null,
  pull: 'never',
};

runner.start(dispatchOf('killed', 1, { action }), (event) => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
});

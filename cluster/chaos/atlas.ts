/** All faults, by name. */
import type { Fault } from './fault.ts';
import { clock } from './faults/clocks.ts';
import { partKill, pauseKill } from './faults/combined.ts';
import {
  diskFull,
  diskHangs,
  diskSlow,
  powerLoss,
  syncFails,
  syncFailsOnce,
} from './faults/disks.ts';
import { linkCut, linkOneWay, linkSlow, linkStall, linkThin } from './faults/links.ts';
import { oldBackup, wipe } from './faults/lost-data.ts';
import { demote, replace, transfer } from './faults/members.ts';
import { natsKill, natsPause, natsRolling } from './faults/nats-servers.ts';
import { kill, killAll, pause, restart } from './faults/processes.ts';
import { bridge, partition, routeOneWay, routeStall, shatter } from './faults/routes.ts';

export const atlas: readonly Fault[] = [
  kill,
  killAll,
  restart,
  pause,
  natsKill,
  natsRolling,
  natsPause,
  bridge,
  routeOneWay,
  routeStall,
  partition,
  shatter,
  linkCut,
  linkOneWay,
  linkStall,
  linkSlow,
  linkThin,
  partKill,
  pauseKill,
  clock,
  syncFailsOnce,
  syncFails,
  diskFull,
  diskSlow,
  diskHangs,
  powerLoss,
  wipe,
  oldBackup,
  demote,
  replace,
  transfer,
];

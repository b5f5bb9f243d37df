/** Every fault by its name. */
import type { FaultKind } from '../fault-kinds.ts';
import { clockFaults } from './clocks.ts';
import { diskFaults } from './disks.ts';
import { memberFaults } from './members.ts';
import { networkFaults } from './network.ts';
import { peopleFaults } from './people.ts';
import { processFaults } from './processes.ts';
import type { Strike } from './strike.ts';

export const strikes: Readonly<Record<FaultKind, Strike>> = {
  ...processFaults,
  ...networkFaults,
  ...diskFaults,
  ...clockFaults,
  ...peopleFaults,
  ...memberFaults,
};

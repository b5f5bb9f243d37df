/** What the members say of their versions in the protocol, told in versions of records. */
import type { RaftDriver } from '../raft/driver.ts';
import { protocolOfRecords2, protocolOfRecords3 } from '../raft/driver-messages.ts';
import type { MemberVersions } from '../scheduler/world.ts';

export function memberVersions({ members }: RaftDriver): MemberVersions {
  return {
    recordMax: (wish) => {
      const mustSay = wish === 'unasked';
      if (members.allSpeak(protocolOfRecords3, mustSay)) return 3;
      return members.allSpeak(protocolOfRecords2, mustSay) ? 2 : 1;
    },
    isPending: () => members.versionsPending(),
  };
}

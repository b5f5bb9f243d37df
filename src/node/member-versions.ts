/** What the members say of their versions in the protocol, told in versions of records. */
import { recordVersions } from '../model/record.ts';
import type { RaftDriver } from '../raft/driver.ts';
import { protocolOfRecords } from '../raft/driver-messages.ts';
import type { MemberVersions } from '../scheduler/world.ts';

export function memberVersions({ members }: RaftDriver): MemberVersions {
  return {
    recordMax: (wish) => {
      const mustSay = wish === 'unasked';
      const isKnown = (version: number): boolean =>
        members.allSpeak(protocolOfRecords(version), mustSay);
      return recordVersions.findLast((version) => version === 1 || isKnown(version)) ?? 1;
    },
    isPending: () => members.versionsPending(),
  };
}

/** The cluster for people: two lines about all of it, and a table of its members. */
import { formatDuration } from '../../base/duration.ts';
import { defaultNodePool } from '../../model/node-pool.ts';
import type { ClusterView } from '../../model/views.ts';
import { labelsText, stateText, table, tame, usageText } from '../format.ts';
import type { Terminal } from '../terminal.ts';

type Member = ClusterView['members'][number];

/** A member that has not answered for so long counts as silent here. */
const silentMs = 3_000;
/** A lag from here on is worth a colour: a member under load is never quite up to date. */
const lagOfNote = 1_000;

/** `main  led by n1  term 2  commit 42`, who votes, and what is under way. */
export function clusterLines(terminal: Terminal, view: ClusterView): readonly string[] {
  const { members, expect, pendingChange } = view;
  const leader = view.leader ?? terminal.paint('red', 'nobody');
  const name = terminal.paint('bold', view.cluster);
  const first = `${name}  led by ${leader}  term ${view.term}  commit ${view.commit}`;
  // A node of the previous version does not say how many voters it wants.
  if (expect === 0) return [first];
  const learners = members.filter(({ role }) => role === 'learner').length;
  const second = [
    votersText(terminal, view),
    ...(learners > 0 ? [`${learners} ${learners === 1 ? 'learner' : 'learners'}`] : []),
    `autopilot ${view.autopilot ? 'on' : 'off'}`,
    ...(pendingChange === null
      ? []
      : [terminal.paint('yellow', `a change at index ${pendingChange} waits for its commit`)]),
  ];
  return [first, second.join('  ')];
}

/** `3 of 3 voters, bears 1 loss`. */
function votersText(terminal: Terminal, { members, expect }: ClusterView): string {
  const voters = members.filter(({ role }) => role === 'leader' || role === 'voter');
  const text = `${voters.length} of ${expect} voters`;
  const losses = lossesBorne(voters);
  if (losses === null) return voters.length < expect ? terminal.paint('yellow', text) : text;
  const whole = `${text}, bears ${losses === 0 ? 'no' : losses} ${losses > 1 ? 'losses' : 'loss'}`;
  const isWeak = voters.length < expect || losses < Math.floor((expect - 1) / 2);
  return isWeak ? terminal.paint('yellow', whole) : whole;
}

/** Voters that may fail before nothing can be written; null where only the leader would know. */
function lossesBorne(voters: readonly Member[]): number | null {
  if (!voters.some(({ lag }) => lag !== null)) return null;
  const heard = voters.filter(({ heardMsAgo }) => heardMsAgo !== null && heardMsAgo < silentMs);
  const majority = Math.floor(voters.length / 2) + 1;
  return Math.max(0, heard.length - majority);
}

/** Columns of which nothing is known are left out; only the leader knows how far members are. */
export function membersTable(terminal: Terminal, members: readonly Member[]): string {
  const isLeaderAsked = members.some(({ lag }) => lag !== null);
  // The version of one node alone, the one that answers, is no news about the others.
  const hasVersions = members.filter(({ version }) => version !== null).length > 1;
  const hasPools = members.some(({ pool }) => pool !== null && pool !== defaultNodePool);
  const newest = members
    .flatMap(({ version }) => version ?? [])
    .sort()
    .at(-1);
  const columns: readonly Column[] = [
    ['node', ({ node }) => node],
    ['role', (member) => roleText(terminal, member)],
    ['state', (member) => memberState(terminal, member)],
    ...(hasPools ? [poolColumn] : []),
    ...(isLeaderAsked ? progressColumns(terminal) : []),
    ['address', ({ address }) => address ?? '-'],
    ...(hasVersions ? [versionColumn(terminal, newest)] : []),
    ['used', ({ used, capacity }) => usageText(used, capacity) || '-'],
    ['labels', ({ labels }) => tame(labelsText(labels))],
  ];
  const headings = columns.map(([heading]) => heading);
  const rows = members.map((member) => columns.map(([, cell]) => cell(member)));
  return table(terminal, headings, rows, 'No nodes yet.') + leaderHint(terminal, members);
}

type Column = readonly [heading: string, cell: (member: Member) => string];

const poolColumn: Column = ['pool', ({ pool }) => tame(pool ?? '-', 60)];

function memberState(terminal: Terminal, { state, drained }: Member): string {
  const text = stateText(terminal, state);
  return drained ? `${text}, ${terminal.paint('yellow', 'drained')}` : text;
}

const progressColumns = (terminal: Terminal): readonly Column[] => [
  ['lag', (member) => lagText(terminal, member)],
  ['heard', (member) => (member.role === 'leader' ? '-' : heardText(terminal, member))],
];

function lagText(terminal: Terminal, { lag, catchesUpBy }: Member): string {
  if (lag === null) return '-';
  const text = catchesUpBy === 'snapshot' ? `${lag} (snapshot)` : String(lag);
  return lag >= lagOfNote ? terminal.paint('yellow', text) : text;
}

function heardText(terminal: Terminal, { role, heardMsAgo }: Member): string {
  if (role === 'none') return '-';
  const text = heardMsAgo === null ? 'never' : `${formatDuration(heardMsAgo)} ago`;
  return heardMsAgo === null || heardMsAgo >= silentMs ? terminal.paint('red', text) : text;
}

const versionColumn = (terminal: Terminal, newest: string | undefined): Column => [
  'version',
  ({ version }) => {
    if (version === null) return '-';
    return version === newest ? version : terminal.paint('yellow', version);
  },
];

function roleText(terminal: Terminal, { role, held }: Member): string {
  if (role === 'leader') return terminal.paint('bold', role);
  if (role === 'learner') return terminal.paint('cyan', held ? 'learner (held)' : role);
  return role;
}

/** Where to ask for what this node does not know. */
function leaderHint(terminal: Terminal, members: readonly Member[]): string {
  const leader = members.find(({ role }) => role === 'leader');
  const isKnown = members.some(({ lag }) => lag !== null);
  if (isKnown || leader === undefined || leader.address === null) return '';
  if (!terminal.isInteractive) return '';
  const hint = `How far each has come is known to the leader: --server ${leader.address}`;
  return `\n${terminal.paint('gray', hint)}\n`;
}

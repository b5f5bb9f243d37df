/** What can be done by its name: every verb of the command line that the page has a way for. */
import type { MantineColorScheme } from '@mantine/core';
import { call, type EndpointName } from '../../data/api.ts';
import type { Prefs } from '../../kit/prefs.tsx';
import { dagPath, runPath, seg } from '../link.tsx';
import type { Choices } from './choices.ts';
import type { paletteWords } from './words.ts';

export type VerbName = keyof typeof paletteWords.en;

export interface VerbContext {
  readonly namespace: string;
  readonly go: (to: string) => void;
  readonly change: Prefs['change'];
  readonly setScheme: (scheme: MantineColorScheme) => void;
}

export interface Verb {
  readonly name: VerbName;
  /** What it is done to; null: nothing is asked. */
  readonly of: keyof Choices | null;
  /** It is asked again before it is done. */
  readonly asks?: true;
  /** Whether it says so when it is done; what only goes somewhere does not. */
  readonly tells?: true;
  readonly act: (context: VerbContext, id: string) => unknown;
}

/** A place of the page that takes an id. */
const place = (name: VerbName, of: keyof Choices, to: (id: string) => string): Verb => ({
  name,
  of,
  act: ({ go }, id) => go(to(id)),
});

const page = (name: VerbName, to: string): Verb => ({ name, of: null, act: ({ go }) => go(to) });

type Act = (namespace: string, id: string) => Promise<unknown>;

const act = (name: VerbName, of: keyof Choices, does: Act): Verb => ({
  ...{ name, of, tells: true },
  act: ({ namespace }, id) => does(namespace, id),
});

const asked = (verb: Verb): Verb => ({ ...verb, asks: true });

type DagEndpoint = Extract<EndpointName, 'pauseDag' | 'unpauseDag' | 'deleteDag'>;
const ofDag =
  (endpoint: DagEndpoint): Act =>
  (namespace, dagId) =>
    call(endpoint, { params: { dagId }, query: { namespace } });

type RunEndpoint = Extract<EndpointName, 'cancelRun' | 'pauseRun' | 'resumeRun' | 'compensateRun'>;
const ofRun =
  (endpoint: RunEndpoint): Act =>
  (namespace, runId) =>
    call(endpoint, { params: { runId }, query: { namespace } });

type BackfillEndpoint = Extract<
  EndpointName,
  'pauseBackfill' | 'resumeBackfill' | 'cancelBackfill'
>;
const ofBackfill =
  (endpoint: BackfillEndpoint): Act =>
  (namespace, backfillId) =>
    call(endpoint, { params: { backfillId }, query: { namespace } });

const rerun =
  (failedOnly: boolean): Act =>
  (namespace, runId) =>
    call('rerun', { params: { runId }, query: { namespace }, body: { failedOnly } });

const member =
  (action: 'promote' | 'demote'): Act =>
  (_, node) =>
    call('changeMembers', { body: { action, node } });

const ofLetter =
  (endpoint: 'replayLetter' | 'dropLetter'): Act =>
  (namespace, letterId) =>
    call(endpoint, { params: { letterId }, query: { namespace } });

/** What a test says is the point of it. */
async function testConnection({ namespace }: VerbContext, name: string): Promise<string> {
  const { detail } = await call('testConnection', { params: { name }, query: { namespace } });
  return detail;
}

/** `dag/trigger`: ids have no slash. */
function triggerOf(id: string) {
  const [dagId = '', trigger = ''] = id.split('/');
  return { dagId, trigger };
}

const fire: Act = (namespace, id) =>
  call('sendEvent', { query: { namespace }, body: { kind: 'trigger', ...triggerOf(id) } });

const ofTrigger =
  (endpoint: 'enableTrigger' | 'disableTrigger'): Act =>
  (namespace, id) =>
    call(endpoint, { params: triggerOf(id), query: { namespace } });

/** `run/task/item`. What asks for values is decided where its form stands. */
const decision = (name: 'approve' | 'reject'): Verb => ({
  ...{ name, of: 'approvals', asks: true, tells: true },
  act: ({ namespace }, id) => {
    const [runId = '', taskId = '', item = '0'] = id.split('/');
    const body = { mapIndex: Number(item) };
    return call(name, { params: { runId, taskId }, query: { namespace }, body });
  },
});

/** Of the node that answers. */
async function version(): Promise<string> {
  const { node, version: software } = await call('getNode');
  return `${node}: skein ${software}`;
}

const isScheme = (text: string): text is MantineColorScheme =>
  text === 'light' || text === 'dark' || text === 'auto';

export const verbs: readonly Verb[] = [
  place('run', 'dags', (id) => dagPath(id, '/run')),
  act('pause', 'runningDags', ofDag('pauseDag')),
  act('unpause', 'pausedDags', ofDag('unpauseDag')),
  place('edit', 'dags', (id) => `/editor?dag=${seg(id)}`),
  page('newDag', '/editor'),
  asked(act('deleteDag', 'dags', ofDag('deleteDag'))),
  place('versions', 'dags', (id) => dagPath(id, '?tab=versions')),
  place('diff', 'dags', (id) => dagPath(id, '?tab=versions')),
  place('promoteVersion', 'dags', (id) => dagPath(id, '?tab=versions')),
  place('canary', 'dags', (id) => dagPath(id, '?tab=versions')),
  place('plan', 'dags', (id) => dagPath(id, '/run')),
  page('lint', '/editor'),
  place('schedule', 'dags', (id) => dagPath(id, '?tab=schedule')),
  place('test', 'dags', (id) => dagPath(id, '?tab=hints')),
  place('backfill', 'dags', (id) => `/backfills?create=${seg(id)}`),
  act('pauseBackfill', 'runningBackfills', ofBackfill('pauseBackfill')),
  act('resumeBackfill', 'pausedBackfills', ofBackfill('resumeBackfill')),
  asked(act('cancelBackfill', 'liveBackfills', ofBackfill('cancelBackfill'))),
  asked(act('cancel', 'liveRuns', ofRun('cancelRun'))),
  act('rerunFailed', 'endedRuns', rerun(true)),
  asked(act('rerun', 'endedRuns', rerun(false))),
  act('pauseRun', 'liveRuns', ofRun('pauseRun')),
  act('resumeRun', 'pausedRuns', ofRun('resumeRun')),
  asked(act('compensate', 'endedRuns', ofRun('compensateRun'))),
  place('mark', 'runs', (id) => runPath(id, '?do=mark')),
  place('editRun', 'liveRuns', (id) => runPath(id, '?do=edit')),
  decision('approve'),
  decision('reject'),
  place('artifacts', 'runs', (id) => runPath(id, '?tab=tasks')),
  place('given', 'runs', (id) => runPath(id, '?tab=tasks')),
  place('why', 'liveRuns', (id) => runPath(id, '?tab=tasks')),
  place('logs', 'runs', (id) => runPath(id, '?tab=logs')),
  place('events', 'runs', (id) => runPath(id, '?tab=events')),
  place('compare', 'runs', (id) => runPath(id, '?tab=compare')),
  asked(
    act('drain', 'workingNodes', (_, node) => call('drainNode', { params: { node }, body: {} })),
  ),
  act('resumeNode', 'drainedNodes', (_, node) => call('resumeNode', { params: { node } })),
  asked(act('transfer', 'aliveNodes', (_, to) => call('transfer', { body: { to } }))),
  asked(act('promote', 'nodes', member('promote'))),
  asked(act('demote', 'nodes', member('demote'))),
  asked(act('removeNode', 'nodes', (_, node) => call('removeMember', { params: { node } }))),
  page('whatIf', '/cluster?tab=whatif'),
  page('packing', '/cluster?tab=packing'),
  page('scaling', '/cluster?tab=autoscaler'),
  page('nodePools', '/cluster?tab=pools'),
  page('pool', '/queues?tab=pools'),
  page('holders', '/queues?tab=holders'),
  page('namespaces', '/queues?tab=namespaces'),
  page('scheduling', '/queues?tab=scheduling'),
  page('assets', '/triggers?tab=assets'),
  page('sendEvent', '/triggers?do=send'),
  asked(act('fire', 'triggers', fire)),
  act('enableTrigger', 'disabledTriggers', ofTrigger('enableTrigger')),
  asked(act('disableTrigger', 'enabledTriggers', ofTrigger('disableTrigger'))),
  page('newConnection', '/connections?edit=*'),
  { name: 'testConnection', of: 'connections', tells: true, act: testConnection },
  { name: 'version', of: null, tells: true, act: version },
  asked(act('rotate', 'everything', () => call('rotateConnections'))),
  act('replay', 'letters', ofLetter('replayLetter')),
  asked(act('drop', 'letters', ofLetter('dropLetter'))),
  {
    ...{ name: 'useNamespace', of: 'namespaces' },
    act: ({ change }, namespace) => change({ namespace }),
  },
  {
    ...{ name: 'theme', of: 'themes' },
    act: ({ setScheme }, scheme) => isScheme(scheme) && setScheme(scheme),
  },
  {
    ...{ name: 'clock', of: 'clocks' },
    act: ({ change }, clock) => {
      if (clock === 'utc' || clock === 'local' || clock === 'dag') change({ clock });
    },
  },
  {
    ...{ name: 'language', of: 'languages' },
    act: ({ change }, language) => {
      if (language === 'en' || language === 'zh') change({ language });
    },
  },
];

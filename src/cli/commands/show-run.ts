/** A run as a page of text: what it is, and then its tasks (`task-lines.ts`). */
import { endingText } from '../../model/views.ts';
import { agoText, factLines, lastedText, stateText, table, tame, whenText } from '../format.ts';
import { instanceName } from '../instance-name.ts';
import type { Terminal } from '../terminal.ts';
import { countsText, type RunDetail, taskLines } from './task-lines.ts';

/** Notes that are shown; the rest is in `--json`. */
const notesShown = 5;

/** `isWhole`: nothing is folded. */
export function showRun(terminal: Terminal, run: RunDetail, isWhole = false): string {
  const head = `${terminal.paint('bold', run.runId)}  ${stateText(terminal, run.state)}\n`;
  const body = factLines(terminal, factsOf(terminal, run), 8);
  const headings = ['task', 'state', 'node', 'attempts', 'took', 'why'];
  const tasks = table(terminal, headings, taskLines(terminal, run, isWhole), 'no tasks');
  return `${head}${body}\n${tasks}`;
}

type Line = readonly [string, string];

function factsOf(terminal: Terminal, run: RunDetail): readonly Line[] {
  const params = Object.entries(run.params).map(([name, value]) => `${name}=${paramText(value)}`);
  const { dataInterval: interval, parent, ending } = run;
  const backfill = run.backfillId === null ? '' : `  backfill ${run.backfillId}`;
  return [
    ['dag', `${run.dagId}  version ${run.versionId.slice(0, 12)}`],
    ['trigger', `${run.trigger} by ${tame(run.createdBy)}, ${agoText(run.createdAt)}${backfill}`],
    ['parent', parent === null ? '' : `task ${instanceName(parent)} of run ${parent.runId}`],
    ['date', run.logicalDate ?? ''],
    ['data', interval === null ? '' : `from ${interval.start} to ${interval.end}`],
    ['params', params.join(', ')],
    ['payload', run.payload === null ? '' : tame(JSON.stringify(run.payload))],
    ['took', lastedText(run, run.endedAt === null)],
    ['tasks', countsText(terminal, run.counts)],
    ['maps', run.maps.map(mapText).join('; ')],
    ['paused', run.paused ? 'nothing is started until it is resumed' : ''],
    ['held', run.heldBy === null ? '' : tame(run.heldBy)],
    ['ends', ending === null ? '' : endingText(ending)],
    ['sla', run.slaMissed ? terminal.paint('yellow', 'missed') : ''],
    ['reason', run.reason === null ? '' : tame(run.reason)],
    ...run.notes.slice(-notesShown).map(({ at, by, text }): Line => {
      return ['note', `${whenText(at)} ${tame(by)}: ${tame(text)}`];
    }),
  ];
}

const paramText = (value: unknown): string =>
  tame(typeof value === 'string' ? value : JSON.stringify(value), 80);

function mapText({ map, size, activeMax }: RunDetail['maps'][number]): string {
  if (size === null) return `${map}: its list is not known yet`;
  const limit = activeMax === null || activeMax >= size ? '' : `, ${activeMax} at a time`;
  return `${map}: ${size === 1 ? '1 item' : `${size} items`}${limit}`;
}

/** When runs of a random workflow start by themselves: schedules of all kinds, and triggers. */
import type { Maker, Part } from './dag-parts.ts';

export function makeTimes(maker: Maker): Part {
  const { chance, scheduled, wants, features } = maker;
  if (!scheduled) return {};
  const isPlain = !features.has('time');
  const many = isPlain || chance.happens(0.7) ? 1 : 2;
  return {
    schedule: Array.from({ length: many }, () => makeSchedule(maker)),
    ...(chance.happens(0.3) && {
      catchup: {
        coalesce: chance.happens(0.5),
        ...(isPlain || chance.happens(0.7) ? { window: chance.pick(['10m', '20s']) } : {}),
      },
    }),
    ...(wants('time', 0.6) && { overlap: chance.pick(['skip', 'queue', 'replace']) }),
    ...(wants('time', 0.25) && { dependsOnPast: true }),
  };
}

function makeSchedule({ chance, wants }: Maker): string | Part {
  const jitter = chance.happens(0.2) ? { jitter: chance.pick(['500ms', '3s']) } : {};
  if (wants('time', 0.15)) return '@once';
  if (wants('time', 0.15)) return { after: chance.pick(['1s', '4s']), ...jitter };
  const calendar = wants('time', 0.25)
    ? { calendar: chance.pick<unknown>(['open', { exclude: 'shut' }, shifted]) }
    : {};
  if (chance.happens(0.5)) {
    return { every: chance.pick(['1s', '2500ms', '7s']), ...jitter, ...calendar };
  }
  const dst = wants('time', 0.7) ? { dst: chance.pick(['skip', 'once', 'both']) } : {};
  return { cron: chance.pick(crons), timezone: chance.pick(zones), ...dst, ...jitter, ...calendar };
}

const shifted = { include: 'open', exclude: 'shut', shift: 'next' } as const;
const crons = [
  '*/2 * * * * *',
  '*/5 * * * * *',
  '0,7,8 * * * * *',
  '*/4 * 1-3 * * *',
  '*/15 * * * *',
];
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
];

/** Webhooks, messages, assets, outcomes of other DAGs, and combinations with the clock. */
export function makeTriggers({ chance, wants, above }: Maker): Part {
  const triggers: Part[] = [];
  const whilePaused = chance.pick(['keep', 'drop']);
  const params = { n: '{{ int(trigger.payload.id) }}' };
  if (wants('event', 0.6)) {
    const webhook = chance.happens(0.5) ? {} : { filter: 'trigger.payload.id > 3' };
    const given = chance.happens(0.5) ? { params } : {};
    triggers.push({ name: 'hook', webhook, whilePaused, ...given });
  }
  if (wants('event', 0.3)) triggers.push({ name: 'message', subject: 'sim.*', whilePaused });
  if (above.length > 0 && wants('event', 0.3)) {
    triggers.push({ name: 'outcome', dag: chance.pick(above), states: ['success', 'failed'] });
    triggers.push({ name: 'table', asset: 'asset://sim/1', whilePaused });
  }
  if (wants('event', 0.3)) {
    const all = [{ webhook: {} }, { subject: 'sim.a' }, { cron: '*/3 * * * * *' }];
    triggers.push({ name: 'both', all: all.slice(0, 2 + chance.below(2)), window: '10s' });
  }
  return triggers.length === 0 ? {} : { triggers };
}

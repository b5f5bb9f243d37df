/** The channels, by the kinds of their connections. */
import type { Channel } from './channel.ts';
import { dingtalk } from './dingtalk.ts';
import { feishu } from './feishu.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';
import { wecom } from './wecom.ts';

export const channels: ReadonlyMap<string, Channel> = new Map([
  ['slack', slack],
  ['teams', teams],
  ['dingtalk', dingtalk],
  ['feishu', feishu],
  ['wecom', wecom],
  ['pagerduty', pagerduty],
  ['webhook', webhook],
]);

import { expect, it } from 'vitest';
import { scheduleWords } from './cron-words.ts';

const cases: readonly (readonly [text: string, en: string, zh: string])[] = [
  ['* * * * *', 'every minute', '每分钟'],
  ['*/15 * * * *', 'every 15 minutes', '每 15 分钟'],
  ['*/10 * * * * *', 'every 10 seconds', '每 10 秒'],
  [
    '*/5 9-17 * * 1-5',
    'every 5 minutes from 09:00 to 17:59 on weekdays',
    '工作日 每 5 分钟 09:00 至 17:59',
  ],
  ['7 * * * *', 'every hour at :07', '每小时 :07'],
  ['0 */6 * * *', 'every 6 hours at :00', '每 6 小时 :00'],
  ['30 2 * * * Europe/Berlin', 'every day at 02:30 (Europe/Berlin)', '每天 02:30 (Europe/Berlin)'],
  [
    '0 3 * * 1-5 Asia/Shanghai',
    'at 03:00 on weekdays (Asia/Shanghai)',
    '工作日 03:00 (Asia/Shanghai)',
  ],
  ['0 8,20 * * *', 'every day at 08:00 and 20:00', '每天 08:00、20:00'],
  ['0 9 * * MON,THU', 'at 09:00 on Mon and Thu', '每周一、周四 09:00'],
  ['0 9 * * 0,6', 'at 09:00 at weekends', '周末 09:00'],
  ['0 9 * * 7', 'at 09:00 on Sun', '每周日 09:00'],
  ['0 0 1,15 * *', 'at 00:00 on day 1 and 15 of the month', '每月 1、15 日 00:00'],
  ['0 0 L * *', 'at 00:00 on the last day of the month', '每月最后一天 00:00'],
  ['0 0 1 JAN *', 'at 00:00 on day 1 of the month in Jan', '1月 每月 1 日 00:00'],
  ['30 0 12 * * *', 'every day at 12:00:30', '每天 12:00:30'],
  ['every 15m00s', 'every 15m', '每 15m'],
  ['every 2.0s', 'every 2s', '每 2s'],
  ['every 1h30m', 'every 1h30m', '每 1h30m'],
  ['5m00s after the end', '5m after each end', '每次结束后 5m'],
  ['@once', 'once', '一次'],
];

it.each(cases)('schedules in words: %s', (text, en, zh) => {
  expect([scheduleWords(text, 'en'), scheduleWords(text, 'zh')]).toEqual([en, zh]);
});

it.each([
  '0 0 13 * 5',
  '0 0 * * 1#2',
  'H H * * *',
  '1-10/3 * * * *',
  '0 1,2,3,4,5 * * *',
  'nonsense',
])('schedules in words: %s stays as it is', (text) => {
  expect(scheduleWords(text, 'en')).toBe(text);
});
